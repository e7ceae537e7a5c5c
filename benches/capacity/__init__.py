"""How many Sirii a load needs, and what goes with them: docs/capacity.md, `make bench-capacity`, `make capacity`.

`measure` takes the points, `model` is the arithmetic with its assumptions, `pages` writes both down.
"""

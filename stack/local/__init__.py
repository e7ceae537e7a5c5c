"""The stack without containers: Sirius and the real servers that watch over it, on this machine, until Ctrl-C.

`stack` starts and stops them, `__main__` is `make stack`; `drills` are the ways in which something breaks on purpose, and
`drill` is `make drill NAME=...`; `healthy` is `make healthy-hour`.
"""

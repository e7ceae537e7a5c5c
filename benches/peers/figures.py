"""Medians of rounds, how far they spread, and what Sirius is beside its peers."""

import statistics
from collections.abc import Iterable

from .works import BARS, Bar

#: With less idle time of the client's core than this, the client may be what was measured.
CLIENT_IDLE = 0.05
Rounds = dict[tuple[str, str, str], list[dict[str, float]]]


def summed(rounds: Rounds) -> list[dict]:
    """Of each (work, service, pace): the median of each figure, and its least and most."""
    made = []
    for (work, service, pace), measured in rounds.items():
        figures = {name: _spread([each[name] for each in measured]) for name in measured[0]}
        made.append({"work": work, "service": service, "pace": pace, **figures})
    return made


def judged(rounds: Rounds) -> list[dict]:
    """The bars for which there are figures, each by the median of the ratios of each round."""
    return [_judged(bar, rounds) for bar in BARS if _pair(bar, rounds)]


def ratio(rounds: Rounds, mine: tuple[str, str, str], theirs: tuple[str, str, str], figure: str) -> dict[str, float]:
    """Mine divided by theirs, round by round: what slows a round down slows both."""
    pairs: Iterable = zip(rounds[mine], rounds[theirs], strict=True)
    return _spread([one[figure] / max(other[figure], 1e-9) for one, other in pairs])


def _judged(bar: Bar, rounds: Rounds) -> dict:
    mine, theirs = _pair(bar, rounds)
    times = ratio(rounds, mine, theirs, bar.figure)
    kept = times["median"] <= bar.limit if bar.at_most else times["median"] >= bar.limit
    return {"words": bar.words, "limit": bar.limit, "at_most": bar.at_most, "measured": times, "kept": kept}


def _pair(bar: Bar, rounds: Rounds) -> tuple[tuple[str, str, str], tuple[str, str, str]] | tuple[()]:
    mine, theirs = (bar.work, bar.mine, bar.pace), (bar.work, bar.theirs, bar.pace)
    return (mine, theirs) if mine in rounds and theirs in rounds else ()


def _spread(values: list[float]) -> dict[str, float]:
    return {"median": statistics.median(values), "least": min(values), "most": max(values)}

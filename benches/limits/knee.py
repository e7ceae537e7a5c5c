"""The knee: the most requests a second of which nearly all are answered, and in the time that is promised."""

from collections.abc import Callable
from dataclasses import dataclass

from .pace import Paced, Step, rate

#: Of what is asked for: mostly facts and pictures, and every fifth counts a visit.
MIX = [
    *["GET /api/v1/images/random"] * 4,
    *["GET /api/v1/images/{small}/content"] * 4,
    "GET /",
    "POST /api/v1/visits",
]
#: What alerts/slo.yaml promises of random images and visits.
PROMISED_MS = 100
_ANSWERED = 0.98
#: Where the search begins, requests a second.
FIRST = 500
_GROWTH, _SECONDS = 1.5, 3
_REFINED = 4


@dataclass(frozen=True)
class Knee:
    """Where it is."""

    rate: float
    client_idle: float
    #: How much of its core the server took there.
    busy: float = 0


def found(run: Callable[[list[Step]], Paced], first: float = FIRST) -> Knee:
    """Ever more by half, and then between the last that went well and the first that did not."""
    low, high, knee = 0.0, first, Knee(0.0, 1.0)
    while (paced := _well(run, high)) is not None:
        low, high, knee = high, high * _GROWTH, Knee(high, paced.client_idle, paced.busy)
    for _ in range(_REFINED):
        middle = (low + high) / 2
        paced = _well(run, middle)
        if paced is None:
            high = middle
        else:
            low, knee = middle, Knee(middle, paced.client_idle, paced.busy)
    return knee


def _well(run: Callable[[list[Step]], Paced], asked: float) -> Paced | None:
    """What was seen at that rate, if it went well; what did not is asked for once more. A machine that is shared stands still at
    times, at any rate, and one such moment is not the knee."""
    for _ in range(2):
        paced = run([Step(asked, _SECONDS)])
        if is_well(paced, asked):
            return paced
    return None


def is_well(paced: Paced, asked: float) -> bool:
    """Whether that rate was answered, in time; its first second is for opening connections."""
    pieces = paced.between(1, _SECONDS)
    late = sum(each["good_p99_ms"] > PROMISED_MS for each in pieces)
    return rate(pieces, "good") >= _ANSWERED * asked and late <= len(pieces) / 5

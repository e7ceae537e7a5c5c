"""More than the knee: what is still answered, how soon the rest is refused, and how soon it is as before.

In rounds, each with a while at the knee just before: a machine that is shared has slower minutes than the one in which the
knee was found. What is told are medians.
"""

import math
from statistics import median

from .knee import PROMISED_MS, Knee
from .pace import Paced, Step, rate

ROUNDS = 3
CALM, CALM_SECONDS, KNEE_SECONDS, OVER_SECONDS, AFTER_SECONDS = 0.7, 2, 4, 8, 7
#: Since the beginning of a round.
OVER_BEGINS = CALM_SECONDS + KNEE_SECONDS
OVER_ENDS = OVER_BEGINS + OVER_SECONDS
#: What has to hold.
MOST_REFUSAL_MS, MOST_RECOVERY_SECONDS = 50, 2
# To get to another rate.
_CHANGE_SECONDS = 1


def steps(knee: Knee, times: float) -> list[Step]:
    """A round: less than the knee, the knee, so many times the knee, and less again."""
    calm = CALM * knee.rate
    return [
        Step(calm, CALM_SECONDS),
        Step(knee.rate, KNEE_SECONDS),
        Step(times * knee.rate, OVER_SECONDS),
        Step(calm, AFTER_SECONDS),
    ]


def judge(rounds: list[Paced], knee: Knee, times: float, least_goodput: float) -> dict:
    """What was seen, and which of it `kept` what has to hold."""
    seen = [_round(each) for each in rounds]
    made = {name: median(each[name] for each in seen) for name in seen[0]}
    goodputs = [each["goodput"] for each in seen]
    recovery, refusal_ms = made["recovery_seconds"], made["refused_p99_ms"]
    of_knee = made["answered"] / max(knee.rate, 1)
    return {
        **made,
        "of_knee": of_knee,
        "knee": knee.rate,
        "times": times,
        "asked": times * knee.rate,
        "goodputs": [min(goodputs), max(goodputs)],
        "recovery_seconds": None if math.isinf(recovery) else recovery,
        "client_idle": min(each.client_idle for each in rounds),
        "kept": {
            # Of the knee as it is now, and as it was found.
            "goodput": made["goodput"] >= least_goodput,
            "of_knee": of_knee >= least_goodput,
            "refusals": refusal_ms <= MOST_REFUSAL_MS,
            "recovery": recovery <= MOST_RECOVERY_SECONDS,
        },
    }


def _round(paced: Paced) -> dict[str, float]:
    at_knee = paced.between(CALM_SECONDS + _CHANGE_SECONDS, OVER_BEGINS)
    over = paced.between(OVER_BEGINS + _CHANGE_SECONDS, OVER_ENDS)
    return {
        "answered": rate(over, "good"),
        "at_knee": rate(at_knee, "good"),
        "goodput": rate(over, "good") / max(rate(at_knee, "good"), 1),
        "good_p99_ms": max(each["good_p99_ms"] for each in over),
        "asked_p99_ms": max(each["asked_p99_ms"] for each in over),
        "given_up": rate(over, "given_up"),
        "refused": rate(over, "refused"),
        "refused_p99_ms": max(each["refused_p99_ms"] if each["refused"] else 0 for each in over),
        "failed": rate(over, "failed"),
        "recovery_seconds": _recovery(paced.between(OVER_ENDS, OVER_ENDS + AFTER_SECONDS)),
    }


def _recovery(pieces: list[dict]) -> float:
    """Seconds until nothing is refused any more and answers come in time; without end if that does not come about."""
    lost = ("refused", "failed", "given_up")
    bad = [each for each in pieces if any(each[name] for name in lost) or each["good_p99_ms"] > PROMISED_MS]
    if not bad:
        return 0.0
    return math.inf if bad[-1] is pieces[-1] else round(bad[-1]["at"] + 0.2 - OVER_ENDS, 1)

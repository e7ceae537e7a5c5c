"""More than the knee: what is still answered, how soon the rest is refused, and how soon it is as before."""

from .knee import PROMISED_MS, Knee
from .pace import Paced, Step, rate

CALM, BEFORE_SECONDS, OVER_SECONDS, AFTER_SECONDS = 0.7, 4, 10, 8
#: What has to hold.
MOST_REFUSAL_MS, MOST_RECOVERY_SECONDS = 50, 2


def steps(knee: Knee, times: float) -> list[Step]:
    """Less than the knee, so many times the knee, and less again."""
    calm = CALM * knee.rate
    return [Step(calm, BEFORE_SECONDS), Step(times * knee.rate, OVER_SECONDS), Step(calm, AFTER_SECONDS)]


def judge(paced: Paced, knee: Knee, times: float, least_goodput: float) -> dict:
    """What was seen, and which of it `kept` what has to hold."""
    over_ends = BEFORE_SECONDS + OVER_SECONDS
    # A second to get there.
    over = paced.between(BEFORE_SECONDS + 1, over_ends)
    goodput = rate(over, "good") / knee.rate
    refused = rate(over, "refused")
    refusals = [each["refused_p99_ms"] for each in over if each["refused"]]
    refusal_ms = max(refusals, default=None)
    recovery = _recovery(paced.between(over_ends, over_ends + AFTER_SECONDS), over_ends)
    return {
        "knee": knee.rate,
        "knee_busy": knee.busy,
        "times": times,
        "asked": times * knee.rate,
        "goodput": goodput,
        "good_p99_ms": max(each["good_p99_ms"] for each in over),
        "asked_p99_ms": max(each["asked_p99_ms"] for each in over),
        "given_up": rate(over, "given_up"),
        "refused": refused,
        "refused_p99_ms": refusal_ms,
        "failed": rate(over, "failed"),
        "recovery_seconds": recovery,
        "client_idle": paced.client_idle,
        "kept": {
            "goodput": goodput >= least_goodput,
            "refusals": refusal_ms is None or refusal_ms <= MOST_REFUSAL_MS,
            "recovery": recovery is not None and recovery <= MOST_RECOVERY_SECONDS,
        },
    }


def _recovery(pieces: list[dict], since: float) -> float | None:
    """Seconds until nothing is refused any more and answers come in time; none if that does not come about."""
    lost = ("refused", "failed", "given_up")
    bad = [each for each in pieces if any(each[name] for name in lost) or each["good_p99_ms"] > PROMISED_MS]
    if not bad:
        return 0.0
    end = bad[-1]["at"] + 0.2
    return None if bad[-1] is pieces[-1] else round(end - since, 1)

"""Whether one version is slower than another: figures of runs in turns, as ratios, and which of them are beyond noise."""

import statistics

from .report import milliseconds, table

CPU = "processor time a request"
#: By the end of a figure's name: how much more is a regression. What is not here is shown and not judged.
TOLERANCES = {CPU: 1.10, "median": 1.25}
#: Below this many of a kind, a run says little of its durations.
FEWEST_REQUESTS = 50


def figures(outcome: dict, cpu_seconds: float) -> dict[str, float]:
    """Of one run: microseconds of processor time a request, and milliseconds by request."""
    found = {CPU: cpu_seconds * 1e6 / max(outcome["load"]["requests"], 1)}
    for name, each in outcome["requests"].items():
        if each["count"] >= FEWEST_REQUESTS:
            found[f"{name}, median"] = each["median_ms"]
            found[f"{name}, p99"] = each["p99_ms"]
    return found


def compare(rounds: list[tuple[dict[str, float], dict[str, float]]]) -> list[dict]:
    """What became of each figure over the rounds, each of which is (before, now)."""
    names = [name for name in rounds[0][0] if all(name in each for pair in rounds for each in pair)]
    return [_figure(name, [(before[name], now[name]) for before, now in rounds]) for name in names]


def text(compared: list[dict]) -> str:
    """A table of it."""
    rows = [["", "before", "now", "ratio", "in each round", ""]]
    for each in compared:
        shown = _microseconds if each["name"].endswith(CPU) else milliseconds
        ratios = " ".join(f"{ratio:.2f}" for ratio in each["ratios"])
        word = "SLOWER" if each["is_slower"] else ""
        rows.append(
            [each["name"], shown(each["before"]), shown(each["now"]), f"{each['ratio']:.2f}", ratios, word]
        )
    return table(rows)


def _figure(name: str, pairs: list[tuple[float, float]]) -> dict:
    ratios = [now / before if before else 1.0 for before, now in pairs]
    ratio = statistics.median(ratios)
    tolerance = next((most for end, most in TOLERANCES.items() if name.endswith(end)), None)
    return {
        "name": name,
        "before": statistics.median(before for before, _ in pairs),
        "now": statistics.median(now for _, now in pairs),
        "ratio": ratio,
        "ratios": ratios,
        # Noise goes both ways: what is slower is slower in every round, and by more than a little.
        "is_slower": tolerance is not None and ratio > tolerance and min(ratios) > 1,
    }


def _microseconds(value: float) -> str:
    return f"{value:,.1f} µs"

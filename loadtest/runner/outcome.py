"""What a run has shown, as outcome.json holds it: for CI, for comparisons, and for the report."""

import re
from pathlib import Path

from . import k6, saturation, steady, watched
from .samples import Samples, Second
from .settings import Settings

FILE = "outcome.json"
PASSED, FAILED, ERROR = "passed", "failed", "error"
#: What loadtest/run ends with. 2 is for bad input: there was no run.
EXIT_CODES = {PASSED: 0, FAILED: 1, ERROR: 3}
# With more iterations than this not begun, the rate was not the one that was asked for.
_DROPPED_SHARE = 0.01
# A search looks at this many pieces of its run.
_PIECES = 50
_FIGURES = {
    "median_ms": "med",
    "p95_ms": "p(95)",
    "p99_ms": "p(99)",
    "p999_ms": "p(99.9)",
    "max_ms": "max",
}


def judge(settings: Settings, folder: Path, status: int, summary: dict, samples: Samples) -> dict:
    """Everything, and whether it is well. `status` is k6's exit code, `summary` what it gives to handleSummary."""
    metrics = summary["metrics"]
    objectives = [_objective(each, metrics) for each in settings.objectives]
    looks = watched.read(folder)
    # Without the looks at the admin port, which are a scenario of their own.
    of_suite = f"{{scenario:{settings.suite}}}"
    made = {
        "run": folder.name,
        "suite": settings.suite,
        "target": settings.target,
        "rate": settings.rate,
        "duration_seconds": settings.duration_seconds,
        "users": settings.users,
        "seconds": summary["state"]["testRunDurationMs"] / 1000,
        "objectives": objectives,
        "checks": _checks(metrics, samples),
        "visitors": {
            "numbers": len(samples.visitors),
            "repeats": {str(number): count for number, count in samples.repeats().items()},
        },
        "load": {
            "requests": _value(metrics, f"http_reqs{of_suite}", "count"),
            "iterations": _value(metrics, f"iterations{of_suite}", "count"),
            "dropped": _value(metrics, f"dropped_iterations{of_suite}", "count"),
            "bytes": _value(metrics, "data_received", "count"),
            "statuses": dict(sorted(samples.statuses.items())),
        },
        "requests": _requests(metrics),
        "slowest": [
            {"milliseconds": ms, "request": name, "trace_id": trace} for ms, name, trace in samples.slowest
        ],
        "search": _search(settings, objectives, samples, looks) if settings.is_search else None,
        "steady": steady.judge(looks) if settings.is_long else [],
    }
    error = _not_run(status, made)
    failures = [error] if error else _failures(settings, made)
    verdict = ERROR if error else FAILED if failures else PASSED
    return {"verdict": verdict, "failures": failures, **made}


def _not_run(status: int, made: dict) -> str | None:
    """Why the run says nothing, in a sentence."""
    if status == k6.INTERRUPTED:
        return f"It was stopped after {made['seconds']:.0f} s."
    if status not in (k6.ENDED, k6.BROKEN):
        return f"k6 failed with exit code {status}; {k6.LOG} says why."
    if not made["load"]["iterations"]:
        return "No iteration was finished: give it more DURATION."
    return None


def _failures(settings: Settings, made: dict) -> list[str]:
    """What is not well, a sentence each."""
    found = []
    if repeats := made["visitors"]["repeats"]:
        found.append(f"{len(repeats)} visitor numbers were given to more than one visitor.")
    lies = {name: each for name, each in made["checks"]["failed"].items() if not _is_refusal(name)}
    if settings.is_search:
        # Being refused is what it looks for; being told something wrong is not.
        if lies:
            found.append(f"{len(lies)} checks of content failed.")
        if not made["search"]["held_requests_per_second"]:
            found.append("No rate was so low that all promises held.")
        return found
    for each in made["objectives"]:
        if each["held"] is False:
            found.append(f"The promise {each['name']} was broken.")
    if failed := made["checks"]["failed"]:
        found.append(f"{len(failed)} checks of answers failed.")
    for each in made["steady"]:
        if not each["is_flat"]:
            found.append(
                f"{each['name']} grew from {each['early']:,.0f} to {each['late']:,.0f}: it is not flat."
            )
    dropped, begun = made["load"]["dropped"], made["load"]["iterations"]
    if dropped > _DROPPED_SHARE * (dropped + begun):
        found.append(
            f"{dropped} of {dropped + begun} iterations could not begin when they were due: all {settings.users} users"
            " were waiting. Sirius is too slow for this rate, or k6 for this machine; or give it more USERS."
        )
    if limited := made["load"]["statuses"].get("429"):
        found.append(
            f"{limited} answers were 429, beyond the quota of a client: start Sirius with --config loadtest/sirius.toml."
        )
    return found


def _is_refusal(check: str) -> bool:
    """Whether a check is about the status: its name has the one that was wanted."""
    return re.search(r": \d{3}\b", check) is not None


def _objective(objective: dict, metrics: dict) -> dict:
    metric = metrics.get(f"slo_{objective['name']}")
    values = metric["values"] if metric else {}
    judged = values.get("passes", 0) + values.get("fails", 0)
    measured = values["rate"] if judged else None
    return {
        **{key: objective[key] for key in ("name", "title", "objective")},
        "judged": judged,
        "measured": measured,
        "held": None if measured is None else all(each["ok"] for each in metric["thresholds"].values()),
    }


def _checks(metrics: dict, samples: Samples) -> dict:
    failed = {
        name: {"failed": count, "trace_id": trace}
        for name, (count, trace) in sorted(samples.failed_checks.items())
    }
    return {"passed": _value(metrics, "checks", "passes"), "failed": failed}


def _requests(metrics: dict) -> dict:
    found = {}
    for metric, each in metrics.items():
        match = re.fullmatch(r"http_req_duration\{name:(.+)\}", metric)
        if match and (count := each["values"]["count"]):
            failed = _value(metrics, f"http_req_failed{{name:{match[1]}}}", "passes")
            figures = {name: each["values"][key] for name, key in _FIGURES.items()}
            found[match[1]] = {"count": count, "failed": failed, **figures}
    return dict(sorted(found.items()))


def _value(metrics: dict, metric: str, key: str) -> int:
    return metrics[metric]["values"].get(key, 0) if metric in metrics else 0


def _search(settings: Settings, objectives: list[dict], samples: Samples, looks: list[watched.Look]) -> dict:
    """The highest rate of a piece of the run in which all promises held, the one that was broken, and what was full."""
    length = max(1, round(settings.duration_seconds / _PIECES))
    # The last piece is not a whole one.
    whole = _pieces(samples.seconds, length)[:-1]
    rates = [piece.requests / length for piece in whole if _is_kept(piece, objectives)]
    broken = [each["name"] for each in objectives if each["held"] is False]
    return {
        "held_requests_per_second": max(rates, default=0),
        "broken": broken[0] if broken else None,
        "full": saturation.first(looks),
        "meanwhile": saturation.meanwhile(looks),
    }


def _is_kept(piece: Second, objectives: list[dict]) -> bool:
    return all(
        piece.kept[each["name"]] >= each["objective"] * piece.judged[each["name"]] for each in objectives
    )


def _pieces(seconds: dict[int, Second], length: int) -> list[Second]:
    first = min(seconds, default=0)
    pieces: dict[int, Second] = {}
    for at, second in sorted(seconds.items()):
        piece = pieces.setdefault((at - first) // length, Second())
        piece.requests += second.requests
        piece.judged += second.judged
        piece.kept += second.kept
    return list(pieces.values())

"""Two runs of a suite side by side, as ratios: machines differ, and a ratio says what has changed."""

import json
from pathlib import Path

from . import outcome
from .report import milliseconds, table
from .settings import SUITES, Refused

_TOLD = {"target": "TARGET", "rate": "RATE", "duration_seconds": "DURATION", "users": "USERS"}


def last_two(results: Path, suite: str | None) -> tuple[dict, dict]:
    """The last run, of a suite or of all, and the one of the same suite before it. Raises Refused."""
    if suite is not None and suite not in SUITES:
        raise Refused(f"There is no suite {suite!r}: there are {', '.join(SUITES)}.")
    # Their names begin with their time.
    runs = sorted(path.parent for path in results.glob(f"*-{suite or '*'}/{outcome.FILE}"))
    found = [_read(path) for path in runs]
    found = [each for each in found if each["verdict"] != outcome.ERROR]
    if found:
        found = [each for each in found if each["suite"] == found[-1]["suite"]]
    if len(found) < 2:
        which = f" of {suite or found[-1]['suite']}" if suite or found else ""
        raise Refused(f"There is nothing to compare: {results} has {len(found) or 'no'} complete run{which}.")
    return found[-2], found[-1]


def text(before: dict, now: dict) -> str:
    """A table of ratios: above 1 is more, or slower."""
    lines = [f"{now['suite']}: {now['run']} ({now['verdict']}) beside {before['run']} ({before['verdict']})"]
    differ = [
        f"{name} {before[key]:} and {now[key]:}" for key, name in _TOLD.items() if before[key] != now[key]
    ]
    if differ:
        lines.append(f"They were told different things, before and now: {', '.join(differ)}.")
    rows = [["", "before", "now", "ratio"]]
    for name, one, other, shown in _figures(before, now):
        ratio = f"{other / one:.2f}" if one else "-"
        rows.append([name, shown(one), shown(other), ratio])
    return "\n".join([*lines, "", table(rows)]) + "\n"


def _figures(before: dict, now: dict) -> list[tuple]:
    def per_second(value: float) -> str:
        return f"{value:,.1f}"

    rates = [each["load"]["requests"] / each["seconds"] for each in (before, now)]
    found = [("requests a second", *rates, per_second)]
    if now["search"]:
        held = [each["search"]["held_requests_per_second"] for each in (before, now)]
        found.append(("requests a second with all promises", *held, per_second))
    for name, each in now["requests"].items():
        if name in before["requests"]:
            for key, part in (("median_ms", "median"), ("p99_ms", "p99")):
                found.append((f"{name}, {part}", before["requests"][name][key], each[key], milliseconds))
    return found


def _read(folder: Path) -> dict:
    path = folder / outcome.FILE
    try:
        return json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise Refused(f"{path} cannot be read ({error}): remove {folder} to compare without it.") from None

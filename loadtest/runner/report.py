"""The outcome of a run as people read it: first whether it is well, then why, then the figures."""

from .outcome import ERROR, FAILED, PASSED

_VERDICTS = {PASSED: "PASSED", FAILED: "FAILED", ERROR: "NOT MEASURED"}


def text(outcome: dict) -> str:
    """The whole report, with lines of at most 120 characters."""
    parts = [_head(outcome), _objectives(outcome), _content(outcome), _load(outcome)]
    parts += [_steady(outcome["steady"]), _requests(outcome["requests"]), _slowest(outcome["slowest"])]
    return "\n\n".join(filter(None, parts)) + "\n"


def table(rows: list[list[str]], left: int = 1) -> str:
    """Rows in columns; the first is the heading, and the columns after the first `left` are figures."""
    widths = [max(map(len, column)) for column in zip(*rows)]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if index < left else cell.rjust(width)
            for index, (cell, width) in enumerate(zip(row, widths))
        ).rstrip()
        for row in rows
    )


def milliseconds(value: float) -> str:
    """With three digits that count."""
    return f"{value:,.0f} ms" if value >= 100 else f"{value:.3g} ms"


def visitors(numbers: int, repeats: dict[int, int]) -> str:
    """A sentence on visitor numbers."""
    if not numbers:
        return "No visitor numbers were given."
    if not repeats:
        return f"{numbers:,} visitor numbers, each given once."
    shown = ", ".join(f"{number} ({count} times)" for number, count in list(repeats.items())[:5])
    more = f" and {len(repeats) - 5:,} more" if len(repeats) > 5 else ""
    return f"{numbers:,} visitor numbers, {len(repeats):,} of them given more than once: {shown}{more}."


def _head(outcome: dict) -> str:
    seconds, rate = outcome["duration_seconds"], outcome["rate"]
    told = f"{seconds:g} s at up to {rate:g} iterations a second"
    lines = [f"Load test {outcome['suite']} of {outcome['target']}: {told}", _VERDICTS[outcome["verdict"]]]
    lines += [f"  {failure}" for failure in outcome["failures"]]
    if outcome["verdict"] == PASSED and not outcome["search"]:
        lines.append("  All promises that were measured held, and every answer was right.")
    if (search := outcome["search"]) and outcome["verdict"] != ERROR:
        lines.append(f"  {_search(search)}")
    return "\n".join(lines)


def _search(search: dict) -> str:
    held = f"All promises held up to {search['held_requests_per_second']:,.0f} requests a second"
    if search["broken"]:
        return f"{held}; with more, {search['broken']} was broken.\n  {_full(search)}"
    tried = f"{held}, the most that was tried: give it a higher RATE."
    return f"{tried}\n  {_full(search)}" if search["full"] else tried


def _full(search: dict) -> str:
    """What was full first."""
    if full := search["full"]:
        return f"First, after {full['seconds']:.0f} s, this was full: {full['what']}.\n  {full['evidence']}."
    if meanwhile := search["meanwhile"]:
        return f"Nothing that is watched was full: look at k6's machine, at the network, or for a lock.\n  {meanwhile}."
    return "What was full first is not known: set ADMIN."


def _objectives(outcome: dict) -> str:
    rows = [["Promise", "", "promised", "measured", ""]]
    for each in outcome["objectives"]:
        measured = "-" if each["measured"] is None else _percent(each["measured"])
        word = {None: "not measured: set ADMIN" if each["name"] == "freshness" else "not measured"}
        word |= {True: "held", False: "broken"}
        rows.append([each["name"], each["title"], _percent(each["objective"]), measured, word[each["held"]]])
    return table(rows, left=2)


def _content(outcome: dict) -> str:
    checks = outcome["checks"]
    lines = [
        f"Answers: {checks['passed']:,} checks passed" + (", none failed." if not checks["failed"] else ";")
    ]
    for name, each in checks["failed"].items():
        lines.append(f"  FAILED {each['failed']:,} x {name} (first in trace {each['trace_id'] or 'none'})")
    repeats = {int(number): count for number, count in outcome["visitors"]["repeats"].items()}
    return "\n".join([*lines, visitors(outcome["visitors"]["numbers"], repeats)])


def _load(outcome: dict) -> str:
    load, seconds = outcome["load"], max(outcome["seconds"], 0.001)
    statuses = ", ".join(
        f"{count:,} x {'no answer' if status == '0' else status}"
        for status, count in load["statuses"].items()
    )
    due = load["iterations"] + load["dropped"]
    return "\n".join(
        [
            f"Requests: {load['requests']:,} in {seconds:,.0f} s, {load['requests'] / seconds:,.1f} a second: {statuses}.",
            f"Iterations: {load['iterations']:,} of {due:,} that were due; {load['bytes'] / 1e6:,.1f} MB received.",
        ]
    )


def _steady(steady: list[dict]) -> str:
    rows = [["Of Sirius", "in the second quarter", "in the last", "most", ""]]
    for each in steady:
        figures = (f"{each[name]:,.0f}" for name in ("early", "late", "most"))
        rows.append([each["name"], *figures, "flat" if each["is_flat"] else "GREW"])
    return table(rows) if steady else ""


def _requests(requests: dict) -> str:
    rows = [["Request, until its last byte", "count", "failed", "median", "p95", "p99", "p99.9", "max"]]
    for name, each in requests.items():
        figures = (each[key] for key in ("median_ms", "p95_ms", "p99_ms", "p999_ms", "max_ms"))
        rows.append([name, f"{each['count']:,}", f"{each['failed']:,}", *map(milliseconds, figures)])
    return table(rows) if requests else ""


def _slowest(slowest: list[dict]) -> str:
    rows = [["The slowest", "trace", "took"]]
    rows += [[each["request"], each["trace_id"], milliseconds(each["milliseconds"])] for each in slowest]
    return table(rows, left=2) if slowest else ""


def _percent(share: float) -> str:
    """Never rounded up to a promise that was not kept."""
    return f"{int(share * 100_000 + 1e-6) / 1000:g} %"

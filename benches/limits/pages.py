"""What was found, as docs/benchmarks.md has it."""

import record
from peers.figures import CLIENT_IDLE

_PAGE = record.REPOSITORY / "docs/benchmarks.md"
_NAMES = {
    "mix": "pictures, facts, pages, visits",
    "visits": "visits only",
    "visits, slow disk": "visits only, each fsync 2 ms longer",
}


def write() -> None:
    """Puts all that has been measured into docs/."""
    kept = record.read()
    parts = []
    if found := kept.get("breakpoint"):
        parts.append(f"{_measured(found)}\n\n{breakpoint(found)}")
    if found := kept.get("overload"):
        parts.append(f"{_measured(found)}\n\n{overload(found)}")
    if found := kept.get("soak"):
        parts.append(f"{_measured(found)}\n\n{soak(found)}")
    record.put(_PAGE, "limits", "\n".join(parts))


def breakpoint(found: dict) -> str:
    """A sentence or two on k6's search."""
    held = f"By k6 (`make breakpoint`), promises held up to {found['held_requests_per_second']:,.0f} requests a second"
    if found["full"]:
        return f"{held}; first was full: {found['full']['what']} ({found['full']['evidence']}).\n"
    return f"{held}. {found['meanwhile']}.\n" if found["meanwhile"] else f"{held}.\n"


def overload(found: dict) -> str:
    """A table, what was kept in bold where it was not."""
    lines = [
        "| | knee, a second | answered there | asked for | answered, of that | of the knee | p99 since due | since asked | refused a second"
        " | p99 of refusals | not asked | as before after | client's core idle |",
        "| --- |" + " ---: |" * 12,
    ]
    for name, each in found["cases"].items():
        kept = each["kept"]
        refusals = f"{each['refused_p99_ms']:.1f} ms" if each["refused"] else ""
        least, most = (100 * goodput for goodput in each["goodputs"])
        seconds = "never" if each["recovery_seconds"] is None else f"{each['recovery_seconds']:.1f} s"
        cells = [
            _NAMES[name],
            f"{each['knee']:,.0f}",
            f"{each['at_knee']:,.0f}",
            f"{each['asked']:,.0f} (x {each['times']:g})",
            _bold(f"{100 * each['goodput']:.0f} % [{least:.0f} to {most:.0f}]", kept["goodput"]),
            _bold(f"{100 * each['of_knee']:.0f} %", kept["of_knee"]),
            f"{each['good_p99_ms']:,.0f} ms",
            f"{each['asked_p99_ms']:,.0f} ms",
            f"{each['refused']:,.0f}",
            _bold(refusals, kept["refusals"]),
            f"{each['given_up']:,.0f}",
            _bold(seconds, kept["recovery"]),
            f"{100 * each['client_idle']:.0f} %",
        ]
        lines.append(f"| {' | '.join(cells)} |")
    busy = [_NAMES[name] for name, each in found["cases"].items() if each["client_idle"] < CLIENT_IDLE]
    if busy:
        lines.append(f"\n**Not to be trusted**: the client's core had no time left with {'; '.join(busy)}.")
    return "\n".join(lines) + "\n"


def soak(found: dict) -> str:
    """What was asked, and a table of what is flat."""
    about = (
        f"{found['rate']:,.0f} requests a second for {found['seconds'] / 60:g} minutes: {found['answered']:,} answered,"
        f" {found['refused']:,} refused, {found['failed']:,} failed; p99 {found['good_p99_ms']:.1f} ms, Sirius took"
        f" {found['cores']:.2f} of a core.\n"
    )
    lines = [
        "| of Sirius | median of the second quarter | of the last | most | |",
        "| --- | ---: | ---: | ---: | --- |",
    ]
    for each in found["steady"]:
        figures = (f"{each[name]:,.0f}" for name in ("early", "late", "most"))
        verdict = _bold("flat" if each["is_flat"] else "grew", each["is_flat"])
        lines.append(f"| `{each['name']}` | {' | '.join(figures)} | {verdict} |")
    return "\n".join([about, *lines]) + "\n"


def _measured(found: dict) -> str:
    return f"Measured {found['at']} at commit {found['commit']} on {found['machine']}:"


def _bold(text: str, is_well: bool) -> str:
    return text if is_well else f"**{text}**"

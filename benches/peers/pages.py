"""The figures as people read them: on the terminal, in docs/benchmarks.md, and as a picture."""

import record

from . import chart
from .figures import CLIENT_IDLE
from .works import TITLES, WORKS, Work

_PAGE = record.REPOSITORY / "docs/benchmarks.md"
_PICTURE = record.REPOSITORY / "docs/peers.svg"
_HEAD = ["", "CPU a request", "database's", "p50", "p99", "p99.9", "a second at most", "CPU then", "memory"]


def found(told: dict, figures: list[dict], bars: list[dict]) -> dict:
    """Everything that a run has found."""
    return {**told, "figures": figures, "bars": bars}


def text(made: dict) -> str:
    """In Markdown."""
    parts = [_work(work, made) for work in WORKS if _rows(work, made)]
    return "\n".join([*parts, _bars(made["bars"])]).strip() + "\n"


def write(made: dict) -> None:
    """Keeps the figures, and puts them and their picture into docs/."""
    record.keep("peers", made)
    kept = record.read()["peers"]
    _PICTURE.write_text(chart.svg(kept))
    about = (
        f"Measured {kept['at']} at commit {kept['commit']} on {kept['machine']}: medians of {kept['rounds']} rounds of"
        f" {kept['seconds']:g} s in turns, and in brackets the least and the most.\n"
    )
    shown = "![Processor time of a request, Sirius and its peers](peers.svg)\n"
    record.put(_PAGE, "peers", "\n".join([about, shown, text(kept)]))


def _work(work: Work, made: dict) -> str:
    rows = _rows(work, made)
    load = "as much as each can take"
    if work.think_ms is not None:
        rates = [row["same"]["rate"]["median"] for row in rows.values()]
        load = f"about {_round(min(rates))} to {_round(max(rates))} a second of each, and as much as each can take"
    lines = [f"**{work.title}**, {work.connections} connections: {load}.\n", f"| {' | '.join(_HEAD)} |", "| --- |" + " ---: |" * (len(_HEAD) - 1)]
    first = next(iter(rows.values()))
    for key, row in rows.items():
        lines.append(f"| {TITLES[key]} | {' | '.join(_cells(row, first))} |")
    busy = [TITLES[key] for key, row in rows.items() if row["calm"]["client_idle"]["median"] < CLIENT_IDLE]
    if busy and work.think_ms is not None:
        lines.append(f"\n**Not to be trusted**: the client's core had no time left with {_and(busy)}.")
    return "\n".join(lines) + "\n"


def _rows(work: Work, made: dict) -> dict[str, dict]:
    """By service: the figures at full load, those at the same load, and those from which latencies are taken."""
    rows: dict[str, dict] = {}
    for each in made["figures"]:
        if each["work"] == work.key:
            rows.setdefault(each["service"], {})[each["pace"]] = each
    return {key: {**row, "calm": row.get("same", row["full"])} for key, row in rows.items()}


def _cells(row: dict, first: dict) -> list[str]:
    calm, full = row["calm"], row["full"]
    times = calm["cpu_us"]["median"] / first["calm"]["cpu_us"]["median"]
    at_least = "over " if full["client_idle"]["median"] < CLIENT_IDLE else ""
    return [
        f"{_spread(calm['cpu_us'])} µs (x {times:.2f})",
        f"{calm['database_us']['median']:.1f} µs" if calm["database_us"]["median"] else "",
        *(f"{calm[name]['median']:.2f} ms" for name in ("p50_ms", "p99_ms", "p999_ms")),
        f"{at_least}{full['rate']['median']:,.0f} [{full['rate']['least']:,.0f} to {full['rate']['most']:,.0f}]",
        f"{full['cpu_us']['median']:.1f} µs",
        f"{full['memory_mb']['median']:.0f} MB",
    ]


def _bars(bars: list[dict]) -> str:
    if not bars:
        return ""
    lines = ["| what Sirius wants to reach | bar | measured, round by round | |", "| --- | --- | --- | --- |"]
    for each in bars:
        sign, digits = ("at most" if each["at_most"] else "at least"), (3 if each["limit"] < 0.1 else 2)
        lines.append(
            f"| {each['words']} | {sign} x {each['limit']:g} | x {_spread(each['measured'], digits)} |"
            f" {'kept' if each['kept'] else '**missed**'} |"
        )
    return "\n".join(lines) + "\n"


def _spread(figure: dict[str, float], digits: int = 1) -> str:
    median, least, most = (f"{figure[name]:.{digits}f}" for name in ("median", "least", "most"))
    return f"{median} [{least} to {most}]"


def _round(rate: float) -> str:
    """Two digits: more would not be the same next time."""
    return f"{float(f'{rate:.2g}'):,.0f}"


def _and(names: list[str]) -> str:
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))

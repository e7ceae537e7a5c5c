"""What was measured and what follows of it, as docs/capacity.md has it."""

from dataclasses import fields

import record

from .model import PACES, Assumptions, Plan, a_core, counting, plan

PAGE = record.REPOSITORY / "docs/capacity.md"
RATES = (1e3, 1e4, 1e5, 1e6)
#: What is asked for to find the knee (benches/limits): shares of the model's kinds.
KNEE_MIX = {"facts": 4.0, "picture": 4.0, "page": 1.0, "visit": 1.0}
#: Further from what was measured than this, the arithmetic is wrong.
CLOSE = 0.3
_NAMES = {
    "picture": "20 KB picture",
    "seeded": "picture by its seed",
    "facts": "random image, JSON",
    "page": "the page, a visit counted",
    "visit": "POST visits",
    "large": "1 MB picture",
}
_NOTHING = "No figures have been taken of this version yet: `make bench-capacity` writes them here.\n"


def text(everything: dict) -> str:
    """The marked part of the page, of all that has been measured."""
    found = points(everything)
    if not found:
        return _NOTHING
    about = f"Measured {found['at']} at commit {found['commit']} on {found['machine']}.\n"
    parts = [about, _kinds(found), _visits(found), _telemetry(found), _check(found), worksheet(found)]
    return "\n".join(filter(None, parts))


def points(everything: dict) -> dict | None:
    """The measured points; none where they are of before commits were told apart."""
    found = everything.get("capacity")
    return found if found and "sparse" in found else None


def write() -> None:
    """Puts it into the page."""
    record.put(PAGE, "capacity", text(record.read()))


def worksheet(found: dict, given: Assumptions | None = None, rates: tuple[float, ...] = RATES) -> str:
    """A column for each rate."""
    plans = [plan(rate, found, given or Assumptions()) for rate in rates]
    head = f"| requests a second at the edge | {' | '.join(f'{each.rate:,.0f}' for each in plans)} |"
    lines = [head, "| --- |" + " ---: |" * len(plans)]
    lines += [f"| {name} | {' | '.join(map(shown, plans))} |" for name, shown in _ROWS]
    return "\n".join(["### Worksheet\n", *lines]) + "\n"


def assumptions(given: Assumptions) -> str:
    """A line for each."""
    return "\n".join(f"{each.name} = {getattr(given, each.name):g}" for each in fields(given)) + "\n"


def _kinds(found: dict) -> str:
    paces = " | ".join(f"at {100 * share:.0f} % of that" for share in PACES.values())
    lines = [
        f"| one core | requests a second | bytes a second | CPU a request | {paces} | commits a request |",
        "| --- |" + " ---: |" * (4 + len(PACES)),
    ]
    for kind, each in found["kinds"].items():
        paced = " | ".join(f"{each[pace]['cpu_us']:.1f} µs" if pace in each else "" for pace in PACES)
        commits = f"{each['commits']:.3f}" if each["commits"] else ""
        figures = f"{each['rate']:,.0f} | {_bytes(each['bytes'])} | {each['cpu_us']:.1f} µs | {paced} | {commits}"
        lines.append(f"| {_NAMES[kind]} | {figures} |")
    return "\n".join(lines) + "\n"


def _visits(found: dict) -> str:
    names = {"sqlite": "SQLite", "postgresql": "PostgreSQL", "mariadb": "MariaDB"}
    lines = [
        "| visits, the database on the same core | a second | to a commit | Sirius, a visit | a commit"
        " | database, a visit | a commit | a commit takes |",
        "| --- |" + " ---: |" * 7,
    ]
    for name in found["visits"]:
        each, taken = found["visits"][name], counting(found, name)
        database = f"{taken.database_visit_us:.1f} µs | {taken.database_commit_us:.0f} µs"
        if not each["database_us"]:
            database = "within Sirius | within Sirius"
        lines.append(
            f"| {names[name]} | {each['rate']:,.0f} | {1 / max(each['commits'], 1e-9):.1f} | {taken.visit_us:.1f} µs"
            f" | {taken.commit_us:.0f} µs | {database} | {each['commit_ms']:.2f} ms |"
        )
    return "\n".join(lines) + "\n"


def _telemetry(found: dict) -> str:
    each = found["telemetry"]
    million = 1e6
    return (
        f"A million images take {found['image_bytes'] * million / 2**20:,.0f} MiB in each process"
        f" ({found['image_bytes']} bytes each, [benchmarks](benchmarks.md)), beside {found['memory_mb']:.0f} MB for all"
        f" else. A million requests make {_bytes(each['line_bytes'] * million)} of lines,"
        f" {_bytes(each['span_bytes'] * million)} of spans (1 % of requests sampled), and a process has"
        f" {each['series']:,} series, {_bytes(each['exposition_bytes'])} a scrape.\n"
    )


def _check(found: dict) -> str:
    """The arithmetic beside a point that it was not made of."""
    knee, thought = found["knee"]["rate"], a_core(KNEE_MIX, found)
    off = thought / knee - 1
    sentence = (
        f"Checked: by this arithmetic one core does {thought:,.0f} requests a second of the mixture whose knee was"
        f" found at {knee:,.0f} in the same run; it is off by {100 * off:+.0f} %"
    )
    sentence += f", at the knee the core was {100 * found['knee']['busy']:.0f} % busy"
    return f"{sentence}.\n" if abs(off) <= CLOSE else f"**{sentence}: do not plan with it.**\n"


def _bytes(count: float) -> str:
    for unit in ("B", "KB", "MB", "GB", "TB"):
        if count < 1000:
            return f"{count:,.0f} {unit}" if count >= 100 else f"{count:.3g} {unit}"
        count /= 1000
    return f"{count:,.0f} PB"


def _money(dollars: float) -> str:
    return f"${dollars:,.0f}"


def _turn(each: Plan) -> str:
    """Beyond half of what visits are promised it is in bold."""
    shown = f"{each.turn_ms:,.0f} ms"
    return f"**{shown}**" if each.turn_ms > 50 else shown


_ROWS = (
    ("hit ratio, immutable addresses", lambda each: f"{100 * each.picture_hits:.1f} %"),
    ("hit ratio, seeded addresses", lambda each: f"{100 * each.seeded_hits:.1f} %"),
    ("requests a second that reach Sirius", lambda each: f"{each.reaching:,.0f}"),
    ("replicas", lambda each: f"{each.replicas:,}"),
    ("replicas without a CDN", lambda each: f"{each.replicas_without_cdn:,}"),
    ("replicas, a month", lambda each: _money(each.replica_dollars)),
    ("visits a second", lambda each: f"{each.visits:,.0f}"),
    ("vCPUs of the database for them", lambda each: f"{each.database_vcpus:.1f}"),
    ("until a visit's turn", _turn),
    ("to clients, a second", lambda each: _bytes(each.client_bytes)),
    ("lines of 30 days, all", lambda each: f"{each.line_gib:,.0f} GiB"),
    ("lines of 30 days, notable", lambda each: f"{each.notable_gib:,.1f} GiB"),
    ("spans of 30 days", lambda each: f"{each.spans_millions:,.0f} million"),
    ("samples of 30 days", lambda each: f"{each.samples_millions:,.0f} million"),
    ("30 days of telemetry, all lines", lambda each: _money(each.telemetry_dollars)),
    ("30 days of telemetry, notable lines", lambda each: _money(each.notable_dollars)),
)

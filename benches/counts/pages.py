"""The figures as people read them: on the terminal and in docs/benchmarks.md."""

import record

from .counting import HALF_SECONDS, HALVES
from .served import TITLES

_PAGE = record.REPOSITORY / "docs/benchmarks.md"
#: At least so much of what a counter in memory takes, and what is aimed at.
FLOORS = {"sqlite": (0.65, 0.75), "mariadb": (0.55, 0.6), "postgres": (0.45, 0.6)}
SLOW_FLOOR = 25
OVER_COMMITS = 3
START_SECONDS, HISTORY_MS = 5, 20
READS_FLOOR = 1.9


def text(found: dict) -> str:
    """In Markdown, the parts that were measured."""
    parts = {"counting": _counting, "slow": _slow, "replicas": _replicas, "years": _years, "reads": _reads}
    return "\n\n".join(part(found) for name, part in parts.items() if found.get(name)) + "\n"


def write(found: dict) -> None:
    """Keeps the figures, and puts them into docs/."""
    record.keep("databases", found)
    kept = record.read()["databases"]
    about = (
        f"Measured {kept['at']} at commit {kept['commit']} on {kept['machine']}: medians of {kept['rounds']} rounds of"
        f" {kept['seconds']} s in turns, at half the load of {HALVES * kept['rounds']} of {HALF_SECONDS} s (in brackets: where that"
        " median is 19 times of 20); databases with their default settings, clients and all on the same machine.\n"
    )
    record.put(_PAGE, "databases", about + "\n" + text(kept))


def _counting(found: dict) -> str:
    rows = []
    for key, each in found["counting"].items():
        floor, aim = FLOORS[key]
        rows.append(
            [
                TITLES[key],
                f"{each['stored']:,.0f}",
                f"{each['counter']:,.0f}",
                f"x {each['ratio']:.2f} ({_kept(each['ratio'] >= floor)}: {floor}; aim {aim})",
                f"{each['alone']:,.0f} (x {each['stored'] / each['alone']:.1f})",
                f"{each['half_p99_ms']:.1f} ms at {each['half']:,.0f}",
                f"{each['counter_p99_ms']:.1f} ms",
                f"{_over(each)} of {each['commit_ms']:.2f} ms ({_kept(each['over'] <= OVER_COMMITS)}: {OVER_COMMITS})",
            ]
        )
    head = ["`POST visits`", "a second", "a counter in memory", "ratio", "one transaction a visit"]
    head += ["p99 at half the load", "the counter's", "commits more"]
    moved = {key: each for key, each in found["counting"].items() if each["moved"]}
    told = ", ".join(f"{each['moved']} of {each['rounds']} with {TITLES[key]}" for key, each in moved.items())
    return _table(head, rows) + (f"\n\nRounds during which the machine's processors may have been moved: {told}." if moved else "")


def _over(each: dict) -> str:
    least, most = each["over_within"]
    return f"{each['over']:.1f} [{least:.1f} to {most:.1f}]"


def _slow(found: dict) -> str:
    rows = [
        [
            TITLES[key],
            f"{each['stored']:,.0f}",
            f"{each['alone']:,.0f}",
            f"x {each['ratio']:.0f} ({_kept(each['ratio'] >= SLOW_FLOOR)}: {SLOW_FLOOR})",
        ]
        for key, each in found["slow"].items()
    ]
    return _table(["2 ms more for each sync", "a second", "one transaction a visit", "ratio"], rows)


def _replicas(found: dict) -> str:
    rows = []
    first: dict[float, float] = {}
    for each in found["replicas"]:
        alone = first.setdefault(each["sync_ms"], each["rate"])
        rows.append(
            [
                str(each["replicas"]),
                f"{each['sync_ms']} ms",
                f"{each['rate']:,.0f}",
                f"x {each['rate'] / alone:.2f}",
                f"{each['batch']:.1f}",
                f"{each['idle']:.0%}",
            ]
        )
    head = ["replicas on one PostgreSQL", "added to a sync", "visits a second", "to one", "a commit", "cores idle"]
    return _table(head, rows)


def _years(found: dict) -> str:
    rows = [
        [
            TITLES[key],
            f"{each['start_s']:.2f} s ({_kept(each['start_s'] <= START_SECONDS)}: {START_SECONDS} s)",
            f"{each['history_ms']:.1f} ms ({_kept(each['history_ms'] <= HISTORY_MS)}: {HISTORY_MS} ms)",
            f"{each['hours_ms']:.1f} ms",
            str(each["slow"]),
            *(f"{each['seen_ms'][n]:,.0f} ms, {each['cpu_ms'][n]:,.0f} ms" for n in ("1", "1000")),
            *(f"{each['removed_ms'][n]:,.0f} ms" for n in ("1", "1000")),
        ]
        for key, each in found["years"].items()
    ]
    head = [f"10 million visits, {found['images']:,} images", "start", "a year by days", "by hours", "statements over 50 ms"]
    head += ["one more image: seen after, CPU", "1,000 more", "`images rm` of one", "of 1,000"]
    return _table(head, rows)


def _reads(found: dict) -> str:
    each = found["reads"]
    ratio = f"x {each['ratio']:.2f} ({_kept(each['ratio'] >= READS_FLOOR)}: {READS_FLOOR})"
    head = ["`GET images/random`, each replica and its clients on a core", "one", "two", "ratio"]
    return _table(head, [["requests a second", f"{each['one']:,.0f}", f"{each['two']:,.0f}", ratio]])


def _kept(is_kept: bool) -> str:
    return "kept" if is_kept else "**missed**"


def _table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---", *(["---:"] * (len(head) - 1))], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)

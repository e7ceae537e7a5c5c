"""What counting on a database costs, beside a counter in memory, and beside a transaction for each visit."""

import math
from collections.abc import Callable
from statistics import median

from servers.sirius import Sirius

from . import load, steady
from .served import Bench, Database, counted

# Added to each sync of a file.
SLOW_SYNC_MS = 2
# Who counts one by one: all of a batch are answered when the last of them is counted, and so as few as keep it busy.
FEW_CONNECTIONS = 16
COMMITS = "sirius_visit_commit_duration_seconds"
# At half the load: more rounds, and shorter ones. What is asked for there is less than what p99 differs by from one second to
# the next, so that only the middle of many tells it.
HALVES, HALF_SECONDS = 3, 1


def beside_a_counter(bench: Bench, databases: list[str], told: dict) -> dict:
    """By database: the rate as it is, with a counter in place of the database, and with one transaction a visit."""
    return {key: _beside_a_counter(bench, bench.database(key), told) for key in databases}


def _beside_a_counter(bench: Bench, on: Database, told: dict) -> dict:
    stored, counter = bench.sirius(on), bench.sirius(_own(bench, on), "counter")
    alone = bench.sirius(on if on.server else _own(bench, on), "one-by-one")

    def at_most(still: Callable[[], None]) -> dict:
        full = _full(stored, told)
        still()
        memory = _full(counter, told)
        return {
            "stored": full["rate"],
            "counter": memory["rate"],
            "ratio": full["rate"] / memory["rate"],
            "full_p99_ms": full["p99_ms"],
        }

    full, moved = steady.rounds(told["rounds"], at_most, bench.apart_ns)
    waits: dict[float, float] = {}

    def at_half(still: Callable[[], None]) -> dict:
        # Half of what it takes with the processors as far apart as they are now.
        rate = median(each["stored"] for each in steady.alike(full, bench.apart_ns()))
        waits[rate] = waits.get(rate) or _think_ms(stored, rate / 2)
        still()
        return _compared(stored, counter, waits[rate], still)

    half, moved_at_half = steady.rounds(HALVES * told["rounds"], at_half, bench.apart_ns)
    found = {name: median(each[name] for each in rounds) for rounds in (half, full) for name in rounds[0]}
    found["alone"] = median(_one_by_one(alone, told) for _ in range(told["rounds"]))
    found["over_within"] = within([each["over"] for each in half])
    found["moved"], found["rounds"] = moved + moved_at_half, len(full) + len(half)
    for each in (stored, counter, alone):
        each.stop()
    if on.server:
        on.server.kill()
    return found


def within(values: list[float]) -> tuple[float, float]:
    """Between which of them the median of ever more such rounds would be, 19 times of 20."""
    ordered = sorted(values)
    least = max(0, math.floor(len(ordered) / 2 - 0.98 * math.sqrt(len(ordered))))
    return ordered[least], ordered[-1 - least]


def _compared(stored: Sirius, counter: Sirius, think_ms: float, still: Callable[[], None]) -> dict[str, float]:
    commits, seconds = counted(stored, COMMITS)
    half = load.visits([stored], HALF_SECONDS, think_ms)[0]
    more_commits, more_seconds = counted(stored, COMMITS)
    still()
    beside = load.visits([counter], HALF_SECONDS, think_ms)[0]
    commit_ms = 1000 * (more_seconds - seconds) / max(1.0, more_commits - commits)
    return {
        "half": half["rate"],
        "half_p99_ms": half["p99_ms"],
        "counter_p99_ms": beside["p99_ms"],
        "commit_ms": commit_ms,
        "over": (half["p99_ms"] - beside["p99_ms"]) / commit_ms,
    }


def _think_ms(stored: Sirius, rate: float) -> float:
    """How long connections have to wait to make a load of that rate: what the time from one visit to the next leaves when it
    has been seen how long an answer takes."""
    apart_ms = 1000 * load.CONNECTIONS / rate
    guess = apart_ms / 2
    answer_ms = 1000 * load.CONNECTIONS / load.visits([stored], 1, guess)[0]["rate"] - guess
    return max(0.0, apart_ms - answer_ms)


def on_slow_disks(bench: Bench, databases: list[str], told: dict) -> dict:
    """By database whose syncs take longer: the rate as it is, and with one transaction a visit."""
    found = {}
    for key in databases:
        on = bench.database(key, SLOW_SYNC_MS)
        together, alone = bench.sirius(on), bench.sirius(_own(bench, on) if not on.server else on, "one-by-one")
        rounds = [(_full(together, told)["rate"], _one_by_one(alone, told)) for _ in range(told["rounds"])]
        found[key] = {
            "stored": median(stored for stored, _ in rounds),
            "alone": median(alone for _, alone in rounds),
            "ratio": median(stored / alone for stored, alone in rounds),
        }
        for each in (together, alone):
            each.stop()
        if on.server:
            on.server.kill()
    return found


def _own(bench: Bench, on: Database) -> Database:
    """A file of SQLite's own, on the same kind of disk: one takes one Sirius."""
    return bench.database("sqlite", SLOW_SYNC_MS if on.variables else 0)


def _full(sirius: Sirius, told: dict) -> dict[str, float]:
    return load.visits([sirius], told["seconds"])[0]


def _one_by_one(sirius: Sirius, told: dict) -> float:
    return load.visits([sirius], told["seconds"], connections=FEW_CONNECTIONS)[0]["rate"]

"""What more replicas on one database give, and where the one row that they all write becomes the limit."""

from statistics import median

from . import load
from .counting import SLOW_SYNC_MS
from .served import Bench, counted

REPLICAS = (1, 2, 4, 8)


def measure(bench: Bench, databases: list[str], told: dict) -> list[dict]:
    """With each number of replicas on PostgreSQL, on this disk and on a slow one: visits a second, how many shared a commit,
    and what part of the two cores the machine had left."""
    found = []
    for sync_ms in (0, SLOW_SYNC_MS):
        on = bench.database("postgres", sync_ms)
        all_replicas = [bench.sirius(on) for _ in range(REPLICAS[-1])]
        for number in REPLICAS:
            some = all_replicas[:number]
            rounds = []
            for _ in range(told["rounds"]):
                before = [counted(each, "sirius_visit_batch_size") for each in some]
                idle = _idle()
                rate = sum(each["rate"] for each in load.visits(some, told["seconds"]))
                now_idle, after = _idle(), [counted(each, "sirius_visit_batch_size") for each in some]
                commits = sum(b[0] - a[0] for a, b in zip(before, after, strict=True))
                visits = sum(b[1] - a[1] for a, b in zip(before, after, strict=True))
                rounds.append((rate, visits / commits, (now_idle[0] - idle[0]) / (now_idle[1] - idle[1])))
            rate, batch, left = (median(each) for each in zip(*rounds, strict=True))
            found.append({"sync_ms": sync_ms, "replicas": number, "rate": rate, "batch": batch, "idle": left})
        for each in all_replicas:
            each.stop()
        on.server.kill()
    return found


def _idle() -> tuple[int, int]:
    """Of all cores since the machine started: what they idled, and all."""
    with open("/proc/stat") as stat:
        ticks = [int(each) for each in stat.readline().split()[1:9]]
    return ticks[3] + ticks[4], sum(ticks)

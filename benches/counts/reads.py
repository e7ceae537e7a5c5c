"""What a second replica adds to reads: each with a core, and who asks it on the same."""

from statistics import median

from . import load
from .served import Bench

PATH = "/api/v1/images/random"


def measure(bench: Bench, databases: list[str], told: dict) -> dict:
    """Requests a second of one, and of two at the same time on one PostgreSQL."""
    on = bench.database("postgres")
    pair = [(bench.sirius(on, core=core), core) for core in (0, 1)]
    rounds = []
    for _ in range(told["rounds"]):
        ones = [load.requests([each], "GET", PATH, told["seconds"])[0]["rate"] for each in pair]
        both = sum(each["rate"] for each in load.requests(pair, "GET", PATH, told["seconds"]))
        # To the mean of the two, as the cores need not be alike.
        rounds.append((sum(ones) / 2, both, 2 * both / sum(ones)))
    for each, _ in pair:
        each.stop()
    on.server.kill()
    one, two, ratio = (median(each) for each in zip(*rounds, strict=True))
    return {"one": one, "two": two, "ratio": ratio}

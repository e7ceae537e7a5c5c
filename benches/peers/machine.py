"""Processors and memory, from /proc."""

import os
from dataclasses import dataclass
from pathlib import Path

from servers.process import Failure

_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Cores:
    """Who runs where."""

    server: int
    client: int

    def pinned(self, command: list, core: int) -> list:
        """The command, on one core."""
        return ["taskset", "--cpu-list", str(core), *command]


def cores() -> Cores:
    """As SERVER_CORE and CLIENT_CORE say, otherwise the first two. Raises Failure."""
    there = sorted(os.sched_getaffinity(0))
    told = [os.environ.get("SERVER_CORE") or "0", os.environ.get("CLIENT_CORE") or "1"]
    numbers = [int(each) for each in told if each.isdecimal()]
    if len(set(numbers)) != 2 or not set(numbers) <= set(there):
        raise Failure(
            f"SERVER_CORE is {told[0]} and CLIENT_CORE {told[1]}: they must be two of the cores that may be used,"
            f" {', '.join(map(str, there))}."
        )
    return Cores(*numbers)


def family(pid: int) -> list[int]:
    """A process and all that descend from it."""
    found, todo = [], [pid]
    while todo:
        each = todo.pop()
        found.append(each)
        for task in Path(f"/proc/{each}/task").glob("*/children"):
            todo += map(int, _text(task).split())
    return found


def cpu_seconds(pid: int) -> float:
    """User and system time of a process, its threads, and all that descend from it."""
    ticks = 0
    for each in family(pid):
        # After the name, which may hold anything but ends with the last bracket.
        fields = _text(Path(f"/proc/{each}/stat")).rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12]) if fields else 0
    return ticks / _TICKS


def memory_bytes(pid: int) -> int:
    """Resident memory of a process and all that descend from it; what they share is counted once (PSS)."""
    total = 0
    for each in family(pid):
        for line in _text(Path(f"/proc/{each}/smaps_rollup")).splitlines():
            if line.startswith("Pss:"):
                total += int(line.split()[1]) * 1024
    return total


def core_ticks(core: int) -> tuple[int, int]:
    """Of a core since the machine started: what it idled, and all."""
    line = next(line for line in _text(Path("/proc/stat")).splitlines() if line.startswith(f"cpu{core} "))
    ticks = [int(each) for each in line.split()[1:9]]
    return ticks[3] + ticks[4], sum(ticks)


def idle_share(before: tuple[int, int], after: tuple[int, int]) -> float:
    """The share of time that a core idled between two looks at it."""
    return (after[0] - before[0]) / max(after[1] - before[1], 1)


def _text(path: Path) -> str:
    try:
        return path.read_text()
    except (FileNotFoundError, ProcessLookupError):
        # It has just ended.
        return ""

"""Rounds during which the machine stays what it is.

A hypervisor moves the processors that it lends. While two of them share a cache, what one has written is seen by the other
after a tenth of a microsecond; after four tenths, when they do not. Whatever goes from thread to thread then takes about
twice as long, and a round of which one half was measured before and the other after says nothing about what was compared.
"""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

#: Farther apart, or nearer, by this factor: they were moved.
MOVED = 1.5
#: So many times the rounds that are wanted may be begun; then they are taken as they come.
PATIENCE = 6


class Moved(Exception):
    """The processors are no longer as far apart as they were when the round began."""


def rounds(number: int, measure: Callable[[Callable[[], None]], dict], apart_ns: Callable[[], float]) -> tuple[list[dict], int]:
    """So many rounds, each with how far apart the processors were (`apart_ns`), and in how many of them they may have been moved.
    `measure` calls what it is given between its parts; it raises Moved, and the round is begun anew."""
    found: list[dict] = []
    for _ in range((PATIENCE - 1) * number):
        if len(found) == number:
            return found, 0
        before = apart_ns()

        def still(before: float = before) -> None:
            if _moved(before, apart_ns()):
                raise Moved

        try:
            measured = measure(still)
            still()
            found.append({**measured, "apart_ns": before})
        except Moved:
            continue
    moved = number - len(found)
    return found + [{"apart_ns": apart_ns(), **measure(lambda: None)} for _ in range(moved)], moved


def alike(found: list[dict], apart_ns: float) -> list[dict]:
    """The rounds with the processors that far apart; all of them, where there are none."""
    return [each for each in found if not _moved(each["apart_ns"], apart_ns)] or found


def meter(folder: Path) -> Callable[[], float]:
    """What tells how far apart the first two processors are that may be used, in nanoseconds; its program is made in the
    folder. Where there is but one, that is always the same."""
    program, processors = folder / "apart", sorted(os.sched_getaffinity(0))[:2]
    if len(processors) < 2:
        return lambda: 1.0
    source = Path(__file__).with_name("apart.c")
    subprocess.run(["cc", "-std=gnu11", "-O2", "-pthread", "-o", program, source], check=True)
    command = [str(program), *map(str, processors)]
    return lambda: float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def _moved(before: float, now: float) -> bool:
    return max(before, now) > MOVED * min(before, now)

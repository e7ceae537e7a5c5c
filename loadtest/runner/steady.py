"""Whether a long run left Sirius as it was: memory, descriptors, tasks and series, flat by a rule.

The rule: the first quarter is for filling caches and connections. The median of the second quarter is compared with that of
the last; what has grown by more than a tenth, and by more than a little, is not flat.
"""

import statistics
from collections.abc import Callable

from .watched import Look

#: Shorter runs say nothing of it.
SHORTEST_SECONDS = 60
_MOST_GROWTH = 0.1
_MIB = 2**20

#: What is looked at, how, and how much more of it is a little.
_WATCHED: tuple[tuple[str, Callable[[Look], float | None], float], ...] = (
    ("process_resident_memory_bytes", lambda look: look.total("process_resident_memory_bytes"), 8 * _MIB),
    ("process_open_fds", lambda look: look.total("process_open_fds"), 16),
    ("tokio_alive_tasks", lambda look: look.total("tokio_alive_tasks"), 16),
    ("series", lambda look: look.count(), 20),
)


def judge(looks: list[Look]) -> list[dict]:
    """Of each: its `name`, medians `early` and `late`, the `most`, and whether it `is_flat`; none of short runs."""
    if len(looks) < 8 or looks[-1].at - looks[0].at < SHORTEST_SECONDS - 5:
        return []
    return [made for name, figure, little in _WATCHED if (made := _judged(name, figure, little, looks))]


def _judged(
    name: str, figure: Callable[[Look], float | None], little: float, looks: list[Look]
) -> dict | None:
    values = [value for look in looks if (value := figure(look)) is not None]
    if len(values) < 8:
        return None
    quarter = len(values) // 4
    early, late = statistics.median(values[quarter : 2 * quarter]), statistics.median(values[-quarter:])
    grown = late - early
    is_flat = grown <= little or grown <= _MOST_GROWTH * early
    return {"name": name, "early": early, "late": late, "most": max(values), "is_flat": is_flat}

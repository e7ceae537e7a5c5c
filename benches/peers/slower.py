"""Whether this Sirius is slower than the one before, by rounds in which both were measured in turns."""

from runner import versions

from .figures import Rounds
from .works import BEFORE, TITLES, Work


def compared(works: list[Work], rounds: Rounds) -> list[dict]:
    """Each work's processor time, its database's with it, and its p99: beside that of the version before, where there is one."""
    found = []
    for work in works:
        for key, old in BEFORE.items():
            pace = "full" if work.think_ms is None else "same"
            ours, theirs = rounds.get((work.key, key, pace)), rounds.get((work.key, old, pace))
            if ours and theirs:
                name = f"{work.title}, {TITLES[key]}"
                pairs = [(_figures(name, before), _figures(name, now)) for before, now in zip(theirs, ours, strict=True)]
                found += versions.compare(pairs)
    return found


def text(compared: list[dict]) -> str:
    """A table of it, and which are slower."""
    slower = "; ".join(each["name"] for each in compared if each["is_slower"])
    return f"{versions.text(compared)}\n\n" + (f"Slower: {slower}." if slower else "Nothing is slower.")


def is_slower(compared: list[dict]) -> bool:
    """Whether anything is."""
    return any(each["is_slower"] for each in compared)


def _figures(name: str, measured: dict[str, float]) -> dict[str, float]:
    return {
        f"{name}: {versions.CPU}": measured["cpu_us"] + measured["database_us"],
        f"{name}: p99": measured["p99_ms"],
    }

#!/usr/bin/env python3
"""Prints the version of the next release, or nothing when no commit since the last one asks for any.

    version.py

Before 1.0.0 a breaking change raises the second number, as Cargo and Helm read versions; 1.0.0 itself is tagged by hand.
"""

import sys

from commits import Change, Commit, newest_release, since

FIRST = "0.1.0"


def next_version(last: str | None, commits: list[Commit]) -> str | None:
    """The version after `last` (a tag such as v1.2.3); None when nothing changes for users."""
    if last is None:
        return FIRST if commits else None
    major, minor, patch = (int(part) for part in last.removeprefix("v").split("."))
    change = max((commit.change for commit in commits), default=Change.NOTHING)
    if change is Change.MAJOR and major == 0:
        change = Change.MINOR
    match change:
        case Change.MAJOR:
            return f"{major + 1}.0.0"
        case Change.MINOR:
            return f"{major}.{minor + 1}.0"
        case Change.PATCH:
            return f"{major}.{minor}.{patch + 1}"
        case _:
            return None


if __name__ == "__main__":
    if len(sys.argv) != 1:
        sys.exit(__doc__)
    last_release = newest_release()
    print(next_version(last_release, since(last_release)) or "")

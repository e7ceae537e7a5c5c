#!/usr/bin/env python3
"""Writes a release into the changelog, above the ones before, and prints the same for the release's page.

    changelog.py CHANGELOG.md 1.2.3 2026-11-21
"""

import re
import sys
from pathlib import Path

from commits import Change, Commit, newest_release, since

HEADING = "# Changelog\n\nWhat changed for those who run Sirius. Written by the release pipeline from the commits.\n"


def section(version: str, date: str, commits: list[Commit]) -> str:
    """A release in Markdown: what breaks first, then what is new, then what is mended. The newest comes first."""
    groups = [
        ("What breaks", [line(commit, commit.breaking) for commit in commits if commit.breaking]),
        ("New", [line(commit) for commit in commits if commit.change is Change.MINOR]),
        ("Mended and improved", [line(commit) for commit in commits if commit.change is Change.PATCH]),
    ]
    parts = [f"## {version} ({date})"]
    parts += [f"### {title}\n\n" + "\n".join(lines) for title, lines in groups if lines]
    return "\n\n".join(parts) + "\n"


def line(commit: Commit, text: str = "") -> str:
    """One commit as an item of a list. Nothing in a message can become Markdown of its own."""
    text = re.sub(r"([\\`*_\[\]<>#|])", r"\\\1", text or commit.subject)
    scope = f"{commit.scope}: " if commit.scope else ""
    return f"- {scope}{text} ({commit.sha[:8]})"


def insert(changelog: str, version: str, new: str) -> str:
    """The changelog with a section more; unchanged when it has that version."""
    if re.search(rf"^## {re.escape(version)} ", changelog, re.MULTILINE):
        return changelog
    first = re.search(r"^## ", changelog, re.MULTILINE)
    if not first:
        return f"{changelog.rstrip()}\n\n{new}" if changelog.strip() else f"{HEADING}\n{new}"
    return f"{changelog[: first.start()]}{new}\n{changelog[first.start() :]}"


if __name__ == "__main__":
    if len(sys.argv) != 4 or not re.fullmatch(r"\d+\.\d+\.\d+", sys.argv[2]):
        sys.exit(__doc__)
    path, number, day = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
    release = section(number, day, since(newest_release()))
    path.write_text(insert(path.read_text() if path.exists() else "", number, release))
    print(release)

"""Commits since a release, and what they mean by the rules of conventional commits (https://www.conventionalcommits.org).

A commit that follows no rule is taken for a fix: nothing that was merged goes out without a version of its own.
"""

import re
import subprocess
from dataclasses import dataclass
from enum import IntEnum

HEADING = re.compile(r"(?P<kind>[a-z]+)(\((?P<scope>[^()\n]+)\))?(?P<breaking>!)?: (?P<subject>\S.*)", re.IGNORECASE)
BREAKING_FOOTER = re.compile(r"^BREAKING[ -]CHANGE: (?P<note>\S.*)", re.MULTILINE)
# What users of an image or a chart do not notice.
UNNOTICED = {"build", "chore", "ci", "docs", "refactor", "style", "test"}
# Made by the pipelines themselves.
OWN = re.compile(
    r"Release v\d+\.\d+\.\d+$|(Revert \")?Deploy \S+ to \S+|Merge branch |Merge pull request ", re.MULTILINE
)
SEPARATOR, END = "\x1f", "\x1e"


class Change(IntEnum):
    """How much changes for users; the larger counts."""

    NOTHING = 0
    PATCH = 1
    MINOR = 2
    MAJOR = 3


@dataclass(frozen=True)
class Commit:
    """One commit as its message says."""

    sha: str
    kind: str
    scope: str
    subject: str
    breaking: str

    @property
    def change(self) -> Change:
        """What it means for the version."""
        if self.breaking:
            return Change.MAJOR
        if self.kind == "feat":
            return Change.MINOR
        return Change.NOTHING if self.kind in UNNOTICED else Change.PATCH


def parse(sha: str, message: str) -> Commit:
    """Reads a message. `breaking` says what breaks, and is empty when nothing does."""
    first = message.strip().splitlines()[0] if message.strip() else ""
    heading = HEADING.fullmatch(first)
    footer = BREAKING_FOOTER.search(message)
    breaking = footer["note"] if footer else ""
    if not heading:
        return Commit(sha, "", "", first, breaking)
    if heading["breaking"] and not breaking:
        breaking = heading["subject"]
    return Commit(sha, heading["kind"].lower(), heading["scope"] or "", heading["subject"], breaking)


def read(log: str) -> list[Commit]:
    """The commits of `git log`, in the form that `since` asks for; those of the pipelines and merges left out."""
    commits = []
    for record in log.split(END):
        if not record.strip():
            continue
        sha, _, message = record.strip("\n").partition(SEPARATOR)
        if not OWN.match(message):
            commits.append(parse(sha, message))
    return commits


def since(tag: str | None) -> list[Commit]:
    """The commits after a tag, the newest first; all of them without one."""
    revisions = f"{tag}..HEAD" if tag else "HEAD"
    log = subprocess.run(
        ["git", "log", f"--format=%H{SEPARATOR}%B{END}", revisions], check=True, capture_output=True, text=True
    )
    return read(log.stdout)


def newest_release() -> str | None:
    """The tag of the newest release that this commit has behind it."""
    tags = subprocess.run(
        ["git", "tag", "--merged", "HEAD", "--list", "v*"], check=True, capture_output=True, text=True
    ).stdout.split()
    releases = [tag for tag in tags if re.fullmatch(r"v\d+\.\d+\.\d+", tag)]
    return max(releases, key=lambda tag: [int(part) for part in tag[1:].split(".")], default=None)

#!/usr/bin/env python3
"""Says which versions of an image or a chart may be deleted: a line each, the digest or the package to delete.

    cleanup.py --kind image --listing FILE --manifests FOLDER --deployed FILE --keep 20 --days 30 [--now 2026-11-21T00:00:00Z]
    cleanup.py --kind chart --listing FILE --deployed FILE ...

The listing of images is what `gcloud artifacts docker images list --include-tags --format=json` prints, that of charts is
their index.yaml. `--manifests` holds the manifest of each listed image, `DIGEST.json` without `sha256:`. `--deployed` names
what runs or is asked for, a tag, a digest or a version a line.

Never among them: a release, what is deployed, the newest of each package (as many as `--keep` says), what is younger than
`--days`. An image for two platforms is listed as several: its index, what the index leads to, signatures. Those are one: they
go when the index does, after it, and are counted with it. When anything of what it is given cannot be read, or the deployed
are unknown, it deletes nothing and fails.
"""

import argparse
import json
import re
import sys
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from index import entries

RELEASE = re.compile(r"v?\d+\.\d+\.\d+")
#: How signatures and attestations are called where a registry knows no subjects: after the digest that they are about.
ABOUT = re.compile(r"sha256-([0-9a-f]{64})(\.[a-z]+)?")


class Unreadable(Exception):
    """Something that the decision rests on is not what it should be."""


@dataclass(frozen=True)
class Version:
    """One version: of what, what deletes it, under which names it is known, and when it was made."""

    package: str
    handle: str
    names: frozenset[str]
    created: datetime
    #: The handles of those that this one is a part of: whatever they are about is about them.
    owners: frozenset[str] = frozenset()

    @property
    def is_release(self) -> bool:
        """Whether a person has been told of it."""
        return any(RELEASE.fullmatch(name) for name in self.names)


def images(text: str, manifests: Path) -> list[Version]:
    """The listing of Artifact Registry, with what belongs to what."""
    versions = _listed(text)
    owners: dict[str, set[str]] = {version.handle: set() for version in versions}
    for version in versions:
        for part in _parts_of(version, manifests):
            if part in owners:
                owners[part].add(version.handle)
        owners[version.handle] |= _about(version, manifests) & owners.keys()
    return [replace(version, owners=frozenset(owners[version.handle])) for version in versions]


def _listed(text: str) -> list[Version]:
    try:
        listing = json.loads(text)
    except ValueError as error:
        raise Unreadable(f"the listing is no JSON: {error}") from None
    if not isinstance(listing, list):
        raise Unreadable("the listing is no list")
    versions = []
    for entry in listing:
        try:
            package, digest, tags, created = (entry[key] for key in ("package", "version", "tags", "createTime"))
        except (KeyError, TypeError) as error:
            raise Unreadable(f"an image without {error}: {str(entry)[:200]}") from None
        if not re.fullmatch(r"sha256:[0-9a-f]{64}", str(digest)):
            raise Unreadable(f"{digest!r} is no digest")
        # gcloud has written tags as a list, and as text with commas.
        names = tags.split(",") if isinstance(tags, str) else tags
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            raise Unreadable(f"{digest}: {tags!r} are no tags")
        versions.append(Version(str(package), digest, frozenset({digest, *filter(None, map(str.strip, names))}), _time(created)))
    return versions


def charts(text: str) -> list[Version]:
    """The index of a repository of charts."""
    try:
        return [
            Version(entry["name"], entry["file"], frozenset({entry["version"]}), _time(entry["created"]))
            for entry in entries(text)
        ]
    except KeyError as error:
        raise Unreadable(f"the index has a chart without {error}") from None
    except ValueError as error:
        raise Unreadable(f"the index cannot be read: {error}") from None


def _manifest(version: Version, manifests: Path) -> dict:
    file = manifests / f"{version.handle.removeprefix('sha256:')}.json"
    try:
        manifest = json.loads(file.read_text())
    except (OSError, ValueError) as error:
        raise Unreadable(f"{version.handle}: its manifest: {error}") from None
    if not isinstance(manifest, dict) or "schemaVersion" not in manifest:
        raise Unreadable(f"{version.handle}: its manifest is none: {str(manifest)[:200]}")
    return manifest


def _parts_of(version: Version, manifests: Path) -> set[str]:
    """What an index leads to: an image for each platform, and what attests it."""
    try:
        return {each["digest"] for each in _manifest(version, manifests).get("manifests") or []}
    except (KeyError, TypeError) as error:
        raise Unreadable(f"{version.handle}: its manifest leads to something without {error}") from None


def _about(version: Version, manifests: Path) -> set[str]:
    """What a signature or an attestation is about."""
    subject = _manifest(version, manifests).get("subject") or {}
    called = [ABOUT.fullmatch(name) for name in version.names]
    return {f"sha256:{match[1]}" for match in called if match} | {subject.get("digest", "")}


def select(versions: list[Version], deployed: set[str], keep: int, days: int, now: datetime) -> list[Version]:
    """What may be deleted: the oldest first, and each before its parts, which a registry asks for."""
    if not deployed:
        raise Unreadable("nothing is said to be deployed, which cannot be: there would be nothing to keep")
    whole = [version for version in versions if not version.owners]
    newest: list[Version] = []
    for package in {version.package for version in whole}:
        own = [version for version in whole if version.package == package]
        newest += sorted(own, key=lambda version: version.created, reverse=True)[:keep]
    old = now - timedelta(days=days)
    needed = _with_owners(versions, {
        version.handle
        for version in versions
        if version.is_release or any(_means(name, version) for name in deployed)
    })
    chosen = [
        version
        for version in whole
        if version.created < old and version not in newest and version.handle not in needed
    ]
    chosen.sort(key=lambda version: version.created)
    gone = {version.handle for version in chosen}
    while parts := [each for each in versions if each.handle not in gone and each.owners and each.owners <= gone]:
        chosen += parts
        gone |= {part.handle for part in parts}
    return chosen


def _with_owners(versions: list[Version], handles: set[str]) -> set[str]:
    """These, and everything that they are a part of."""
    owners = {version.handle: version.owners for version in versions}
    found: set[str] = set()
    while handles:
        found |= handles
        handles = {owner for handle in handles for owner in owners[handle]} - found
    return found


def _means(name: str, version: Version) -> bool:
    # Of a chart's pre-release, the tag of its image is a part.
    return any(name == known or known.endswith(f"-{name}") for known in version.names)


def _time(text: object) -> datetime:
    try:
        time = datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", str(text)).replace("Z", "+00:00"))
    except ValueError:
        raise Unreadable(f"{text!r} is no time") from None
    if time.tzinfo is None:
        raise Unreadable(f"{text!r} has no time zone")
    return time


def main(arguments: list[str] | None = None) -> int:
    """Prints the selection."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kind", choices=["image", "chart"], required=True)
    parser.add_argument("--listing", type=Path, required=True)
    parser.add_argument("--manifests", type=Path)
    parser.add_argument("--deployed", type=Path, required=True)
    parser.add_argument("--keep", type=int, required=True)
    parser.add_argument("--days", type=int, required=True)
    parser.add_argument("--now", default=datetime.now(UTC).isoformat())
    given = parser.parse_args(arguments)
    if given.keep < 1 or given.days < 1:
        parser.error("--keep and --days must be at least 1")
    if (given.kind == "image") != (given.manifests is not None):
        parser.error("--manifests belongs to --kind image")
    try:
        listing = given.listing.read_text()
        versions = images(listing, given.manifests) if given.kind == "image" else charts(listing)
        deployed = {line.strip() for line in given.deployed.read_text().splitlines() if line.strip()}
        chosen = select(versions, deployed, given.keep, given.days, _time(given.now))
    except (Unreadable, OSError) as error:
        print(f"cleanup.py: nothing is deleted: {error}", file=sys.stderr)
        return 1
    print(f"{len(chosen)} of {len(versions)} may go", file=sys.stderr)
    for version in chosen:
        print(version.handle)
    return 0


if __name__ == "__main__":
    sys.exit(main())

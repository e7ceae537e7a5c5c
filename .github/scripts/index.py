#!/usr/bin/env python3
"""Takes those entries out of an index of charts whose packages are gone.

    index.py index.yaml FOLDER

Everything else stays as it is, byte for byte: what a package is and when it was made. Refuses an index that it cannot
read, and one of which nothing would be left.
"""

import re
import sys
from pathlib import Path

# As `helm repo index` writes it: the entries of a chart are a list, indented like the chart's own name.
CHART = re.compile(r"  (?P<name>[A-Za-z0-9._-]+):\n")
FIRST = re.compile(r"  - ")
FIELD = re.compile(r"(?:    |  - )(?P<key>[A-Za-z]+): [\"']?(?P<value>[^\"'\n]*)[\"']?\n")
URL = re.compile(r"    - .*?([^/\s]+\.tgz)\n")


def entries(index: str) -> list[dict[str, str]]:
    """The fields of each entry that are plain values, and as `file` the package's name."""
    _, blocks, _ = _parts(index)
    return [_fields(block) for block in blocks if not CHART.fullmatch(block)]


def prune(index: str, packages: set[str]) -> str:
    """The index with the entries of these packages only."""
    head, blocks, ending = _parts(index)
    kept: list[str] = []
    for block in blocks:
        if CHART.fullmatch(block):
            if kept and CHART.fullmatch(kept[-1]):
                kept.pop()
            kept.append(block)
        elif _fields(block)["file"] in packages:
            kept.append(block)
    if kept and CHART.fullmatch(kept[-1]):
        kept.pop()
    if not kept:
        raise ValueError("nothing of it would be left")
    return head + "".join(kept) + ending


def _parts(index: str) -> tuple[str, list[str], str]:
    """What is before the entries, the lines with a chart's name and its entries, and what is after them."""
    head, separator, rest = index.partition("entries:\n")
    if not separator or not head.startswith("apiVersion: v1"):
        raise ValueError("it is no index of charts")
    lines = rest.splitlines(keepends=True)
    after = next((place for place, line in enumerate(lines) if line.startswith("generated: ")), len(lines))
    blocks: list[str] = []
    for line in lines[:after]:
        if CHART.fullmatch(line) or FIRST.match(line):
            blocks.append(line)
        elif blocks and line.startswith("    "):
            blocks[-1] += line
        else:
            raise ValueError(f"a line that is not expected: {line.rstrip()}")
    return head + separator, blocks, "".join(lines[after:])


def _fields(block: str) -> dict[str, str]:
    lines = block.splitlines(keepends=True)
    fields = {match["key"]: match["value"] for match in map(FIELD.fullmatch, lines) if match}
    files = {match[1] for match in map(URL.fullmatch, lines) if match}
    if len(files) != 1:
        raise ValueError(f"an entry names {len(files)} packages: {block[:200]}")
    return {**fields, "file": files.pop()}


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    file = Path(sys.argv[1])
    try:
        pruned = prune(file.read_text(), {path.name for path in Path(sys.argv[2]).glob("*.tgz")})
    except (OSError, ValueError) as error:
        sys.exit(f"index.py: {file}: {error}")
    file.write_text(pruned)

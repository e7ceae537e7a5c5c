#!/usr/bin/env python3
"""Takes those entries out of an index of charts whose packages are gone.

    index.py index.yaml FOLDER

Everything else stays as it is, byte for byte: what a package is and when it was made. Refuses an index that it cannot
read, and one of which nothing would be left.
"""

import re
import sys
from pathlib import Path

# As `helm repo index` writes it: entries of a chart are a list, indented like the chart's own name.
CHART = re.compile(r"  (?P<name>[A-Za-z0-9._-]+):\n")
FIRST = re.compile(r"  - ")
URL = re.compile(r"    - .*?([^/\s]+\.tgz)\n")


def prune(index: str, packages: set[str]) -> str:
    """The index with the entries of these packages only."""
    head, separator, rest = index.partition("entries:\n")
    if not separator or not head.startswith("apiVersion: v1"):
        raise ValueError("it is no index of charts")
    body, ending = re.fullmatch(r"(.*?)((?:^generated: .*\n)?)", rest, re.DOTALL | re.MULTILINE).groups()
    kept: list[str] = []
    for block in _blocks(body):
        if CHART.fullmatch(block):
            if kept and CHART.fullmatch(kept[-1]):
                kept.pop()
            kept.append(block)
            continue
        named = {match[1] for match in map(URL.fullmatch, block.splitlines(keepends=True)) if match}
        if len(named) != 1:
            raise ValueError(f"an entry names {len(named)} packages: {block[:200]}")
        if named <= packages:
            kept.append(block)
    if kept and CHART.fullmatch(kept[-1]):
        kept.pop()
    if not kept:
        raise ValueError("nothing of it would be left")
    return head + separator + "".join(kept) + ending


def _blocks(body: str) -> list[str]:
    """The lines with a chart's name, and its entries."""
    blocks: list[str] = []
    for line in body.splitlines(keepends=True):
        if CHART.fullmatch(line) or FIRST.match(line):
            blocks.append(line)
        elif blocks and line.startswith("    "):
            blocks[-1] += line
        else:
            raise ValueError(f"a line that is not expected: {line.rstrip()}")
    return blocks


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    file = Path(sys.argv[1])
    try:
        pruned = prune(file.read_text(), {path.name for path in Path(sys.argv[2]).glob("*.tgz")})
    except (OSError, ValueError) as error:
        sys.exit(f"index.py: {file}: {error}")
    file.write_text(pruned)

#!/usr/bin/env python3
"""Sets one value of a YAML file and leaves every other byte as it is, comments included.

    bump.py deploy/argocd/values/dev.yaml image.tag sha-0123abcd
    bump.py --get deploy/argocd/values/dev.yaml image.tag

Prints the value that was there. Refuses, and writes nothing, when the value is not there exactly once, when it is no
plain value, and when the new one is no tag of an image.
"""

import re
import sys
from pathlib import Path

LINE = re.compile(r"(?P<indent> *)(?P<key>[A-Za-z0-9_.-]+):(?P<space>[ ]*)(?P<value>[^#\n]*?)(?P<rest>[ ]*(#.*)?)\n?")
TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")
PLAIN = re.compile(r"[A-Za-z0-9_.-]*|\"[A-Za-z0-9_.-]*\"|'[A-Za-z0-9_.-]*'")


def bump(text: str, path: str, value: str) -> tuple[str, str]:
    """The text with the value at `path` (keys with dots between them) replaced, and what was there."""
    if not TAG.fullmatch(value):
        raise ValueError(f"{value!r} is no tag; allowed are letters, digits and _.-, at most 128")
    lines = text.splitlines(keepends=True)
    places = [number for number, keys in _keys(lines) if keys == path.split(".")]
    if len(places) != 1:
        raise ValueError(f"{path} is there {len(places)} times; expected once, as plain keys below one another")
    match = LINE.fullmatch(lines[places[0]])
    if match is None or not PLAIN.fullmatch(match["value"]):
        raise ValueError(f"{path} is no plain value")
    old = match["value"].strip("\"'")
    quoted = f'"{value}"' if re.fullmatch(r"[0-9.]+([eE][0-9]+)?", value) else value
    ending = "\n" if lines[places[0]].endswith("\n") else ""
    lines[places[0]] = f"{match['indent']}{match['key']}: {quoted}{match['rest']}{ending}"
    return "".join(lines), old


def get(text: str, path: str) -> str:
    """The plain value at `path`."""
    return bump(text, path, "any")[1]


def _keys(lines: list[str]) -> list[tuple[int, list[str]]]:
    """The number of each line that begins with a key, and the keys from the top down to it."""
    above: list[tuple[int, str]] = []
    found = []
    for number, line in enumerate(lines):
        match = LINE.fullmatch(line)
        if match is None or line.lstrip().startswith(("#", "-")):
            continue
        indent = len(match["indent"])
        above = [(depth, key) for depth, key in above if depth < indent]
        above.append((indent, match["key"]))
        found.append((number, [key for _, key in above]))
    return found


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    if sys.argv[1] == "--get":
        try:
            print(get(Path(sys.argv[2]).read_text(), sys.argv[3]))
        except (OSError, ValueError) as error:
            sys.exit(f"bump.py: {sys.argv[2]}: {error}")
        sys.exit()
    file = Path(sys.argv[1])
    try:
        new_text, was = bump(file.read_text(), sys.argv[2], sys.argv[3])
    except (OSError, ValueError) as error:
        sys.exit(f"bump.py: {file}: {error}")
    file.write_text(new_text)
    print(was)

"""Writes every dashboard beside this package; `--check` only says which of the committed ones are not what is made."""

import sys
from pathlib import Path

from . import files

DIRECTORY = Path(__file__).resolve().parents[1]


def main() -> int:
    """The status that the process ends with."""
    wanted = files()
    stale = sorted(path.name for path in DIRECTORY.glob("*.json") if path.name not in wanted)
    changed = [name for name, text in wanted.items() if text != _text(DIRECTORY / name)]
    if "--check" in sys.argv[1:]:
        for name in changed + stale:
            print(f"dashboards/{name} is not what dashboards/generate makes: run make dashboards", file=sys.stderr)
        return 1 if changed or stale else 0
    for name in changed:
        (DIRECTORY / name).write_text(wanted[name])
        print(f"wrote dashboards/{name}")
    for name in stale:
        (DIRECTORY / name).unlink()
        print(f"removed dashboards/{name}, which is made no more")
    return 0


def _text(path: Path) -> str:
    return path.read_text() if path.is_file() else ""


if __name__ == "__main__":
    sys.exit(main())

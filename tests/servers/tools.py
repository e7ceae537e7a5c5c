"""Where the programs are that tools/setup installed."""

from pathlib import Path

from .process import Failure

REPOSITORY = Path(__file__).resolve().parents[2]


def tool(name: str) -> Path:
    """The path of a program."""
    path = REPOSITORY / ".tools" / "bin" / name
    if not path.is_file():
        raise Failure(f"{name} is not installed: run make setup.")
    return path

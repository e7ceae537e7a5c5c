"""Where the programs are that tools/setup installed."""

import shutil
from pathlib import Path

from .process import Failure

REPOSITORY = Path(__file__).resolve().parents[2]


def tool(name: str) -> Path:
    """The path of a program."""
    path = REPOSITORY / ".tools" / "bin" / name
    if not path.is_file():
        raise Failure(f"{name} is not installed: run make setup.")
    return path


def program(name: str) -> str:
    """The path of a program of a Debian package."""
    # Servers are kept where only root looks for commands.
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin")
    if found is None:
        raise Failure(f"{name} is not installed: run make setup.")
    return found

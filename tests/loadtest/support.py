"""Running loadtest/run as people do, and what it leaves behind."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from servers.process import environment, scratch_folder
from servers.tools import REPOSITORY

RUN = REPOSITORY / "loadtest/run"
VISITORS = REPOSITORY / "loadtest/visitors"
TIMEOUT_SECONDS = 300


@dataclass(frozen=True)
class Ended:
    """How a run ended."""

    status: int
    said: str
    complained: str
    #: Where its results are, if there are any.
    folder: Path | None

    def outcome(self) -> dict:
        """What outcome.json has."""
        return json.loads((self.folder / "outcome.json").read_text())


def loadtest(*arguments: str, results: Path | None = None, **settings: str) -> Ended:
    """Runs loadtest/run, with settings as variables."""
    results = results or scratch_folder()
    mine = {"RESULTS": str(results), **settings}
    # Of the person who runs the tests.
    clean = {name: value for name, value in environment().items() if not name.startswith("K6_")}
    for name in ("TARGET", "ADMIN", "ALLOW_TARGET", "RATE", "DURATION", "USERS", "TRACED", "THRESHOLDS"):
        clean.pop(name, None)
    before = set(results.glob("*"))
    ended = subprocess.run(
        [sys.executable, RUN, *arguments],
        env={**clean, **mine},
        cwd=REPOSITORY,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_SECONDS,
    )
    new = sorted(set(results.glob("*")) - before)
    return Ended(ended.returncode, ended.stdout, ended.stderr, new[0] if new else None)


def patient(folder: Path) -> str:
    """The path of thresholds without haste: how quick a debug build on a busy machine is, is not what is tested."""
    thresholds = json.loads((REPOSITORY / "loadtest/thresholds.json").read_text())
    for each in thresholds["objectives"]:
        if "slower_than_seconds" in each:
            each["slower_than_seconds"] = 60
    path = folder / "patient.json"
    path.write_text(json.dumps(thresholds))
    return os.fspath(path)

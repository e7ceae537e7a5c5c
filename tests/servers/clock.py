"""A clock that tests set, for the processes that are given it (Debian's faketime)."""

import os
from pathlib import Path

from .process import Failure

# Debian keeps it in a folder for each architecture.
_LIBRARIES = "usr/lib/*/faketime/libfaketimeMT.so.1"


class Clock:
    """Runs as fast as the real one, and is set by `shift`. What counts seconds from some beginning is not changed."""

    def __init__(self, file: Path) -> None:
        """It is written to this file."""
        found = sorted(Path("/").glob(_LIBRARIES))
        if not found:
            raise Failure(f"faketime is not installed (/{_LIBRARIES}): run make setup.")
        self._file = file
        self.shift(0)
        #: For those who are started as they are to stay.
        self.environment = {
            "LD_PRELOAD": str(found[0]),
            "FAKETIME_TIMESTAMP_FILE": str(file),
            "FAKETIME_CACHE_DURATION": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }

    def given_to(self, command: list[str | Path], program: str) -> list[str | Path]:
        """The command with this clock for the program in it, and not for who becomes another user before it."""
        at = next(place for place, word in enumerate(command) if Path(word).name == program)
        variables = [f"{name}={value}" for name, value in self.environment.items()]
        return [*command[:at], "env", *variables, *command[at:]]

    def shift(self, seconds: int) -> None:
        """Sets it so much before (below 0) or after the real one; all know it a second later."""
        new = self._file.with_suffix(".new")
        new.write_text(f"{seconds:+d}\n")
        new.chmod(0o644)
        # At once, as nobody is to read half of it.
        os.replace(new, self._file)

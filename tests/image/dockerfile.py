"""What the Dockerfile says of the image: its last stage, read as an engine reads it."""

import json
import shlex
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from dockerfile_parse import DockerfileParser

from servers.tools import REPOSITORY


class Copy(NamedTuple):
    """A COPY: from another stage, or, without one, from the build's context."""

    stage: str | None
    sources: list[PurePosixPath]
    target: str


class Image:
    """The last stage."""

    def __init__(self, path: Path = REPOSITORY / "Dockerfile") -> None:
        """Reads it."""
        parser = DockerfileParser(str(path))
        instructions = [(each["instruction"], each["value"]) for each in parser.structure]
        last = max(place for place, (name, _) in enumerate(instructions) if name == "FROM")
        self.stage = [(name, value) for name, value in instructions[last:] if name != "COMMENT"]
        self.user = self._last("USER")
        self.working_folder = self._last("WORKDIR")
        self.entrypoint: list[str] = json.loads(self._last("ENTRYPOINT"))
        self.arguments: list[str] = json.loads(self._last("CMD"))
        self.healthcheck: list[str] = json.loads(self._last("HEALTHCHECK").partition(" CMD ")[2])
        self.volumes: list[str] = json.loads(self._last("VOLUME"))
        self.environment = dict(
            pair.split("=", 1) for name, value in self.stage if name == "ENV" for pair in shlex.split(value)
        )
        self.labels = dict(
            pair.split("=", 1) for name, value in self.stage if name == "LABEL" for pair in shlex.split(value)
        )
        self.copies = [_copy(value) for name, value in self.stage if name == "COPY"]

    def _last(self, name: str) -> str:
        return next(value for each, value in reversed(self.stage) if each == name)


def context_holds(path: str, ignore: Path = REPOSITORY / ".dockerignore") -> bool:
    """Whether a file of the repository is part of the build's context.

    Of .dockerignore's language only what the file uses: nothing but what is named.
    """
    rules = [line for line in ignore.read_text().splitlines() if line and not line.startswith("#")]
    everything, *kept = rules
    if everything != "*" or not all(rule.startswith("!") for rule in kept):
        raise ValueError(f"{ignore}: expected * and then lines that begin with !")
    return any(PurePosixPath(path).is_relative_to(rule[1:]) for rule in kept)


def _copy(value: str) -> Copy:
    words = shlex.split(value)
    flags = dict(word.split("=", 1) for word in words if word.startswith("--"))
    *sources, target = [word for word in words if not word.startswith("--")]
    return Copy(flags.get("--from"), [PurePosixPath(source) for source in sources], target)

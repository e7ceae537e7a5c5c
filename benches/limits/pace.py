"""benches/pace, and what it has seen."""

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from peers import machine
from peers.machine import Cores
from peers.services import Service
from servers.process import Failure

#: More than server.max_requests, so that there can be too many.
CONNECTIONS = 2000


@dataclass(frozen=True)
class Step:
    """So many requests a second for so many seconds."""

    rate: float
    seconds: float


@dataclass(frozen=True)
class Paced:
    """What was seen, in pieces of a fifth of a second, and how much of its core the client had left."""

    pieces: list[dict]
    client_idle: float
    #: How much of its core the server took.
    busy: float = 0

    def between(self, begin: float, end: float) -> list[dict]:
        """The whole pieces between two times."""
        return [each for each in self.pieces if begin - 1e-6 <= each["at"] and each["at"] + 0.2 <= end + 1e-6]


def run(server: Service, steps: list[Step], requests: list[str], cores: Cores) -> Paced:
    """Asks in turns. Raises Failure."""
    program = Path(os.environ.get("PACE_BINARY") or "target/release/pace")
    address = server.url.removeprefix("http://")
    told = ",".join(f"{step.rate:.1f}:{step.seconds:g}" for step in steps)
    command = [program, address, CONNECTIONS, told, *(each.format(**server.ids) for each in requests)]
    before, taken = machine.core_ticks(cores.client), server.cpu_seconds()
    done = subprocess.run(cores.pinned([str(each) for each in command], cores.client), capture_output=True, text=True)
    idle = machine.idle_share(before, machine.core_ticks(cores.client))
    busy = (server.cpu_seconds() - taken) / sum(step.seconds for step in steps)
    server.forget_lines()
    if done.returncode:
        raise Failure(f"{program} failed: {done.stderr}")
    return Paced([json.loads(line) for line in done.stdout.splitlines()], idle, busy)


def rate(pieces: list[dict], what: str) -> float:
    """So many a second."""
    return sum(each[what] for each in pieces) / (0.2 * max(len(pieces), 1))

"""Who is measured: databases, and Sirius on them, or on a counter in memory."""

import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from limits import disk
from peers import machine
from peers.sink import Sink
from servers.mariadb import MariaDb
from servers.postgres import Postgres
from servers.process import Failure, Process, scratch_folder
from servers.sirius import Sirius

from . import steady

TITLES = {"sqlite": "SQLite", "mariadb": "MariaDB", "postgres": "PostgreSQL"}
# Higher than any load here.
PLENTY = {
    f"SIRIUS_LIMITS__{kind}__{part}": "1000000" for kind in ("READS", "VISITS") for part in ("PER_SECOND", "BURST")
}
_SERVERS = {"mariadb": (MariaDb, "mariadbd"), "postgres": (Postgres, "postgres")}


@dataclass(frozen=True)
class Database:
    """A database that runs, or the place for a file of SQLite's."""

    key: str
    folder: Path
    server: Process | None
    #: Variables of whoever writes the file.
    variables: dict[str, str]

    def cpu_seconds(self) -> float:
        """Of its processes, if it has its own."""
        return machine.cpu_seconds(self.server.process.pid) if self.server else 0.0


class Bench:
    """Starts what is measured, each in a folder of its own; it ends at the latest when Python does."""

    def __init__(self, sirius: Path, bare: Path) -> None:
        """`sirius` and `bare` are the programs, optimised."""
        self._programs = {"sirius": sirius, "bare": bare}
        sink = Sink()
        self._observed = {"SIRIUS_TRACES__ENDPOINT": sink.url, "SIRIUS_LOKI__URL": sink.url}
        self._number = 0
        #: How far apart the machine's processors are now.
        self.apart_ns = steady.meter(scratch_folder())

    def database(self, key: str, sync_ms: float = 0) -> Database:
        """A new one, each of whose syncs takes that much longer."""
        folder = scratch_folder()
        variables = disk.slow(folder, sync_ms) if sync_ms else {}
        if key not in _SERVERS:
            return Database(key, folder, None, variables)
        make, program = _SERVERS[key]
        server = make(folder)
        at = next(place for place, word in enumerate(server.command) if Path(word).name == program)
        server.command[at:at] = ["env", *(f"{name}={value}" for name, value in variables.items())]
        server.start()
        server.query("CREATE DATABASE sirius")
        return Database(key, folder, server, {})

    def sirius(self, on: Database, way: str = "", core: int | None = None) -> Sirius:
        """One on this database, which has started: as it is, or counting in another `way` of benches/bare."""
        self._number += 1
        one = Sirius(on.folder, name=f"sirius{self._number}", program=self._programs["sirius"])
        one.env |= {**PLENTY, **self._observed, **on.variables}
        one.env |= {"SIRIUS_DATABASE__URL": f"{on.server.root}sirius" if on.server else f"sqlite:{on.folder}/sirius.db"}
        if way:
            # It takes all of its settings from there.
            (host, port), (_, admin_port) = one.address, one.admin_address
            one.env |= {
                "SIRIUS_DATA__DIR": str(one.data),
                "SIRIUS_SERVER__LISTEN": f"{host}:{port}",
                "SIRIUS_ADMIN__LISTEN": f"{host}:{admin_port}",
            }
            one.command = [self._programs["bare"], way]
        if core is not None:
            one.command = ["taskset", "--cpu-list", str(core), *one.command]
        one.start()
        return one

    def fill(self, on: Database, images: int) -> None:
        """Enters so many made-up images, as imports do."""
        variables = {**os.environ, "SIRIUS_DATA__DIR": str(on.folder / "filled")}
        variables["SIRIUS_DATABASE__URL"] = (
            f"{on.server.root}sirius" if on.server else f"sqlite:{on.folder}/sirius.db"
        )
        done = subprocess.run(
            [self._programs["bare"], "fill", str(images)], env=variables, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise Failure(f"bare fill: {done.stderr}")


def metric(sirius: Sirius, name: str) -> float:
    """The sum of a metric over its series."""
    return _sum(_scrape(sirius), name)


def counted(sirius: Sirius, histogram: str) -> tuple[float, float]:
    """How many observations a histogram has, and their sum."""
    told = _scrape(sirius)
    return _sum(told, f"{histogram}_count"), _sum(told, f"{histogram}_sum")


def counted_over(sirius: Sirius, histogram: str, bound: str) -> int:
    """How many observations a histogram has above one of its bounds. Both numbers are of one moment: between two scrapes
    there would be observations that only the later one has."""
    told = _scrape(sirius)
    return int(_sum(told, f"{histogram}_count") - _sum(told, f"{histogram}_bucket", f'le="{bound}"'))


def _scrape(sirius: Sirius) -> str:
    return sirius.ask_admin("/metrics").text()


def _sum(told: str, name: str, labels: str = "") -> float:
    lines = re.findall(rf"^{name}(?:{{(.*)}})? (\S+)$", told, re.MULTILINE)
    return sum(float(value) for found, value in lines if labels in found)

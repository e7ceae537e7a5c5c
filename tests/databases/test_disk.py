"""The disk of the database's server fills, and has space again. Needs a disk of its own, and so root: `make faults`."""

import contextlib
import os
import subprocess
import time
import unittest
from pathlib import Path

from servers.mariadb import MariaDb
from servers.postgres import Postgres
from servers.process import Failure, scratch_folder, wait_for
from servers.sirius import Sirius

from .visiting import Visiting, check_kept, wait_for_health, while_visited

MANY = os.environ.get("FULL_DISKS")
DISK_MB = 256


@unittest.skipUnless(MANY, "mounts a disk: make faults, as root")
class FullDisk:
    """The tests, for each kind of server."""

    def setUp(self) -> None:
        self.folder = scratch_folder()
        self.disk = self.folder / "disk"
        self.disk.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK_MB}m,mode=755", "none", self.disk], check=True)
        self.addCleanup(subprocess.run, ["umount", "--lazy", self.disk], check=True)
        self.server = self.make(self.folder, self.settings, data=self.disk / "data")
        self.server.start()
        self.addCleanup(self.server.kill)
        self.server.query("CREATE DATABASE sirius")
        self.sirius = Sirius(self.folder, {"SIRIUS_DATABASE__URL": self.server.root + "sirius"})
        self.addCleanup(self.sirius.kill)
        self.sirius.start()
        self.visiting = Visiting(self.sirius.address)

    def test_it_fills(self) -> None:
        """Visits are refused, pictures served; with space again, and the server started if it has ended, all goes on."""
        ballast = self.disk / "ballast"

        def fill() -> None:
            fill_up(ballast)
            # What the server writes meanwhile: rows of its own that take new room.
            with contextlib.suppress(Failure):
                self.server.query(self.grow, "sirius")
            wait_for("visits to be refused", 60, lambda: self.visiting.visit_once(self.sirius).status == 503)
            self.assertEqual(self.sirius.ask("/api/v1/images/random?as=image").status, 200)
            wait_for("degraded", 30, lambda: b'"degraded"' in self.sirius.ask_admin("/readyz").body)
            self.assertEqual(self.sirius.ask_admin("/readyz").status, 200)
            print("  " + self.sirius.ask_admin("/readyz").text().strip())
            time.sleep(2)
            ballast.unlink()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.server.process.wait(5)
                print("  the server had ended")
                self.server.start()
            wait_for_health(self.sirius)

        before = self.total()
        while_visited(self.visiting, fill)
        check_kept(self, self.visiting, self.total() - before)
        self.sirius.stop()

    def total(self) -> int:
        """What the database has counted."""
        return int(self.server.query("SELECT total FROM visit_total", "sirius"))


class OfPostgres(FullDisk, unittest.TestCase):
    """PostgreSQL, which ends itself when it cannot write its log, and its log is on the same disk."""

    make = Postgres
    settings = {"max_wal_size": "32MB", "min_wal_size": "2MB"}
    grow = "CREATE TABLE more AS SELECT repeat('x', 1000) FROM generate_series(1, 1000000)"


class OfMariaDb(FullDisk, unittest.TestCase):
    """MariaDB, with a binary log on the same disk, which waits for space."""

    make = MariaDb
    settings = {"log-bin": "binary", "innodb-log-file-size": "8M"}
    grow = "CREATE TABLE more AS SELECT repeat('x', 1000) FROM seq_1_to_1000000"


def fill_up(file: Path) -> None:
    """Writes until nothing more goes in."""
    with contextlib.suppress(OSError), file.open("wb", buffering=0) as ballast:
        while True:
            ballast.write(bytes(1 << 12))

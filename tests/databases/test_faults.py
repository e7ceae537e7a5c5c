"""Sirius on a database that is late, goes away, is killed, or changes its password."""

import json
import os
import subprocess
import time
import unittest
from typing import ClassVar

from servers.process import Process, wait_for
from servers.sirius import Sirius

from .served import InMariaDb, InPostgres, Served
from .visiting import Visiting, count_visit, wait_for_health

ROUNDS = int(os.environ.get("KILL_ROUNDS", "3"))


class OnADatabase(Served):
    """The tests, for each kind of server."""

    make_user: ClassVar[str]
    change_password: ClassVar[str]

    def test_it_waits_for_its_database_and_serves_without_it(self) -> None:
        """Alive and unready, ready, degraded, ready again; never restarted."""
        self.server.stop()
        sirius = self.sirius()
        sirius.launch()
        wait_for("the admin port", 30, lambda: status(sirius, "/livez") == 200)
        self.assertEqual(status(sirius, "/readyz"), 503)
        # It is well until it has been tried.
        wait_for(
            "readiness to say why not",
            30,
            lambda: (
                "cannot reach the database"
                in sirius.ask_admin("/readyz").body.decode()
            ),
        )
        self.server.start()
        wait_for("readiness", 60, lambda: status(sirius, "/readyz") == 200)
        self.assertEqual(count_visit(sirius).status, 201)

        self.server.kill()
        self.visiting = Visiting(sirius.address)
        self.check_degraded(sirius)
        self.server.start()
        wait_for(
            "visits to be counted again",
            30,
            lambda: count_visit(sirius).status == 201,
        )
        wait_for_health(sirius)
        sirius.stop()

    def test_killed(self) -> None:
        """Acknowledged <= stored <= acknowledged + unanswered, and no number twice, whoever is killed."""
        sirius = self.sirius()
        sirius.start()
        for victims in ([sirius], [self.server], [sirius, self.server]):
            for _ in range(ROUNDS):
                with self.subTest([victim.name for victim in victims]):

                    def kill(victims: list[Process] = victims) -> None:
                        for victim in victims:
                            victim.kill()
                        for victim in reversed(victims):
                            victim.start()

                    self.kept(sirius, kill)

    def test_a_password_that_changes(self) -> None:
        """The file is read again for new connections; old ones go on."""
        password = self.folder / "sirius.password"
        password.write_text("first-password\n")
        self.query(self.make_user.format(database=self.database))
        sirius = self.sirius(
            SIRIUS_DATABASE__URL=self.url.replace(
                self.url.split("//")[1].split("@")[0], "rotated"
            ),
            SIRIUS_DATABASE__PASSWORD_FILE=str(password),
            SIRIUS_DATABASE__MAX_LIFETIME="1s",
        )
        sirius.start()
        self.assertEqual(count_visit(sirius).status, 201)
        self.query(self.change_password)
        password.write_text("second-password\n")
        deadline = time.monotonic() + 4
        while time.monotonic() < deadline:
            self.assertEqual(count_visit(sirius).status, 201)
            time.sleep(0.1)
        password.write_text("wrong\n")
        wait_for(
            "new connections to be refused",
            30,
            lambda: count_visit(sirius).status == 503,
        )
        password.write_text("second-password\n")
        wait_for(
            "new connections to be made",
            30,
            lambda: count_visit(sirius).status == 201,
        )
        self.assertNotIn("second-password", sirius.log.read_text())
        sirius.stop()

    def test_replicas_see_each_others_import(self) -> None:
        """Within two seconds, and none of them was told."""
        one, other = self.sirius("one"), self.sirius("other")
        # Both at once, on an empty database.
        one.launch()
        other.launch()
        one.wait()
        other.wait()
        link = "https://example.org/picture.jpg"
        manifest = self.folder / "more.jsonl"
        manifest.write_text(json.dumps({"url": link, "title": "From elsewhere"}) + "\n")
        before = [count(each) for each in (one, other)]
        self.assertEqual(before[0], before[1])
        run_import(one, manifest)
        imported = time.monotonic()
        for each in (one, other):
            wait_for(
                "the imported picture",
                10,
                lambda each=each: count(each) == before[0] + 1,
            )
        self.assertLess(time.monotonic() - imported, 2)
        numbers = [
            count_visit(each).json()["number"]
            for each in (one, other) * 20
        ]
        self.assertEqual(numbers, list(range(numbers[0], numbers[0] + 40)))
        one.stop()
        other.stop()


class OnPostgres(OnADatabase, InPostgres, unittest.TestCase):
    """PostgreSQL."""

    make_user = "CREATE USER rotated PASSWORD 'first-password'; ALTER DATABASE {database} OWNER TO rotated"
    change_password = "ALTER USER rotated PASSWORD 'second-password'"


class OnMariaDb(OnADatabase, InMariaDb, unittest.TestCase):
    """MariaDB."""

    make_user = "CREATE USER rotated IDENTIFIED BY 'first-password'; GRANT ALL ON {database}.* TO rotated"
    change_password = "ALTER USER rotated IDENTIFIED BY 'second-password'"


def status(sirius: Sirius, path: str) -> int:
    """Of an answer of the admin port; 0 if there is none."""
    try:
        return sirius.ask_admin(path).status
    except OSError:
        return 0


def count(sirius: Sirius) -> int:
    """How many images it serves."""
    return len(sirius.ask("/api/v1/images?limit=100").json()["items"])


def run_import(sirius: Sirius, manifest: object) -> None:
    """Imports as the command does, beside it."""
    command = [
        sirius.command[0],
        "import",
        "--data-dir",
        sirius.command[3],
        str(manifest),
    ]
    subprocess.run(command, env=sirius.env, check=True, capture_output=True)

"""Sirius on a database that is late, goes away, is killed, or changes its password."""

import asyncio
import json
import os
import subprocess
import time
import unittest
from collections.abc import Callable

from servers.door import read_message
from servers.mariadb import MariaDb
from servers.postgres import Postgres
from servers.process import Process, scratch_folder, wait_for
from servers.sirius import Sirius

ROUNDS = int(os.environ.get("KILL_ROUNDS", "3"))
CLIENTS = 16
SECONDS_OF_USE = 1.0
Server = Postgres | MariaDb


class Visiting:
    """Clients that count visits one after the other, over kills and restarts, and note what they were told."""

    def __init__(self, address: tuple[str, int]) -> None:
        """They visit the public port at this address."""
        self.address = address
        self.numbers: list[int] = []
        self.unanswered = 0
        self._over = False

    async def visit(self) -> None:
        """Goes on until `leave`."""
        await asyncio.gather(*(self._client() for _ in range(CLIENTS)))

    def leave(self) -> None:
        """No more visits after those under way."""
        self._over = True

    async def _client(self) -> None:
        connection = None
        while not self._over:
            try:
                connection = connection or await asyncio.open_connection(*self.address)
            except OSError:
                await asyncio.sleep(0.02)
                continue
            reader, writer = connection
            try:
                writer.write(
                    b"POST /api/v1/visits HTTP/1.1\r\nHost: sirius\r\nContent-Length: 0\r\n\r\n"
                )
                await writer.drain()
                head, body = await read_message(reader)
            except (OSError, asyncio.IncompleteReadError):
                self.unanswered += 1
                writer.close()
                connection = None
                continue
            if head.split(b" ", 2)[1] == b"201":
                self.numbers.append(json.loads(body)["number"])
            else:
                # 503: it may have been counted, or not.
                self.unanswered += 1
                await asyncio.sleep(0.02)
        if connection:
            connection[1].close()


class OnADatabase:
    """The tests, for each kind of server."""

    make: Callable[..., Server]
    first_database: str

    def setUp(self) -> None:
        self.folder = scratch_folder()
        self.server = self.make(self.folder)
        self.server.start()
        self.server.query("CREATE DATABASE sirius", self.first_database)
        self.addCleanup(self.server.kill)
        self.url = self.server.root + "sirius"

    def sirius(self, name: str = "sirius", **settings: str) -> Sirius:
        """One that is not started."""
        one = Sirius(self.folder, {"SIRIUS_DATABASE__URL": self.url, **settings}, name)
        self.addCleanup(one.kill)
        return one

    def total(self) -> int:
        """What the database has counted."""
        return int(self.server.query("SELECT total FROM visit_total", "sirius"))

    def test_it_waits_for_its_database_and_serves_without_it(self) -> None:
        """Alive and unready, ready, degraded, ready again; never restarted."""
        self.server.stop()
        sirius = self.sirius()
        sirius.launch()
        wait_for("the admin port", 30, lambda: status(sirius, "/livez") == 200)
        self.assertEqual(status(sirius, "/readyz"), 503)
        self.assertIn(
            "cannot reach the database", sirius.ask_admin("/readyz").body.decode()
        )
        self.server.start()
        wait_for("readiness", 60, lambda: status(sirius, "/readyz") == 200)
        self.assertEqual(sirius.ask("/api/v1/visits", method="POST").status, 201)

        self.server.kill()
        refused = wait_for(
            "visits to be refused",
            30,
            lambda: only(503, sirius.ask("/api/v1/visits", method="POST")),
        )
        self.assertIn("retry-after", {name.lower() for name in refused.headers.keys()})
        self.assertEqual(sirius.ask("/api/v1/images/random?as=image").status, 200)
        wait_for(
            "degraded", 30, lambda: b'"degraded"' in sirius.ask_admin("/readyz").body
        )
        self.assertEqual(status(sirius, "/readyz"), 200)
        self.server.start()
        wait_for(
            "visits to be counted again",
            30,
            lambda: sirius.ask("/api/v1/visits", method="POST").status == 201,
        )
        wait_for(
            "health", 30, lambda: b'"degraded"' not in sirius.ask_admin("/readyz").body
        )
        sirius.stop()

    def test_killed(self) -> None:
        """Acknowledged <= stored <= acknowledged + unanswered, and no number twice, whoever is killed."""
        sirius = self.sirius()
        sirius.start()
        for victims in ([sirius], [self.server], [sirius, self.server]):
            for _ in range(ROUNDS):
                with self.subTest([victim.name for victim in victims]):
                    before = self.total()
                    visiting = asyncio.run(self._while_visited(sirius, victims))
                    stored = self.total() - before
                    self.assertGreater(len(visiting.numbers), 0)
                    self.assertEqual(
                        len(set(visiting.numbers)),
                        len(visiting.numbers),
                        "a number was given twice",
                    )
                    self.assertLessEqual(len(visiting.numbers), stored)
                    self.assertLessEqual(
                        stored, len(visiting.numbers) + visiting.unanswered
                    )
                    print(
                        f"  {len(visiting.numbers)} <= {stored} <= {len(visiting.numbers)} + {visiting.unanswered}"
                    )

    async def _while_visited(self, sirius: Sirius, victims: list[Process]) -> Visiting:
        visiting = Visiting(sirius.address)
        clients = asyncio.create_task(visiting.visit())
        await asyncio.sleep(SECONDS_OF_USE)
        for victim in victims:
            victim.kill()
        for victim in reversed(victims):
            await asyncio.to_thread(victim.start)
        acknowledged = len(visiting.numbers)
        deadline = time.monotonic() + 60
        while (
            len(visiting.numbers) < acknowledged + CLIENTS
            and time.monotonic() < deadline
        ):
            await asyncio.sleep(0.05)
        visiting.leave()
        await clients
        return visiting

    def test_a_password_that_changes(self) -> None:
        """The file is read again for new connections; old ones go on."""
        password = self.folder / "sirius.password"
        password.write_text("first-password\n")
        self.server.query(self.make_user, self.first_database)
        sirius = self.sirius(
            SIRIUS_DATABASE__URL=self.url.replace(
                self.url.split("//")[1].split("@")[0], "rotated"
            ),
            SIRIUS_DATABASE__PASSWORD_FILE=str(password),
            SIRIUS_DATABASE__MAX_LIFETIME="1s",
        )
        sirius.start()
        self.assertEqual(sirius.ask("/api/v1/visits", method="POST").status, 201)
        self.server.query(self.change_password, self.first_database)
        password.write_text("second-password\n")
        deadline = time.monotonic() + 4
        while time.monotonic() < deadline:
            self.assertEqual(sirius.ask("/api/v1/visits", method="POST").status, 201)
            time.sleep(0.1)
        password.write_text("wrong\n")
        wait_for(
            "new connections to be refused",
            30,
            lambda: sirius.ask("/api/v1/visits", method="POST").status == 503,
        )
        password.write_text("second-password\n")
        wait_for(
            "new connections to be made",
            30,
            lambda: sirius.ask("/api/v1/visits", method="POST").status == 201,
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
            each.ask("/api/v1/visits", method="POST").json()["number"]
            for each in (one, other) * 20
        ]
        self.assertEqual(numbers, list(range(numbers[0], numbers[0] + 40)))
        one.stop()
        other.stop()


class OnPostgres(OnADatabase, unittest.TestCase):
    """PostgreSQL."""

    make = Postgres
    first_database = "postgres"
    make_user = "CREATE USER rotated PASSWORD 'first-password'; ALTER DATABASE sirius OWNER TO rotated"
    change_password = "ALTER USER rotated PASSWORD 'second-password'"


class OnMariaDb(OnADatabase, unittest.TestCase):
    """MariaDB."""

    make = MariaDb
    first_database = "mysql"
    make_user = "CREATE USER rotated IDENTIFIED BY 'first-password'; GRANT ALL ON sirius.* TO rotated"
    change_password = "ALTER USER rotated IDENTIFIED BY 'second-password'"


def status(sirius: Sirius, path: str) -> int:
    """Of an answer of the admin port; 0 if there is none."""
    try:
        return sirius.ask_admin(path).status
    except OSError:
        return 0


def only(wanted: int, response: object) -> object:
    """The response if it has this status."""
    return response if response.status == wanted else None


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

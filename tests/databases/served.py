"""A Sirius on a database server of the tests' own, which the tests of one class share."""

import itertools
import re
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

from servers.http import Response
from servers.mariadb import MariaDb
from servers.postgres import Postgres
from servers.process import scratch_folder, wait_for
from servers.sirius import Sirius
from servers.wire import Wire

from .visiting import Visiting, check_kept, while_visited

Server = Postgres | MariaDb

_numbers = itertools.count(1)


class Served:
    """What tests need that are for each kind of server; each test has a database of its own."""

    make: ClassVar[type[Server]]
    first_database: ClassVar[str]
    #: Of the server.
    server_settings: ClassVar[dict[str, str]] = {}
    folder: Path
    server: Server
    visiting: Visiting

    @classmethod
    def setUpClass(cls) -> None:
        cls.folder = scratch_folder()
        cls.server = cls.make(cls.folder, cls.server_settings)
        cls.prepare()
        cls.server.start()
        cls.addClassCleanup(cls.server.kill)

    @classmethod
    def prepare(cls) -> None:
        """What is done to the server before it is started."""

    def setUp(self) -> None:
        self.database = f"sirius_{next(_numbers)}"
        self.server.query(f"CREATE DATABASE {self.database}", self.first_database)
        self.url = self.server.root + self.database

    def sirius(self, name: str = "sirius", **settings: str) -> Sirius:
        """One that is not started."""
        one = Sirius(
            self.folder, {"SIRIUS_DATABASE__URL": self.url, **settings}, f"{self.database}-{name}"
        )
        self.addCleanup(one.kill)
        return one

    def scratch(self) -> Path:
        """A folder of the test's own."""
        folder = self.folder / f"{self.database}-files"
        folder.mkdir(exist_ok=True)
        return folder

    def wired(self) -> Wire:
        """A wire to the server, through which the next Sirius talks to it."""
        wire = Wire(self.server.port)
        self.url = re.sub(r":\d+/", f":{wire.port}/", self.url)
        return wire

    def query(self, sql: str) -> str:
        """Runs a statement in the test's database and gives the first value of its answer."""
        return self.server.query(sql, self.database)

    def total(self) -> int:
        """What the database has counted."""
        return int(self.query("SELECT total FROM visit_total"))

    def kept(self, sirius: Sirius, happens: Callable[[], object]) -> None:
        """`visiting` visits while something happens; then what was stored is held against what was acknowledged."""
        before = self.total()
        self.visiting = Visiting(sirius.address)
        while_visited(self.visiting, happens)
        check_kept(self, self.visiting, self.total() - before)

    def check_degraded(self, sirius: Sirius) -> None:
        """Waits until visits are refused: pictures are served, the page, too, and `/readyz` says how it stands."""

        def refused() -> Response | None:
            answer = self.visiting.visit_once(sirius)
            return answer if answer.status == 503 else None

        answer = wait_for("visits to be refused", 30, refused)
        self.assertIn("retry-after", {name.lower() for name in answer.headers.keys()})
        wait_for("degraded", 30, lambda: b'"degraded"' in sirius.ask_admin("/readyz").body)
        self.assertEqual(sirius.ask_admin("/readyz").status, 200)
        self.assertEqual(sirius.ask("/api/v1/images/random?as=image").status, 200)
        self.assertEqual(self.visiting.look_at_page(sirius).status, 200)


class InPostgres(Served):
    """PostgreSQL."""

    make = Postgres
    first_database = "postgres"


class InMariaDb(Served):
    """MariaDB."""

    make = MariaDb
    first_database = "mysql"

"""Clocks that are set back by an hour, and forward again."""

import datetime
import time
import unittest
from typing import ClassVar

from servers.clock import Clock
from servers.process import wait_for

from .served import InMariaDb, InPostgres, Served
from .visiting import count_visit

HOUR = 3600
KEY = {"Idempotency-Key": "before-the-clock-was-set"}


class WrongClocks(Served):
    """The tests, for each kind of server."""

    program: ClassVar[str]
    now: ClassVar[str]
    server_clock: Clock

    @classmethod
    def prepare(cls) -> None:
        """The server has a clock of its own."""
        cls.server_clock = Clock(cls.folder / "server.clock")
        cls.server.command = cls.server_clock.given_to(cls.server.command, cls.program)

    def test_set_back_and_forward(self) -> None:
        """Sirius' own and the server's: visits go into the hour that it is for Sirius, nothing else changes."""
        clock = Clock(self.folder / f"{self.database}.clock")
        sirius = self.sirius()
        sirius.env |= clock.environment
        sirius.start()
        first = count_visit(sirius, headers=KEY).json()

        def set_back_and_forward() -> None:
            for shift in (-HOUR, 0):
                clock.shift(shift)
                self.server_clock.shift(shift)
                for ask in (
                    lambda: self.visiting.visit_once(sirius).json()["counted_at"],
                    lambda: self.query(self.now),
                ):
                    wait_for("a clock to be set", 10, lambda: abs(told(ask()) - time.time() - shift) < HOUR / 2)
                self.assertEqual(count_visit(sirius, headers=KEY).json(), first, "it is the same visit")
                time.sleep(0.5)
            self.assertEqual(sirius.ask_admin("/readyz").status, 200)

        self.kept(sirius, set_back_and_forward)
        self.assertFalse(self.visiting.failures)
        history = sirius.ask("/api/v1/visits/history", step="hour").json()
        self.assertEqual(sum(step["count"] for step in history["items"]), self.total())
        sirius.stop()


def told(text: str) -> float:
    """Seconds since 1970 of a time that somebody has told."""
    at = datetime.datetime.fromisoformat(text)
    return at.replace(tzinfo=at.tzinfo or datetime.timezone.utc).timestamp()


class OfPostgres(WrongClocks, InPostgres, unittest.TestCase):
    """PostgreSQL."""

    program = "postgres"
    now = "SELECT now() AT TIME ZONE 'UTC'"


class OfMariaDb(WrongClocks, InMariaDb, unittest.TestCase):
    """MariaDB."""

    program = "mariadbd"
    now = "SELECT utc_timestamp()"

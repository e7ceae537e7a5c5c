"""Sirius while the network to its database is cut in two, slow, or breaks connections."""

import os
import time
import unittest

from servers.process import wait_for

from .served import InMariaDb, InPostgres, Served
from .visiting import CLIENTS, wait_for_health

# Longer ones for `make faults`.
SECONDS = float(os.environ.get("PARTITION_SECONDS", "1"))
# So that a test need not wait for the default patience.
IMPATIENT = {
    "SIRIUS_VISITS__TIMEOUT": "1s",
    "SIRIUS_VISITS__PAGE_TIMEOUT": "500ms",
    "SIRIUS_DATABASE__CONNECT_TIMEOUT": "1s",
    "SIRIUS_DATABASE__ACQUIRE_TIMEOUT": "1s",
    "SIRIUS_DATABASE__STATEMENT_TIMEOUT": "2s",
}


class OverANetwork(Served):
    """The tests, for each kind of server."""

    def test_a_partition(self) -> None:
        """Nothing gets through and nobody is told; what was held then is delivered after all."""
        wire = self.wired()
        sirius = self.sirius(**IMPATIENT)
        sirius.start()

        def partition() -> None:
            wire.hold()
            self.check_degraded(sirius)
            time.sleep(SECONDS)
            asked = time.monotonic()
            self.assertEqual(sirius.ask("/api/v1/images/random").status, 200)
            self.assertLess(time.monotonic() - asked, 1, "pictures wait for the database")
            wire.release()
            wait_for_health(sirius)

        self.kept(sirius, partition)
        sirius.stop()

    def test_two_seconds_of_latency(self) -> None:
        """With the default patience: connections that are open are good enough to count by."""
        wire = self.wired()
        sirius = self.sirius()
        sirius.start()

        def be_slow() -> None:
            wire.slow_down(2)
            before = len(self.visiting.numbers)
            # Those that were under way, and then everybody's once more.
            wait_for("visits over the slow network", 30, lambda: len(self.visiting.numbers) > before + 2 * CLIENTS)
            time.sleep(SECONDS)
            self.assertEqual(sirius.ask_admin("/readyz").status, 200)
            self.assertEqual(sirius.ask("/api/v1/images/random?as=image").status, 200)
            wire.slow_down(0)
            wait_for_health(sirius)

        self.kept(sirius, be_slow)
        sirius.stop()

    def test_connections_that_break(self) -> None:
        """All of them, again and again; nobody who counts a visit need notice."""
        wire = self.wired()
        sirius = self.sirius()
        sirius.start()

        def cut_and_cut() -> None:
            for _ in range(int(SECONDS * 10)):
                wire.cut()
                time.sleep(0.1)
            wait_for_health(sirius)

        self.kept(sirius, cut_and_cut)
        sirius.stop()

    def test_the_server_is_restarted(self) -> None:
        """As by an upgrade: asked to end, and started."""
        sirius = self.sirius()
        sirius.start()

        def restart() -> None:
            self.server.stop()
            self.check_degraded(sirius)
            self.server.start()
            wait_for_health(sirius)

        self.kept(sirius, restart)
        sirius.stop()


class ToPostgres(OverANetwork, InPostgres, unittest.TestCase):
    """PostgreSQL."""


class ToMariaDb(OverANetwork, InMariaDb, unittest.TestCase):
    """MariaDB."""

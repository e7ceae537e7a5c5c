"""The stack without containers, and the drills: what can be said without starting it."""

import socket
import unittest
from unittest import mock

from generate.catalogue import REPOSITORY
from generate.durations import Clock
from local.drill import predicted
from local.drills import DRILLS
from local.stack import PORTS, Stack
from servers import process
from servers.process import Failure, free_ports, scratch_folder

from .cases import alert_rules

OFFSET = 11_000


class Ports(unittest.TestCase):
    """A port that somebody has is named, with all the others, before anything is started."""

    def test_taken_ports_are_named(self) -> None:
        with socket.create_server(("127.0.0.1", PORTS["loki"][0] + OFFSET)):
            with self.assertRaises(Failure) as caught:
                Stack(scratch_folder(), offset=OFFSET)
        message = str(caught.exception)
        self.assertIn("14100 (loki)", message)
        self.assertIn("--offset 10000 adds 10000 to each", message)

    def test_ports_that_there_are_not_are_named(self) -> None:
        with self.assertRaisesRegex(Failure, r"73080 \(sirius\), .*78133 \(jaeger\)"):
            Stack(scratch_folder(), offset=65_000)

    def test_a_port_is_given_once(self) -> None:
        # Servers that start side by side ask before any of them listens.
        few = (31_000, 31_200)
        with mock.patch.object(process, "_PORTS", few):
            given = [port for _ in range(25) for port in free_ports(2)]
        self.assertEqual(len(set(given)), len(given))


class Drills(unittest.TestCase):
    """Each has an alert that there is, and a line in docs/drills.md."""

    def test_they_are_of_alerts_and_written_down(self) -> None:
        table = (REPOSITORY / "docs/drills.md").read_text()
        for name, drill in DRILLS.items():
            with self.subTest(name):
                self.assertIn(drill.alert, alert_rules())
                self.assertIn(f"| `{name}` |", table)

    def test_the_arithmetic(self) -> None:
        # A scrape, two minutes, an evaluation, ten seconds of the group.
        self.assertEqual(predicted(DRILLS["outage"], Clock()), (130, 175))
        self.assertEqual(predicted(DRILLS["outage"], Clock(60)), (3, 5))

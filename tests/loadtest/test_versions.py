"""Two versions side by side."""

import json
import os
import subprocess
import sys
import unittest
from pathlib import Path

from runner import versions
from runner.versions import CPU
from servers.process import environment, scratch_folder
from servers.sirius import binary
from servers.tools import REPOSITORY

from .support import TIMEOUT_SECONDS, patient

Round = tuple[dict[str, float], dict[str, float]]


def rounds(name: str, *pairs: tuple[float, float]) -> list[Round]:
    """Rounds with one figure."""
    return [({name: before}, {name: now}) for before, now in pairs]


class Judgement(unittest.TestCase):
    """What is slower, and what is noise."""

    def is_slower(self, name: str, *pairs: tuple[float, float]) -> bool:
        """Whether the figure is."""
        [figure] = versions.compare(rounds(name, *pairs))
        return figure["is_slower"]

    def test_more_in_every_round(self) -> None:
        self.assertTrue(self.is_slower(CPU, (100, 112), (90, 100), (110, 140)))
        self.assertTrue(self.is_slower("GET /, median", (1, 1.3), (2, 2.6), (1, 1.2)))

    def test_more_by_a_little(self) -> None:
        self.assertFalse(self.is_slower(CPU, (100, 109), (90, 98), (110, 119)))
        self.assertFalse(self.is_slower("GET /, median", (1, 1.2), (2, 2.4), (1, 1.2)))

    def test_more_in_most_rounds(self) -> None:
        self.assertFalse(self.is_slower(CPU, (100, 150), (100, 150), (100, 99)))

    def test_less(self) -> None:
        self.assertFalse(self.is_slower(CPU, (100, 50), (100, 60), (100, 70)))

    def test_the_slowest_hundredth_is_only_shown(self) -> None:
        self.assertFalse(self.is_slower("GET /, p99", (1, 9), (1, 9)))

    def test_figures_are_of_requests(self) -> None:
        durations = {"median_ms": 2.0, "p99_ms": 5.0}
        outcome = {
            "load": {"requests": 4000},
            "requests": {"GET /": {"count": 50, **durations}, "GET /rare": {"count": 49, **durations}},
        }
        wanted = {CPU: 250.0, "GET /, median": 2.0, "GET /, p99": 5.0}
        self.assertEqual(versions.figures(outcome, 1.0), wanted)

    def test_what_only_some_runs_have_is_left_out(self) -> None:
        pairs = [({"a": 1.0, "b": 1.0}, {"a": 1.0}), ({"a": 1.0, "b": 1.0}, {"a": 1.0, "b": 1.0})]
        self.assertEqual([each["name"] for each in versions.compare(pairs)], ["a"])

    def test_the_table(self) -> None:
        said = versions.text(versions.compare(rounds(CPU, (100, 150), (100, 140), (100, 160))))
        self.assertRegex(said, r"processor time a request +100.0 µs +150.0 µs +1.50 +1.50 1.40 1.60 +SLOWER")


class Program(unittest.TestCase):
    """loadtest/versions."""

    def run_it(self, *arguments: object) -> subprocess.CompletedProcess:
        """With little load."""
        told = {"RATE": "50", "DURATION": "3s", "THRESHOLDS": patient(scratch_folder())}
        return subprocess.run(
            [sys.executable, REPOSITORY / "loadtest/versions", *map(os.fspath, arguments)],
            env=environment(**told),
            cwd=REPOSITORY,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_SECONDS,
        )

    def test_one_beside_itself(self) -> None:
        output = scratch_folder() / "figures.json"
        ended = self.run_it(binary(), binary(), "--rounds", "1", "--output", output)
        # On a busy machine one round may say anything; that it is measured is what counts.
        self.assertIn(ended.returncode, (0, 1), ended.stdout + ended.stderr)
        [cpu, *others] = json.loads(output.read_text())
        self.assertEqual(cpu["name"], CPU)
        self.assertGreater(cpu["before"], 0)
        self.assertGreater(cpu["now"], 0)
        self.assertTrue(others)

    def test_what_is_no_program(self) -> None:
        ended = self.run_it(binary(), Path("/no/sirius"))
        self.assertEqual(ended.returncode, 2)
        self.assertEqual(ended.stderr, "/no/sirius is not a program: build it first.\n")

    def test_another_program(self) -> None:
        ended = self.run_it(Path("/bin/true"), binary(), "--rounds", "1")
        self.assertEqual(ended.returncode, 3)
        self.assertIn("sirius ended at its start with status 0", ended.stderr)

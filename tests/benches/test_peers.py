"""Figures of rounds, and what is made of them."""

import os
import subprocess
import sys
import unittest
from unittest import mock
from xml.etree import ElementTree

import record
from peers import chart, figures, machine, pages, pictures, slower, works
from peers.works import BEFORE, FLASK, NGINX, SIRIUS, SIRIUS_MARIADB
from servers.process import scratch_folder, wait_for

FIGURES = ("rate", "bytes", "cpu_us", "database_us", "p50_ms", "p99_ms", "p999_ms", "memory_mb")


def rounds(*values: float, idle: float = 0.5) -> list[dict[str, float]]:
    """A round for each value, which all figures have."""
    return [{**dict.fromkeys(FIGURES, value), "client_idle": idle, "server_idle": 0} for value in values]


class Figures(unittest.TestCase):
    """Medians, spread, ratios."""

    def test_a_ratio_is_taken_round_by_round(self) -> None:
        # The second round was twice as slow for both: medians of each would say 2 / 10.
        mine, theirs = ("picture", SIRIUS, "same"), ("picture", NGINX, "same")
        measured = {mine: rounds(1, 2, 30), theirs: rounds(10, 20, 30)}
        wanted = {"median": 0.1, "least": 0.1, "most": 1.0}
        self.assertEqual(figures.ratio(measured, mine, theirs, "cpu_us"), wanted)

    def test_bars(self) -> None:
        measured = {
            ("picture", SIRIUS, "same"): rounds(12, 12, 12),
            ("picture", NGINX, "same"): rounds(10, 10, 10),
            ("page", SIRIUS_MARIADB, "full"): rounds(50, 50, 50),
            ("page", FLASK, "full"): rounds(1, 1, 1),
        }
        kept = [each["kept"] for each in figures.judged(measured)]
        # CPU 1.2 of at most 1.15; 50 times the pages of at least 40; p99 50 times of at most a twentieth.
        self.assertEqual(kept, [False, True, False])


class Slower(unittest.TestCase):
    """This Sirius beside the one before."""

    def names(self, *now: float) -> list[str]:
        """What is slower, where the version before took 10 in each round."""
        measured = {
            ("picture", SIRIUS, "same"): rounds(*now),
            ("picture", BEFORE[SIRIUS], "same"): rounds(*[10] * len(now)),
            ("page", SIRIUS_MARIADB, "full"): rounds(*[10] * len(now)),
            ("page", BEFORE[SIRIUS_MARIADB], "full"): rounds(*[10] * len(now)),
        }
        compared = slower.compared(list(works.WORKS), measured)
        self.assertEqual(slower.is_slower(compared), "Slower: " in slower.text(compared))
        return [each["name"] for each in compared if each["is_slower"]]

    def test_more_in_every_round_is_slower(self) -> None:
        self.assertEqual(
            self.names(12, 13, 12), ["20 KB picture, Sirius, everything on: processor time a request"]
        )

    def test_noise_is_not(self) -> None:
        self.assertEqual(self.names(12, 13, 9), [])
        self.assertEqual(self.names(10.5, 10.6, 10.7), [])

    def test_the_version_before_is_asked_the_same(self) -> None:
        page = next(work for work in works.WORKS if work.key == "page")
        both = [each for key in page.services for each in (key, BEFORE.get(key)) if each]
        self.assertEqual(list(works.with_before(page).services), both)
        self.assertNotIn(BEFORE[SIRIUS], works.PEERS)


class Pages(unittest.TestCase):
    """Tables and the picture."""

    def made(self, idle: float = 0.5) -> dict:
        """Of a run in which everyone was measured."""
        measured = {
            (work.key, service, pace): rounds(1, 2, 3, idle=idle)
            for work in works.WORKS
            for service in work.services
            for pace in ("same", "full")
            if pace == "full" or work.think_ms is not None
        }
        told = {"rounds": 3, "seconds": 2}
        return pages.found(told, figures.summed(measured), figures.judged(measured))

    def test_every_service_of_every_work_has_a_row(self) -> None:
        rows = [
            line
            for line in pages.text(self.made()).splitlines()
            if line.startswith(("| Sirius", "| bare", "| nginx", "| Flask"))
        ]
        self.assertEqual(len(rows), sum(len(work.services) for work in works.WORKS))
        self.assertIn("2.0 [1.0 to 3.0] µs (x 1.00)", rows[0])

    def test_a_client_without_time_left_is_said(self) -> None:
        self.assertNotIn("Not to be trusted", pages.text(self.made()))
        self.assertIn("Not to be trusted", pages.text(self.made(idle=0.01)))

    def test_the_picture_has_a_bar_for_each(self) -> None:
        picture = ElementTree.fromstring(chart.svg(self.made()))
        bars = picture.findall("{http://www.w3.org/2000/svg}rect")
        self.assertEqual(len(bars) - 1, sum(len(work.services) for work in works.WORKS))

    def test_a_marked_part_is_replaced_and_nothing_else(self) -> None:
        page = scratch_folder() / "page.md"
        page.write_text("before\n<!-- a: from here -->\nold\n<!-- a: to here -->\nafter\n")
        record.put(page, "a", "new\n")
        self.assertEqual(page.read_text(), "before\n<!-- a: from here -->\n\nnew\n\n<!-- a: to here -->\nafter\n")
        with self.assertRaisesRegex(ValueError, "b: from here"):
            record.put(page, "b", "new")


class Machine(unittest.TestCase):
    """What is read from /proc, and what is asked for."""

    def test_a_process_and_its_children_are_counted(self) -> None:
        program = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'sum(range(10**7)); input()'])"
        with subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE) as parent:

            def both_were_at_work() -> bool:
                return len(machine.family(parent.pid)) == 2 and machine.cpu_seconds(parent.pid) >= 0.1

            try:
                wait_for("a process and its child to have been at work", 30, both_were_at_work)
                self.assertGreater(machine.memory_bytes(parent.pid), 2**20)
            finally:
                parent.communicate(b"\n")

    def test_pictures_are_as_large_as_their_names_say(self) -> None:
        folder = scratch_folder() / "pictures"
        pictures.write(folder)
        sizes = {path.stem: path.stat().st_size for path in folder.iterdir()}
        self.assertAlmostEqual(sizes["small"], 20_480, delta=500)
        self.assertAlmostEqual(sizes["large"], 1_048_576, delta=5_000)

    def test_what_is_not_known_is_refused_in_a_sentence(self) -> None:
        for variable, value, said in (
            ("WORKS", "nothing", "WORKS has nothing; it may have picture, random"),
            ("ROUNDS", "0", "ROUNDS is 0; it may be a whole number from 1."),
            ("CLIENT_CORE", "0", "SERVER_CORE is 0 and CLIENT_CORE 0: they must be two of the cores"),
            ("SERVER_CORE", "x", "SERVER_CORE is x and CLIENT_CORE 1: they must be two of the cores"),
            ("BEFORE", "nowhere", "BEFORE is nowhere, which is not a program: build it first."),
        ):
            with mock.patch.dict(os.environ, {variable: value}):
                ended = subprocess.run([sys.executable, "-m", "peers"], capture_output=True, text=True)
            self.assertNotEqual(ended.returncode, 0)
            self.assertIn(said, ended.stderr)

"""What the benchmark of the databases reads of a Sirius that goes on meanwhile, and which of its rounds it keeps."""

import tempfile
import unittest
from collections.abc import Callable
from itertools import chain, repeat
from pathlib import Path
from types import SimpleNamespace

from counts import pages, steady
from counts.counting import within
from counts.served import counted, counted_over, metric


class Busy:
    """A Sirius that runs ten more statements between two scrapes; of each ten, nine are done within 50 ms."""

    def __init__(self) -> None:
        self.scrapes = 0

    def ask_admin(self, path: str) -> SimpleNamespace:
        """Only `/metrics`, as two series."""
        assert path == "/metrics"
        self.scrapes += 1
        lines = []
        for name in ("read", "write"):
            label = f'db_operation_name="{name}"'
            lines += [
                f'took_seconds_bucket{{{label},le="0.05"}} {9 * self.scrapes}',
                f'took_seconds_bucket{{{label},le="+Inf"}} {10 * self.scrapes}',
                f"took_seconds_sum{{{label}}} {2.5 * self.scrapes}",
                f"took_seconds_count{{{label}}} {10 * self.scrapes}",
            ]
        text = "\n".join([*lines, f"scrapes_total {self.scrapes}", ""])
        return SimpleNamespace(text=lambda: text)


class Metrics(unittest.TestCase):
    def test_a_number_is_the_sum_over_the_series(self) -> None:
        busy = Busy()
        self.assertEqual(metric(busy, "took_seconds_sum"), 5)
        self.assertEqual(metric(busy, "scrapes_total"), 2)

    def test_what_is_compared_is_of_one_moment(self) -> None:
        self.assertEqual(counted(Busy(), "took_seconds"), (20, 5))
        self.assertEqual(counted_over(Busy(), "took_seconds", "0.05"), 2)


class Rounds(unittest.TestCase):
    def test_where_the_middle_of_rounds_is_known_to_be(self) -> None:
        self.assertEqual(within([float(n) for n in range(45, 0, -1)]), (16, 30))
        self.assertEqual(within([3.0, 1.0, 2.0]), (1, 3))
        self.assertEqual(within([7.0]), (7, 7))

    def test_the_page_says_how_well_it_is_known(self) -> None:
        one = {"stored": 2e4, "counter": 3e4, "ratio": 0.7, "alone": 1e3, "half": 1e4, "half_p99_ms": 2.0, "counter_p99_ms": 1.0}
        one |= {"commit_ms": 0.4, "over": 2.5, "over_within": (1.9, 3.2), "moved": 2, "rounds": 36}
        told = pages.text({"counting": {"sqlite": one}})
        self.assertIn("| 2.5 [1.9 to 3.2] of 0.40 ms (kept: 3) |", told)
        self.assertIn("moved: 2 of 36 with SQLite.", told)


class Steady(unittest.TestCase):
    def rounds(self, *apart: float) -> tuple[list[int], int, int]:
        """Three rounds of two halves, while the processors are as far apart as is said: which were kept, in how many they may have
        been moved, and how many were begun."""
        ways, begun = chain(apart, repeat(apart[-1])), iter(range(100))

        def measure(still: Callable[[], None]) -> dict:
            number = next(begun)
            still()
            return {"number": number}

        found, moved = steady.rounds(3, measure, lambda: next(ways))
        return [each["number"] for each in found], moved, next(begun)

    def test_a_machine_that_stays_is_measured_as_often_as_is_wanted(self) -> None:
        self.assertEqual(self.rounds(80, 85, 75, 80), ([0, 1, 2], 0, 3))

    def test_a_round_is_begun_anew_when_the_processors_were_moved_in_its_midst_or_at_its_end(self) -> None:
        self.assertEqual(self.rounds(80, 400, 400, 400, 80, 80, 82, 81), ([2, 3, 4], 0, 5))

    def test_far_apart_is_as_good_as_near(self) -> None:
        self.assertEqual(self.rounds(400, 390, 410, 80, 80, 80, 400, 400, 400), ([0, 1, 2], 0, 3))

    def test_where_they_are_moved_all_the_time_that_is_told(self) -> None:
        kept, moved, begun = self.rounds(*[80, 400] * 50)
        self.assertEqual((len(kept), moved, begun), (3, 3, 3 * steady.PATIENCE))

    def test_what_it_takes_is_asked_of_rounds_with_the_processors_as_far_apart(self) -> None:
        found = [{"apart_ns": 80}, {"apart_ns": 90}, {"apart_ns": 400}]
        self.assertEqual(steady.alike(found, 100), found[:2])
        self.assertEqual(steady.alike(found, 350), found[2:])
        self.assertEqual(steady.alike(found, 200), found)

    def test_the_way_between_two_processors_takes_some_time(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            self.assertTrue(0 < steady.meter(Path(folder))() < 1e6)


if __name__ == "__main__":
    unittest.main()

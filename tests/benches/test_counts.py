"""What waiting for commits takes."""

import math
import unittest

from counts import waiting


class Waiting(unittest.TestCase):
    """Of visits that arrive while commits follow on one another."""

    def test_commits_that_are_alike_take_two_of_themselves_at_most(self) -> None:
        alike = {0.001: 0.0, 0.001001: 500.0, math.inf: 500.0}
        self.assertAlmostEqual(waiting.p99(alike), 1.99, delta=0.01)

    def test_long_ones_have_more_visits_arrive_during_them(self) -> None:
        # One of ten takes ten times as long. Half of all visits arrive during such a one.
        seldom = {0.001: 0.0, 0.001001: 900.0, 0.01: 900.0, 0.010001: 1000.0, math.inf: 1000.0}
        mean_ms = 1.9
        self.assertGreater(waiting.p99(seldom) * mean_ms, 17)
        self.assertLess(waiting.p99(seldom) * mean_ms, 20)

    def test_only_those_between_two_looks_count(self) -> None:
        before, after = {0.001: 5.0, math.inf: 9.0}, {0.001: 7.0, math.inf: 11.0}
        self.assertEqual(waiting.between(before, after), {0.001: 2.0, math.inf: 2.0})

    def test_without_commits_nothing_is_said(self) -> None:
        self.assertTrue(math.isnan(waiting.p99({0.001: 0.0, math.inf: 0.0})))

"""What the benchmark of the databases reads of a Sirius that goes on meanwhile."""

import unittest
from types import SimpleNamespace

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


if __name__ == "__main__":
    unittest.main()

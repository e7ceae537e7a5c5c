"""How panels lie: within the columns, upon nothing else, and wide enough for a screen of 1366 pixels."""

import itertools
import unittest

from .committed import Panel, dashboards

COLUMNS = 24
# Of a column, on a screen of 1366 pixels.
PIXELS = 55
NARROWEST = {"timeseries": 330, "heatmap": 330, "table": 330, "logs": 660, "stat": 160, "bargauge": 160}


class Layout(unittest.TestCase):
    """The panels of each dashboard."""

    def setUp(self) -> None:
        self.boards = {
            name: [Panel(name, raw) for raw in dashboard["panels"]] for name, dashboard in dashboards().items()
        }

    def test_panels_are_within_the_columns(self) -> None:
        for panel in itertools.chain(*self.boards.values()):
            left, top, width, height = panel.place
            with self.subTest(str(panel)):
                self.assertGreaterEqual(min(left, top), 0)
                self.assertGreaterEqual(min(width, height), 1)
                self.assertLessEqual(left + width, COLUMNS)

    def test_no_panel_is_upon_another(self) -> None:
        for panels in self.boards.values():
            taken: dict[tuple[int, int], Panel] = {}
            for panel in panels:
                left, top, width, height = panel.place
                for cell in itertools.product(range(left, left + width), range(top, top + height)):
                    self.assertNotIn(cell, taken, f"{panel} is upon {taken.get(cell)}")
                    taken[cell] = panel

    def test_lines_are_full(self) -> None:
        for name, panels in self.boards.items():
            filled: dict[int, int] = {}
            for panel in panels:
                _, top, width, height = panel.place
                for line in range(top, top + height):
                    filled[line] = filled.get(line, 0) + width
            with self.subTest(name):
                self.assertEqual(set(filled.values()), {COLUMNS})
                self.assertEqual(sorted(filled), list(range(len(filled))), "no gap between two lines")

    def test_rows_have_panels_and_are_open(self) -> None:
        for name, panels in self.boards.items():
            with self.subTest(name):
                self.assertEqual(panels[0].kind, "row")
                for panel, after in itertools.zip_longest(panels, panels[1:]):
                    if panel.kind == "row":
                        self.assertFalse(panel.raw["collapsed"])
                        self.assertTrue(after and after.kind != "row", f"{panel} is empty")

    def test_numbers_tell_panels_apart(self) -> None:
        for name, panels in self.boards.items():
            numbers = [panel.raw["id"] for panel in panels]
            with self.subTest(name):
                self.assertEqual(len(numbers), len(set(numbers)))

    def test_panels_can_be_read_on_a_small_screen(self) -> None:
        for panel in itertools.chain(*self.boards.values()):
            if panel.kind != "row":
                with self.subTest(str(panel)):
                    self.assertGreaterEqual(panel.place[2] * PIXELS, NARROWEST[panel.kind])
                    self.assertGreaterEqual(panel.place[3], 3)

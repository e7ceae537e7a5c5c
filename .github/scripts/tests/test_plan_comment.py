"""The comment that a pull request gets of a plan."""

import unittest

from . import helpers  # noqa: F401  (finds the scripts)
from plan_comment import comment


class Comment(unittest.TestCase):
    """plan_comment.py"""

    def test_it_says_at_once_what_would_happen(self) -> None:
        plan = "\x1b[1mTerraform will\x1b[0m ...\n\nPlan: 1 to add, 0 to change, 2 to destroy.\n"
        text = comment("prod", 2, plan)
        self.assertTrue(text.startswith("### Terraform, prod: 1 to add, 0 to change, 2 to destroy\n"), text)
        self.assertNotIn("\x1b", text)
        self.assertIn("dev: no changes", comment("dev", 0, "No changes."))
        self.assertIn("dev: changes to outputs only", comment("dev", 2, "Changes to Outputs:"))
        self.assertIn("<details open>", comment("dev", 1, "Error: no"))

    def test_a_long_plan_is_cut_at_its_beginning(self) -> None:
        text = comment("dev", 2, "a" * 100_000 + "\nPlan: 1 to add, 0 to change, 0 to destroy.")
        self.assertLess(len(text), 65_536)
        self.assertIn("Plan: 1 to add", text)

    def test_a_plan_cannot_end_its_block(self) -> None:
        text = comment("dev", 2, "````\n<script>")
        self.assertIn("`````\n````\n<script>\n`````", text)

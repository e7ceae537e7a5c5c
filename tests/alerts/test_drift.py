"""The rules that are committed are those of the definition."""

import unittest

from generate import __main__ as command
from generate import definition
from generate.catalogue import read
from generate.durations import Clock


class Drift(unittest.TestCase):
    """alerts/rules against alerts/slo.yaml and alerts/causes."""

    def test_the_committed_rules_are_the_definitions(self) -> None:
        expected = command.rule_files(definition.read(read()), Clock())
        committed = {path.name: path.read_text() for path in command.RULES.iterdir()}
        self.assertEqual(sorted(committed), sorted(expected), "run make rules")
        for name, text in expected.items():
            self.assertEqual(committed[name], text, f"alerts/rules/{name} is not what make rules writes")

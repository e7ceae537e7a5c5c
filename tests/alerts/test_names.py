"""Rules name only series, labels and values that there are."""

import re
import unittest

import yaml

from .cases import RULES
from .promql import complaints


class Names(unittest.TestCase):
    """Every expression of alerts/rules, against the catalogue and the short list of others."""

    def test_every_rule(self) -> None:
        looked_at = 0
        for path in sorted(RULES.glob("*.yaml")):
            for group in yaml.safe_load(path.read_text())["groups"]:
                for rule in group["rules"]:
                    with self.subTest(rule.get("alert") or rule["record"]):
                        self.assertEqual(complaints(rule["expr"]), [])
                        looked_at += 1
        self.assertGreater(looked_at, 80)

    def test_queries_in_texts(self) -> None:
        texts = "".join(path.read_text() for path in sorted(RULES.glob("*.yaml")))
        queries = re.findall(r'printf "([^"]*%q[^"]*)"', texts)
        self.assertTrue(queries)
        for query in queries:
            self.assertEqual(complaints(query.replace("%q", '"a"')), [])

    def test_what_is_wrong_is_named(self) -> None:
        for expression, complaint in {
            "sirius_visit_total": "there is no series sirius_visit_total",
            'sirius_visits_total{reason="busy"}': "sirius_visits_total has no label reason",
            "sum by (signal) (sirius_visits_total)": "no series here has the label signal",
            "up / on (instance, routes) up": "no series here has the label routes",
            'sum(rate(sirius_visit_failures_total{reason="bussy"}[5m]))': "sirius_visit_failures_total has no reason 'bussy'",
            "sum(": "unclosed left parenthesis",
        }.items():
            with self.subTest(expression):
                self.assertIn(complaint, "\n".join(complaints(expression)))

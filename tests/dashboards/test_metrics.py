"""What queries name is there, and what is there is shown."""

import re
import unittest

from generate import burn, catalogue, definition
from generate.durations import Clock

from .committed import dashboards, labels, metrics, queries

#: Labels that a query makes itself, each with the function that does.
MADE = {"class", "window"}
#: What Sirius's lines have in Loki, and what is looked for in a line.
STREAM_LABELS = {"service_name", "deployment_environment", "level"}


class Metrics(unittest.TestCase):
    """Every query to Prometheus, also those of variables and marks."""

    @classmethod
    def setUpClass(cls) -> None:
        cls.known = catalogue.read()
        rules = [rule for group in burn.groups(definition.read(cls.known), Clock()) for rule in group["rules"]]
        recorded = {rule["record"]: frozenset({"slo"}) | cls.known.target_labels for rule in rules if "record" in rule}
        cls.series = {**cls.known.series(), **recorded}

    def expressions(self) -> dict[str, str]:
        """Every expression, by where it stands."""
        found = {str(query): query.expr for query in queries("prometheus")}
        for name, dashboard in dashboards().items():
            for mark in dashboard["annotations"]["list"]:
                found[f"{name}: {mark['name']}"] = mark["expr"]
            for variable in dashboard["templating"]["list"]:
                if variable.get("datasource", {}).get("type") == "prometheus":
                    query = variable["query"]["query"]
                    found[f"{name}: {variable['name']}"] = re.sub(r"label_values\((.*), (\w+)\)", r"sum by (\2) (\1)", query)
        return found

    def test_every_metric_is_in_the_catalogue_or_among_those_from_outside(self) -> None:
        for where, expr in self.expressions().items():
            with self.subTest(where):
                self.assertTrue(metrics(expr), "it names a metric")
                self.assertEqual(metrics(expr) - set(self.series), set())

    def test_every_label_is_one_of_the_metrics(self) -> None:
        for where, expr in self.expressions().items():
            with self.subTest(where):
                known = MADE.union(*(self.series.get(metric, ()) for metric in metrics(expr)))
                self.assertEqual(labels(expr) - known, set())

    def test_every_metric_of_the_catalogue_is_on_a_dashboard(self) -> None:
        shown = set()
        for query in queries("prometheus"):
            shown |= {re.sub("_(bucket|count|sum)$", "", metric) for metric in metrics(query.expr)} | metrics(query.expr)
        mine = {name for name, metric in self.known.metrics.items() if metric.kind != "outside"}
        self.assertEqual(mine - shown, set())

    def test_names_are_found_in_expressions(self) -> None:
        expr = (
            "histogram_quantile(0.99, sum by (le, route) (rate(a_bucket{x=\"or b\", y=~'z'}[$__rate_interval])))"
            " / on (job) group_left (version) c:d:rate5m > 1e-9 or vector(0)"
        )
        self.assertEqual(metrics(expr.replace("'z'", '"z"')), {"a_bucket", "c:d:rate5m"})
        self.assertEqual(labels(expr.replace("'z'", '"z"')), {"le", "route", "x", "y", "job", "version"})


class Lines(unittest.TestCase):
    """Every query to Loki."""

    def test_streams_are_chosen_by_the_labels_that_lines_have(self) -> None:
        for query in queries("loki"):
            with self.subTest(str(query)):
                [selector] = re.findall(r"^[^{]*\{([^}]*)\}", query.expr)
                self.assertLessEqual(set(re.findall(r"(\w+)\s*=", selector)), STREAM_LABELS)

"""What is in the files: that they are what their generator makes, whole, and Grafana's own schema allows them."""

import json
import subprocess
import sys
import unittest

from .committed import REPOSITORY, dashboards, panels
from .grafana import faults

EXPECTED = {
    "sirius-overview",
    "sirius-slo",
    "sirius-visits-images",
    "sirius-database",
    "sirius-runtime",
    "sirius-telemetry",
    "sirius-logs-traces",
    "sirius-loadtest",
}
#: Shown by what they hold, and not by its size.
NO_NUMBERS = {"logs"}
SOURCES = {"prometheus": "${datasource}", "loki": "${loki}", "tempo": "${tempo}"}


class Files(unittest.TestCase):
    """Each dashboard as a whole."""

    def test_they_are_what_the_generator_makes(self) -> None:
        command = [sys.executable, "-m", "dashboards.generate", "--check"]
        result = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True)
        self.assertEqual(result.returncode, 0, result.stderr)

    def test_there_are_the_eight_at_their_fixed_addresses(self) -> None:
        self.assertEqual({name: each["uid"] for name, each in dashboards().items()}, {uid: uid for uid in EXPECTED})

    def test_grafanas_schema_allows_them(self) -> None:
        for name, dashboard in dashboards().items():
            with self.subTest(name):
                self.assertEqual(faults(dashboard), [])

    def test_grafanas_schema_forbids_what_is_wrong(self) -> None:
        dashboard = json.loads(json.dumps(dashboards()["sirius-overview"]))
        graph = next(panel for panel in dashboard["panels"] if panel["type"] == "timeseries")
        graph["options"]["legend"]["placement"] = "left"
        graph["fieldConfig"]["defaults"]["custom"]["thresholdsStyle"] = {"mode": "dotted"}
        graph["targets"][0]["legend_format"] = "misspelt"
        graph["gridPos"]["h"] = "tall"
        found = "\n".join(faults(dashboard))
        for part in ("legend", "thresholdsStyle", "legend_format", "gridPos"):
            self.assertIn(part, found)

    def test_each_says_what_it_is_for_and_has_the_tag_that_links_them(self) -> None:
        for name, dashboard in dashboards().items():
            with self.subTest(name):
                self.assertGreater(len(dashboard["description"]), 80)
                self.assertIn("sirius", dashboard["tags"])
                self.assertFalse(dashboard["editable"], "changes are made in dashboards/generate")

    def test_each_has_the_choices_that_all_have(self) -> None:
        common = {"datasource", "loki", "tempo", "namespace", "job", "instance", "runbooks"}
        for name, dashboard in dashboards().items():
            with self.subTest(name):
                names = [variable["name"] for variable in dashboard["templating"]["list"]]
                self.assertEqual(len(names), len(set(names)))
                self.assertLessEqual(common, set(names))

    def test_each_marks_deployments_and_alerts(self) -> None:
        for name, dashboard in dashboards().items():
            with self.subTest(name):
                marks = {mark["name"]: mark for mark in dashboard["annotations"]["list"]}
                self.assertIn("sirius_build_info", marks["Deployments"]["expr"])
                self.assertIn("ALERTS", marks["Alerts"]["expr"])


class Panels(unittest.TestCase):
    """Each panel by itself."""

    def test_each_says_what_it_shows_and_what_to_do(self) -> None:
        for panel in panels():
            with self.subTest(str(panel)):
                shows, _, act = panel.raw["description"].partition("\n\n**When it is bad:** ")
                self.assertGreater(len(shows), 15)
                self.assertGreater(len(act), 15)
                self.assertRegex(shows, r"[.?]$")
                self.assertRegex(act, r"[.?`]$")

    def test_each_has_a_unit(self) -> None:
        for panel in panels():
            with self.subTest(str(panel)):
                self.assertTrue(panel.raw["fieldConfig"]["defaults"].get("unit"))

    def test_no_data_source_is_wired_in(self) -> None:
        for panel in panels():
            for source in [panel.raw["datasource"], *(query.raw["datasource"] for query in panel.queries)]:
                with self.subTest(str(panel)):
                    self.assertEqual(source["uid"], SOURCES[source["type"]])
        for name, dashboard in dashboards().items():
            for each in [*dashboard["annotations"]["list"], *dashboard["templating"]["list"]]:
                if "datasource" in each:
                    with self.subTest(name, what=each["name"]):
                        self.assertEqual(each["datasource"]["uid"], SOURCES[each["datasource"]["type"]])

    def test_each_asks_something_and_no_two_queries_have_one_letter(self) -> None:
        for panel in panels():
            with self.subTest(str(panel)):
                letters = [query.raw["refId"] for query in panel.queries]
                self.assertTrue(letters)
                self.assertEqual(len(letters), len(set(letters)))
                self.assertTrue(all(query.expr for query in panel.queries))

    def test_titles_tell_panels_apart(self) -> None:
        for name, dashboard in dashboards().items():
            titles = [panel["title"] for panel in dashboard["panels"]]
            with self.subTest(name):
                self.assertEqual(sorted(titles), sorted(set(titles)))

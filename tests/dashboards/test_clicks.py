"""The way of a person from a panel to a trace, from there to its lines, and back: by the links that they click.

Jaeger stands for Tempo, which is not to be had here: what is shown is that the ids lead there, not that Tempo draws them.
"""

import json
import re
import time
import unittest

import yaml

from servers.process import wait_for
from servers.tools import REPOSITORY

from .committed import dashboards, panels, queries
from .stack import begun, stack
from .test_queries import filled

ARRIVES_SECONDS = 30
PROVISIONED = REPOSITORY / "stack/grafana/provisioning/datasources/sirius.yaml"


def sources() -> dict[str, dict]:
    """The data sources that the stack gives Grafana, by their kind. `$$` is how a `$` is written there."""
    found = yaml.safe_load(PROVISIONED.read_text().replace("$$", "$"))["datasources"]
    return {each["type"]: each for each in found}


class Clicks(unittest.TestCase):
    """From each panel that has dots."""

    def test_a_dot_leads_to_a_trace_its_lines_and_back(self) -> None:
        with_dots = [query for query in queries("prometheus") if query.exemplars]
        self.assertEqual(
            {query.panel.dashboard for query in with_dots},
            {"sirius-overview", "sirius-slo", "sirius-logs-traces", "sirius-loadtest"},
        )
        for query in with_dots:
            with self.subTest(str(query)):
                self.follow(filled(query.expr))

    def follow(self, expr: str) -> None:
        """Clicks three times."""
        [dot] = sources()["prometheus"]["jsonData"]["exemplarTraceIdDestinations"]
        self.assertEqual(dot["datasourceUid"], sources()["tempo"]["uid"])
        exemplars = wait_for("dots", ARRIVES_SECONDS, lambda: stack().prometheus.exemplars(expr))
        trace_id = exemplars[-1]["labels"][dot["name"]]
        spans = wait_for(f"trace {trace_id}", ARRIVES_SECONDS, lambda: stack().jaeger.trace(trace_id))
        self.assertIn("server", [span.attributes["span.kind"] for span in spans])

        to_lines = sources()["tempo"]["jsonData"]["tracesToLogsV2"]
        self.assertEqual(to_lines["datasourceUid"], sources()["loki"]["uid"])
        logql = to_lines["query"].replace("${__trace.traceId}", trace_id)
        found = wait_for(f"lines of {logql}", ARRIVES_SECONDS, lambda: stack().loki.query(logql, begun()))
        line = found[0]["values"][0][1]
        self.assertEqual(json.loads(line)["trace_id"], trace_id)

        [field] = sources()["loki"]["jsonData"]["derivedFields"]
        self.assertEqual(field["datasourceUid"], sources()["tempo"]["uid"])
        self.assertEqual(re.search(field["matcherRegex"], line)[1], trace_id)

    def test_a_series_leads_to_the_lines_of_its_route(self) -> None:
        [panel] = [each for each in panels() if str(each) == "sirius-overview: p99 by route"]
        [link] = panel.raw["fieldConfig"]["defaults"]["links"]
        self.assertIn("&var-route=${__field.labels.http_route:percentencode}", link["url"])
        lines = next(query for query in queries("loki") if str(query.panel).endswith("All that was chosen"))
        route = r"/api/v1/images/\{id\}/content"
        asked = filled(lines.expr.replace("$route", route))
        found = wait_for("the lines of a route", ARRIVES_SECONDS, lambda: stack().loki.query(asked, begun()))
        for each in found:
            for _, line in each["values"]:
                self.assertEqual(json.loads(line)["route"], "/api/v1/images/{id}/content")

    def test_an_id_leads_to_the_lines_of_one_request(self) -> None:
        answer = stack().sirius.ask("/api/v1/images/no-such-image")
        trace_id = answer.json()["trace_id"]
        lines = next(query for query in queries("loki") if str(query.panel).endswith("All that was chosen"))
        asked = filled(lines.expr.replace("$trace_id", trace_id))
        [found] = wait_for("its line", ARRIVES_SECONDS, lambda: stack().loki.query(asked, time.time() - 60))
        [(_, line)] = found["values"]
        self.assertEqual(json.loads(line)["status"], 404)


class Provisioning(unittest.TestCase):
    """What the stack gives Grafana."""

    def test_every_kind_that_dashboards_choose_from_is_there(self) -> None:
        for name, dashboard in dashboards().items():
            kinds = {each["query"] for each in dashboard["templating"]["list"] if each["type"] == "datasource"}
            with self.subTest(name):
                self.assertLessEqual(kinds, set(sources()))

    def test_no_address_is_wired_in(self) -> None:
        for source in sources().values():
            self.assertRegex(source["url"], r"^\$\{[A-Z]+_URL\}$")

    def test_links_between_data_sources_lead_to_one_of_them(self) -> None:
        there = {source["uid"] for source in sources().values()}
        named = set(re.findall(r"datasourceUid: (\w+)", PROVISIONED.read_text()))
        self.assertEqual(named - there, set())

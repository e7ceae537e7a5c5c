"""A drill, and the way of whoever is paged by it: from what the webhook got to the runbook and the dashboard, from a panel there
to one request that failed, its trace and its line, each by the link that a person clicks, as the servers resolve it.

Jaeger stands for Tempo, and the committed files for Grafana, which are not to be had here.
"""

import dataclasses
import json
import re
import unittest
from urllib.parse import parse_qs, urlsplit

from generate import catalogue, definition
from local.drill import Course
from local.drills import DRILLS
from local.people import People
from local.stack import Stack
from servers.process import scratch_folder, wait_for

from .committed import REPOSITORY, Panel, Query, dashboards
from .test_clicks import sources
from .test_queries import filled

SECONDS = 60
OFFSET = 12_000
FACTOR = 60
# So that it takes less than a minute; `make drills` waits until there is a whole hour, as short as that is, to compare with.
DRILL = dataclasses.replace(DRILLS["errors-fast"], healthy_seconds=5)


class FromAPage(unittest.TestCase):
    """Visits fail, because the database is gone, and somebody is paged."""

    @classmethod
    def setUpClass(cls) -> None:
        cls.stack = Stack(scratch_folder(), FACTOR, OFFSET)
        cls.stack.start()
        cls.people = People(cls.stack, DRILL.requests, DRILL.rate).__enter__()
        course = Course(cls.stack, DRILL, wait=False)
        course.break_it()
        cls.begun = course.begun
        page = course.page()
        # News of the same incident come with it; the links are those of the alert of the drill.
        [cls.alert] = [
            each for each in page["alerts"] if each["labels"]["alertname"] == DRILL.alert
        ]

    @classmethod
    def tearDownClass(cls) -> None:
        cls.people.__exit__()
        for server in cls.stack.servers():
            server.kill()

    def test_the_page_leads_to_the_runbook_that_confirms_it(self) -> None:
        address = self.alert["annotations"]["runbook_url"]
        base = definition.read(catalogue.read()).runbooks
        self.assertTrue(address.startswith(f"{base}/"), address)
        runbook = REPOSITORY / "docs/runbooks" / address.removeprefix(f"{base}/")
        confirm = runbook.read_text().partition("## Confirm\n")[2]
        query = re.search(r"^```promql\n(.*?)^```$", confirm, re.MULTILINE | re.DOTALL)[1]
        values = [float(row["value"][1]) for row in self.stack.prometheus.query(query)]
        self.assertTrue(any(value > 0.001 for value in values), f"{query}: {values}")

    def test_the_page_leads_in_three_clicks_to_the_line(self) -> None:
        dashboard = self.dashboard(self.alert["annotations"]["dashboard_url"])
        trace_id = self.dot(self.panel(dashboard))
        self.trace(trace_id)
        self.line(trace_id)

    def test_the_monitor_leads_there_too(self) -> None:
        page = self.stack.sirius[0].ask_admin("/").text()
        rows = re.findall(r"<tr><td><time.*?</tr>", page)
        failed = [row for row in rows if "POST /api/v1/visits" in row and "log only" not in row]
        self.assertTrue(failed, rows)
        trace_id = re.search(r"<code>([0-9a-f]{32})</code>", failed[0])[1]
        self.trace(trace_id)
        self.line(trace_id)

    def dashboard(self, address: str) -> str:
        """The first click: there is such a dashboard, with the variables that the link sets, and what they are set to is there."""
        split = urlsplit(address)
        name = split.path.removeprefix("/d/")
        self.assertEqual(dashboards()[name]["uid"], name)
        chosen = parse_qs(split.query)
        self.assertLess(int(chosen.pop("from")[0]) / 1000, self.begun)
        self.assertEqual(chosen.pop("to"), ["now"])
        known = {each["name"] for each in dashboards()[name]["templating"]["list"]}
        for variable, values in chosen.items():
            label = variable.removeprefix("var-")
            self.assertIn(label, known)
            there = self.stack.prometheus.label_values(label, "http_server_request_duration_seconds_count")
            self.assertLessEqual(set(values), set(there))
        return name

    def panel(self, dashboard: str) -> Query:
        """What the panel of requests that failed asks, which has dots."""
        panels = [Panel(dashboard, raw) for raw in dashboards()[dashboard]["panels"]]
        [panel] = [panel for panel in panels if panel.raw["title"] == "Requests behind it"]
        failed = panel.queries[0]
        self.assertTrue(failed.exemplars)
        return failed

    def dot(self, query: Query) -> str:
        """The second click: the trace that a dot names."""
        [dot] = sources()["prometheus"]["jsonData"]["exemplarTraceIdDestinations"]
        found = wait_for("a dot", SECONDS, lambda: self.stack.prometheus.exemplars(filled(query.expr)))
        return found[-1]["labels"][dot["name"]]

    def trace(self, trace_id: str) -> None:
        """The trace, in its store: of a request that failed."""
        spans = wait_for(f"trace {trace_id}", SECONDS, lambda: self.stack.jaeger.trace(trace_id))
        [server] = [span for span in spans if span.attributes["span.kind"] == "server"]
        self.assertEqual(server.attributes["http.response.status_code"], 503)

    def line(self, trace_id: str) -> None:
        """The third click: the lines of the trace, one of which says how it ended."""
        query = sources()["tempo"]["jsonData"]["tracesToLogsV2"]["query"].replace("${__trace.traceId}", trace_id)
        found = wait_for("its lines", SECONDS, lambda: self.stack.loki.query(query, self.begun))
        lines = [json.loads(line) for each in found for _, line in each["values"]]
        self.assertEqual({line["trace_id"] for line in lines}, {trace_id})
        self.assertIn(503, [line.get("status") for line in lines])

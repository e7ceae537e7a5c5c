"""Every query is asked of a real Prometheus or a real Loki, with what Grafana puts in for the variables, and finds something."""

import json
import math
import re
import subprocess
import time
import unittest
from collections.abc import Callable

from servers.process import Failure

from .committed import REPOSITORY, Query, dashboards, panels, queries
from .stack import begun, stack

ARRIVES_SECONDS = 60
STEP_SECONDS = 2
#: What Grafana puts in when a person has chosen nothing: everything. Its times are for scrapes of a second.
CHOSEN = {
    "datasource": "prometheus",
    "namespace": ".*",
    "job": "sirius",
    "instance": ".*",
    "testid": ".*",
    "service": ".+",
    "environment": ".+",
    "level": ".+",
    "route": ".*",
    "trace_id": "",
    "search": "",
    "__rate_interval": "15s",
    "__interval": "5s",
    "__range": "60s",
}
#: Queries that find nothing here, by why. They are parsed all the same.
NOTHING = {
    "pictures that are handed in to a running server": [
        "sirius-visits-images: Duration of an inspection A",
    ],
    "a database that is away altogether": [
        "sirius-slo: Lasts for: freshness A",
    ],
    "the probe from outside": [
        "sirius-overview: Seen from outside A",
        "sirius-overview: Duration from outside A",
        "sirius-overview: Answers outside A",
        "sirius-overview: Certificate lasts for A",
    ],
    "Kubernetes, or an exporter of the machine's": [
        "sirius-runtime: Restarts B",
        "sirius-database: Disk left A",
        "sirius-database: Disk left B",
        "sirius-database: Room left A",
        "sirius-database: Room left B",
    ],
    "a limit of the address space": [
        "sirius-runtime: Address space B",
    ],
    "Alertmanager": [
        "sirius-telemetry: Notifications that failed A",
    ],
}


class Queries(unittest.TestCase):
    """What panels ask."""

    def test_all_are_understood(self) -> None:
        for query in queries("prometheus"):
            with self.subTest(str(query)):
                self.assertIsInstance(stack().prometheus.parse(filled(query.expr)), dict)
        for query in queries("loki"):
            with self.subTest(str(query)):
                stack().loki.query(filled(query.expr), begun())

    def test_all_find_something_in_prometheus(self) -> None:
        self.all_find(queries("prometheus"), lambda query: series(query.expr, query.instant))

    def test_all_find_something_in_loki(self) -> None:
        self.all_find(queries("loki"), lambda query: stack().loki.query(filled(query.expr), begun()))

    def all_find(self, asked: list[Query], ask: Callable[[Query], list]) -> None:
        """Fails when one of them, but for those that cannot, finds nothing until everything has arrived."""
        excused = {name for names in NOTHING.values() for name in names}
        missing = [query for query in asked if key(query) not in excused]
        deadline = time.monotonic() + ARRIVES_SECONDS
        while missing := [query for query in missing if not ask(query)]:
            if time.monotonic() > deadline:
                break
            time.sleep(1)
        self.assertEqual([str(query) for query in missing], [], "these find nothing")

    def test_exceptions_are_of_queries_that_there_are(self) -> None:
        there = {key(query) for panel in panels() for query in panel.queries}
        for why, names in NOTHING.items():
            with self.subTest(why):
                self.assertEqual(set(names) - there, set())


class Traces(unittest.TestCase):
    """What is asked of Tempo, which is not to be had here."""

    def faults(self, asked: list[str]) -> list[list[int]]:
        """Of each query in TraceQL, the places that the grammar of Grafana's editor does not understand."""
        command = [REPOSITORY / ".tools/bin/node", REPOSITORY / "tests/dashboards/traceql.mjs"]
        result = subprocess.run(command, input=json.dumps(asked), capture_output=True, text=True, check=True)
        return json.loads(result.stdout)

    def test_all_are_understood(self) -> None:
        asked = {str(query): filled(query.expr) for query in queries("tempo")}
        self.assertEqual(len(asked), 3)
        self.assertEqual(dict(zip(asked, self.faults(list(asked.values())), strict=True)), {each: [] for each in asked})

    def test_what_is_wrong_is_not_understood(self) -> None:
        self.assertTrue(all(self.faults(["{ duration >> 100ms }", "{ resource.service.name = }", "{ kind server }"])))


class Variables(unittest.TestCase):
    """What a person can choose is there to be chosen."""

    def test_each_has_values(self) -> None:
        for name, dashboard in dashboards().items():
            for variable in dashboard["templating"]["list"]:
                if variable["type"] == "query":
                    with self.subTest(name, variable=variable["name"]):
                        values = choices(variable)
                        # Nothing runs in a namespace here.
                        self.assertEqual(bool(values), variable["name"] != "namespace", values)

    def test_all_of_a_job_are_the_jobs_of_sirius(self) -> None:
        job = next(each for each in dashboards()["sirius-overview"]["templating"]["list"] if each["name"] == "job")
        self.assertEqual(choices(job), ["sirius"])
        self.assertNotIn("allValue", job, "Grafana puts in the values themselves, and not whatever has a process")

    def test_nothing_is_left_to_be_put_in(self) -> None:
        for kind in ("prometheus", "loki"):
            for query in queries(kind):
                with self.subTest(str(query)):
                    self.assertNotRegex(filled(query.expr), r"\$\{?[a-z_]")


class Marks(unittest.TestCase):
    """What is marked on the time axis."""

    def test_each_is_understood_and_a_deployment_is_seen(self) -> None:
        for mark in dashboards()["sirius-overview"]["annotations"]["list"]:
            with self.subTest(mark["name"]):
                self.assertIsInstance(stack().prometheus.parse(filled(mark["expr"])), dict)
        [deployments] = [
            mark for mark in dashboards()["sirius-overview"]["annotations"]["list"] if mark["name"] == "Deployments"
        ]
        [found] = series(deployments["expr"], instant=False)
        self.assertIn("version", found["metric"])


def filled(expr: str) -> str:
    """An expression with its variables put in, as Grafana does."""
    return re.sub(r"\$\{?(\w+)\}?", lambda match: CHOSEN.get(match[1], match[0]), expr)


def key(query: Query) -> str:
    """What an exception is called: the dashboard, the panel and the query's letter."""
    return f"{query.panel} {query.raw['refId']}"


def series(expr: str, instant: bool) -> list[dict]:
    """The series that have a value that is a number, now or at some time since the load began."""
    prometheus = stack().prometheus
    if instant:
        found = prometheus.query(filled(expr))
        return [each for each in found if not math.isnan(float(each["value"][1]))]
    found = prometheus.query_range(filled(expr), begun(), time.time(), STEP_SECONDS)
    return [each for each in found if any(not math.isnan(float(value)) for _, value in each["values"])]


def choices(variable: dict) -> list[str]:
    """The values of a variable."""
    query = variable["query"]
    if "label" in query:
        found = stack().loki.query(f'{{{query["label"]}=~".+"}}', begun())
        return sorted({each["stream"][query["label"]] for each in found})
    match = re.fullmatch(r"label_values\((.+), (\w+)\)", query["query"])
    if not match:
        raise Failure(f"{query['query']} is not understood")
    return stack().prometheus.label_values(match[2], filled(match[1]))

"""The way of one request: one id leads from the response to its exemplar, its trace and its line."""

import json
import time
import unittest

from servers.jaeger import Span
from servers.process import wait_for

from .exposition import scrape
from .settings import ENVIRONMENT, SERVICE
from .stack import ARRIVES_SECONDS, Caller, stack

COMMIT = "commit visits"
CONTENT = "/api/v1/images/{id}/content"
DURATION = "http_server_request_duration_seconds_bucket"
# The specification's limit on the names and values of an exemplar's labels together.
EXEMPLAR_CHARACTERS = 128


class OneRequest(unittest.TestCase):
    """A picture is asked for by somebody whose trace is sampled."""

    @classmethod
    def setUpClass(cls) -> None:
        cls.begun = time.time()
        cls.stack = stack()
        image = cls.stack.sirius.ask("/api/v1/images/random").json()
        cls.path = CONTENT.replace("{id}", image["id"])
        cls.caller = Caller.new()
        cls.answer = cls.stack.sirius.ask(cls.path, headers=cls.caller.headers)

    def test_the_response_names_the_trace(self) -> None:
        self.assertEqual(self.answer.status, 200)
        self.assertEqual(self.answer.headers["x-trace-id"], self.caller.trace_id)

    def test_the_exemplar_that_prometheus_scraped_names_the_trace(self) -> None:
        def mine() -> list[dict]:
            exemplars = self.stack.prometheus.exemplars(f'{DURATION}{{http_route="{CONTENT}"}}')
            return [each for each in exemplars if each["labels"]["trace_id"] == self.caller.trace_id]

        [exemplar] = wait_for("the exemplar to be scraped", ARRIVES_SECONDS, mine)
        self.assertGreater(float(exemplar["value"]), 0)

    def test_the_store_has_the_trace_with_the_right_spans(self) -> None:
        spans = trace(self.caller.trace_id, 2)
        [server] = [span for span in spans if span.attributes["span.kind"] == "server"]
        self.assertEqual(server.name, f"GET {CONTENT}")
        self.assertEqual(server.service, SERVICE)
        self.assertEqual(server.parent, self.caller.span_id)
        expected = {
            "http.request.method": "GET",
            "http.route": CONTENT,
            "http.response.status_code": 200,
            "url.path": self.path,
            "url.scheme": "http",
        }
        self.assertEqual({name: server.attributes.get(name) for name in expected}, expected)
        children = [span for span in spans if span.parent == server.span_id]
        self.assertEqual(len(children), len(spans) - 1, f"all other spans are its children: {spans}")
        self.assertTrue(any("blob" in span.name for span in children), f"the bytes were read: {children}")

    def test_loki_has_its_line(self) -> None:
        [entry] = wait_for(
            "the line to be in Loki", ARRIVES_SECONDS, lambda: lines(self.begun, self.caller.trace_id)
        )
        self.assertEqual(entry.labels["service_name"], SERVICE)
        self.assertEqual(entry.labels["deployment_environment"], ENVIRONMENT)
        self.assertEqual(entry.labels["level"], "info")
        line = json.loads(entry.line)
        self.assertEqual(line["trace_id"], self.caller.trace_id)
        [server] = [
            span for span in trace(self.caller.trace_id, 2) if span.attributes["span.kind"] == "server"
        ]
        self.assertEqual(line["span_id"], server.span_id, "the line is of the span that the store has")

    def test_lines_have_no_other_labels(self) -> None:
        wait_for("a line to be in Loki", ARRIVES_SECONDS, lambda: lines(self.begun, self.caller.trace_id))
        self.assertEqual(self.stack.loki.labels(), {"service_name", "deployment_environment", "level"})

    def test_standard_output_has_the_same_line(self) -> None:
        def mine() -> list[dict]:
            found = [
                line
                for line in self.stack.sirius.log.read_text().splitlines()
                if self.caller.trace_id in line
            ]
            return [json.loads(line) for line in found]

        [line] = wait_for("the line to be on standard output", ARRIVES_SECONDS, mine)
        self.assertEqual((line["route"], line["status"]), (CONTENT, 200))


class Exemplars(unittest.TestCase):
    """What stands beside the buckets."""

    def test_exemplars_are_of_buckets_and_name_traces(self) -> None:
        stack().sirius.ask("/api/v1/images/random", headers=Caller.new().headers)
        exemplars = [sample for sample in scrape(stack().sirius).samples if sample.exemplar]
        self.assertTrue(exemplars, "requests were sampled")
        for sample in exemplars:
            with self.subTest(sample.name, **sample.labels):
                self.assertTrue(sample.name.endswith("_bucket"))
                labels = sample.exemplar.labels
                self.assertRegex(labels["trace_id"], "^[0-9a-f]{32}$")
                self.assertLessEqual(
                    sum(len(name + value) for name, value in labels.items()), EXEMPLAR_CHARACTERS
                )
                self.assertLessEqual(
                    sample.exemplar.value, float(sample.labels["le"]), "it lies in its bucket"
                )
                self.assertGreater(float(sample.exemplar.timestamp), 1.7e9, "in seconds")


class Sampling(unittest.TestCase):
    """Whose trace is kept, and what is said of the others."""

    def test_an_unsampled_request_has_its_id_and_its_line_but_no_trace(self) -> None:
        begun, caller = time.time(), Caller.new(sampled=False)
        answer = stack().sirius.ask("/api/v1/images/random", headers=caller.headers)
        self.assertEqual(answer.headers["x-trace-id"], caller.trace_id)
        wait_for("the line to be in Loki", ARRIVES_SECONDS, lambda: lines(begun, caller.trace_id))
        sampled = Caller.new()
        stack().sirius.ask("/api/v1/images/random", headers=sampled.headers)
        trace(sampled.trace_id, 1)
        self.assertEqual(stack().jaeger.trace(caller.trace_id), [])

    def test_probes_and_scrapes_are_not_traced(self) -> None:
        caller = Caller.new()
        for path in ("/livez", "/readyz", "/startupz", "/metrics", "/version"):
            self.assertEqual(stack().sirius.ask_admin(path, headers=caller.headers).status, 200, path)
        self.assertEqual(stack().sirius.ask("/healthz", headers=caller.headers).status, 200)
        sampled = Caller.new()
        stack().sirius.ask("/api/v1/images/random", headers=sampled.headers)
        trace(sampled.trace_id, 1)
        self.assertEqual(stack().jaeger.trace(caller.trace_id), [])

    def test_a_problem_names_its_trace(self) -> None:
        caller = Caller.new()
        answer = stack().sirius.ask("/api/v1/images/no-such-image", headers=caller.headers)
        self.assertEqual(answer.json()["trace_id"], caller.trace_id)
        self.assertEqual(answer.headers["x-trace-id"], caller.trace_id)


class Visit(unittest.TestCase):
    """A visit is committed with others, in a transaction that no one request owns."""

    def test_the_commit_is_linked_to_the_request_that_it_served(self) -> None:
        caller = Caller.new()
        answer = stack().sirius.ask("/api/v1/visits", method="POST", headers=caller.headers)
        self.assertEqual(answer.status, 201)
        spans = trace(caller.trace_id, 2)
        [server] = [span for span in spans if span.attributes["span.kind"] == "server"]
        self.assertEqual(server.name, "POST /api/v1/visits")
        [wait] = [span for span in spans if span.parent == server.span_id]

        def commits() -> list[list[Span]]:
            traces = stack().jaeger.traces(SERVICE, COMMIT)
            link = (server.trace_id, server.span_id)
            return [spans for spans in traces if any(link in span.links for span in spans)]

        [spans] = wait_for("the commit that is linked to the visit", ARRIVES_SECONDS, commits)
        [commit] = [span for span in spans if span.name == COMMIT]
        self.assertIn((commit.trace_id, commit.span_id), wait.links, "and the request waits for that commit")
        children = [span for span in spans if span.parent == commit.span_id]
        statements = [span for span in children if span.attributes["span.kind"] == "client"]
        self.assertTrue(statements, f"it has the statements of its transaction: {children}")
        for statement in statements:
            with self.subTest(statement.name):
                self.assertEqual(statement.attributes["db.system.name"], "sqlite")
                self.assertIn("db.operation.name", statement.attributes)
                self.assertNotRegex(
                    str(statement.attributes.get("db.query.text", "")), r"'|\b\d{4,}\b", "no values"
                )


def trace(trace_id: str, at_least: int) -> list[Span]:
    """The spans of a trace, once the store has so many."""

    def spans() -> list[Span]:
        found = stack().jaeger.trace(trace_id)
        return found if len(found) >= at_least else []

    return wait_for(f"{at_least} spans of trace {trace_id} to be in the store", ARRIVES_SECONDS, spans)


def lines(since: float, trace_id: str) -> list:
    """The lines of a trace in Loki."""
    return stack().loki.entries(f'{{service_name="{SERVICE}"}} | json | trace_id="{trace_id}"', since)

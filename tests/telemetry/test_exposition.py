"""`/metrics`, as the strictest readers read it."""

import concurrent.futures
import re
import unittest

from servers.process import wait_for
from servers.prometheus import check_metrics

from .exposition import OPENMETRICS, scrape, scrape_classic
from .stack import ARRIVES_SECONDS, Caller, stack

DURATION = "http_server_request_duration_seconds"
BOUNDS = "0.001 0.0025 0.005 0.01 0.025 0.05 0.075 0.1 0.25 0.5 0.75 1 2.5 5 7.5 10 +Inf"


class Exposition(unittest.TestCase):
    """What a scrape answers."""

    @classmethod
    def setUpClass(cls) -> None:
        cls.sirius = stack().sirius
        for _ in range(20):
            cls.sirius.ask("/api/v1/images/random", headers=Caller.new().headers)
        cls.sirius.ask("/api/v1/visits", method="POST")
        cls.sirius.ask("/nowhere")

    def test_promtool_has_nothing_to_say_against_it(self) -> None:
        answer = self.sirius.ask_admin("/metrics")
        self.assertTrue(
            answer.headers["content-type"].startswith("text/plain; version=0.0.4"), answer.headers
        )
        self.assertEqual(check_metrics(answer.text()), "")

    def test_it_is_openmetrics_to_those_who_ask_for_it(self) -> None:
        answer = self.sirius.ask_admin("/metrics", headers={"Accept": OPENMETRICS})
        self.assertTrue(
            answer.headers["content-type"].startswith("application/openmetrics-text; version=1.0.0")
        )
        self.assertTrue(answer.text().endswith("\n# EOF\n"), "it ends with the mark of its end")
        self.assertEqual(answer.text().count("# EOF"), 1)
        exposition = scrape(self.sirius)
        self.assertGreater(len(exposition.samples), 100)

    def test_both_formats_say_the_same(self) -> None:
        openmetrics, classic = scrape(self.sirius), scrape_classic(self.sirius)
        self.assertEqual(openmetrics.series() ^ classic.series(), set())

    def test_durations_have_the_buckets_of_the_conventions(self) -> None:
        buckets = scrape(self.sirius).named(f"{DURATION}_bucket", http_route="/api/v1/images/random")
        self.assertEqual(
            [float(each.labels["le"]) for each in buckets], [float(bound) for bound in BOUNDS.split()]
        )

    def test_every_histogram_has_buckets_and_none_is_a_summary(self) -> None:
        exposition = scrape(self.sirius)
        self.assertNotIn("summary", exposition.types.values())
        for name, kind in exposition.types.items():
            if kind == "histogram" and any(exposition.named(f"{name}_count")):
                with self.subTest(name):
                    buckets = {sample.labels["le"] for sample in exposition.named(f"{name}_bucket")}
                    self.assertGreater(len(buckets), 3)
                    self.assertIn("+Inf", buckets)

    def test_any_accept_header_is_answered(self) -> None:
        wanted = {
            "*/*": "text/plain",
            "text/plain": "text/plain",
            "": "text/plain",
            ";;;,,,=q": "text/plain",
            "application/openmetrics-text;q=0": "text/plain",
            "text/html": "text/plain",
            "application/openmetrics-text": "application/openmetrics-text",
            'APPLICATION/OpenMetrics-Text; version="1.0.0"': "application/openmetrics-text",
            "text/plain;q=0.5, application/openmetrics-text;q=0.9": "application/openmetrics-text",
            "text/plain, application/openmetrics-text;q=0.1": "text/plain",
            "a/b," * 1000: "text/plain",
        }
        for accept, media_type in wanted.items():
            with self.subTest(accept[:60]):
                answer = self.sirius.ask_admin("/metrics", headers={"Accept": accept})
                self.assertEqual(answer.status, 200)
                self.assertEqual(re.split("[; ]", answer.headers["content-type"])[0], media_type)

    def test_ten_scrapes_at_once_are_all_whole(self) -> None:
        with concurrent.futures.ThreadPoolExecutor(10) as pool:
            for exposition in pool.map(lambda _: scrape(self.sirius), range(10)):
                self.assertGreater(len(exposition.samples), 100)

    def test_prometheus_reads_it(self) -> None:
        prometheus = stack().prometheus
        # It may have looked once before Sirius was there; it looks again every second.
        wait_for("a scrape", ARRIVES_SECONDS, lambda: prometheus.target().get("health") == "up")
        self.assertEqual(prometheus.target()["lastError"], "")

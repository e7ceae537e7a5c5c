"""What is read of k6's output, and two runs side by side."""

import gzip
import json
import subprocess
import sys
import unittest
from pathlib import Path

from runner import outcome, samples
from servers.process import scratch_folder

from .support import VISITORS, loadtest


def sample(metric: str, value: float, time: str = "2026-11-21T16:00:00.5Z", **tags: str) -> str:
    """A line of k6's JSON output."""
    data = {"time": time, "value": value, "tags": tags, "metadata": {"trace_id": "ab"}}
    return json.dumps({"metric": metric, "type": "Point", "data": data}, separators=(",", ":")) + "\n"


class Visitors(unittest.TestCase):
    """loadtest/visitors."""

    def setUp(self) -> None:
        self.folder = scratch_folder()

    def file(self, name: str, *numbers: int) -> Path:
        """Samples of visitors with these numbers."""
        path = self.folder / name
        text = "".join(sample("visitor_number", number) for number in numbers)
        if path.suffix == ".gz":
            path.write_bytes(gzip.compress(text.encode()))
        else:
            path.write_text(text)
        return path

    def looked(self, *paths: Path) -> tuple[int, str]:
        """How it ended and what it said."""
        ended = subprocess.run([sys.executable, VISITORS, *paths], capture_output=True, text=True)
        return ended.returncode, ended.stdout + ended.stderr

    def test_each_once(self) -> None:
        self.assertEqual(
            self.looked(self.file("a.json", 1, 2, 3)), (0, "3 visitor numbers, each given once.\n")
        )

    def test_repeats(self) -> None:
        status, said = self.looked(self.file("a.json.gz", 1, 2, 7, 2, 3, 7, 7))
        self.assertEqual(status, 1)
        self.assertEqual(
            said, "4 visitor numbers, 2 of them given more than once: 2 (2 times), 7 (3 times).\n"
        )

    def test_repeats_between_two_k6s(self) -> None:
        status, said = self.looked(self.file("a.json.gz", 1, 2), self.file("b.json", 3, 2))
        self.assertEqual((status, "2 (2 times)" in said), (1, True))

    def test_no_numbers(self) -> None:
        self.assertEqual(self.looked(self.file("a.json")), (2, "No visitor numbers were given.\n"))

    def test_what_is_not_whole(self) -> None:
        whole = self.file("a.json.gz", *range(1000))
        half = self.folder / "half.json.gz"
        half.write_bytes(whole.read_bytes()[:-100])
        for path in (half, self.folder / "nothing.json"):
            status, said = self.looked(path)
            self.assertEqual(status, 2)
            self.assertRegex(said, r"\A.* is not whole or not the JSON output of k6: [^\n]*\n\Z")


class Samples(unittest.TestCase):
    """One pass through everything that k6 wrote."""

    def test_all_that_is_wanted(self) -> None:
        path = scratch_folder() / "samples.json"
        path.write_text(
            '{"type":"Metric","data":{"name":"checks"},"metric":"checks"}\n'
            + "".join(sample("http_req_duration", ms, name="GET /", status="200") for ms in range(9))
            + sample("http_req_duration", 99, "2026-11-21T17:00:01.123456789+01:00", name="GET /", status="0")
            + sample("http_req_waiting", 1)
            + sample("slo_latency", 1)
            + sample("slo_latency", 0)
            + sample("checks", 1, check="right")
            + sample("checks", 0, check="wrong")
            + sample("checks", 0, check="wrong")
        )
        found = samples.read(path)
        self.assertEqual([ms for ms, _, _ in found.slowest], [99, 8, 7, 6, 5])
        self.assertEqual(found.statuses, {"200": 9, "0": 1})
        self.assertEqual(found.failed_checks, {"wrong": (2, "ab")})
        first, second = found.seconds.values()
        self.assertEqual((first.requests, first.judged["latency"], first.kept["latency"]), (9, 2, 1))
        self.assertEqual(second.requests, 1)


class Compare(unittest.TestCase):
    """`make loadtest-compare`."""

    def setUp(self) -> None:
        self.results = scratch_folder()

    def add(self, run: str, suite: str, median: float, verdict: str = "passed", rate: float = 20) -> None:
        """A run with one kind of request."""
        folder = self.results / f"{run}-{suite}"
        folder.mkdir()
        found = {
            "run": folder.name,
            "suite": suite,
            "verdict": verdict,
            "target": "http://127.0.0.1:8080",
            "rate": rate,
            "duration_seconds": 60,
            "users": 20,
            "seconds": 60.0,
            "search": None,
            "steady": [],
            "load": {"requests": 600},
            "requests": {"GET /": {"median_ms": median, "p99_ms": 2 * median}},
        }
        (folder / outcome.FILE).write_text(json.dumps(found))

    def compared(self, *suite: str) -> tuple[int, str]:
        """How it ended and what it said."""
        ended = loadtest("compare", *suite, results=self.results)
        return ended.status, ended.said + ended.complained

    def test_the_last_two_of_a_suite(self) -> None:
        self.add("2026-11-19T000000Z", "average", 5)
        self.add("2026-11-20T000000Z", "average", 4)
        self.add("2026-11-20T100000Z", "smoke", 1)
        self.add("2026-11-21T000000Z", "average", 6, verdict="failed")
        self.add("2026-11-22T000000Z", "average", 60, verdict="error")
        status, said = self.compared()
        self.assertEqual(status, 0, said)
        self.assertIn("2026-11-21T000000Z-average (failed) beside 2026-11-20T000000Z-average (passed)", said)
        self.assertRegex(said, r"GET /, median +4 ms +6 ms +1.50\n")
        self.assertRegex(said, r"GET /, p99 +8 ms +12 ms +1.50\n")
        self.assertRegex(said, r"requests a second +10.0 +10.0 +1.00\n")
        self.assertNotIn("told different things", said)

    def test_runs_that_were_told_different_things(self) -> None:
        self.add("2026-11-19T000000Z", "average", 5)
        self.add("2026-11-20T000000Z", "average", 4, rate=40)
        self.assertIn("They were told different things, before and now: RATE 20 and 40.", self.compared()[1])

    def test_nothing_to_compare(self) -> None:
        self.assertIn("has no complete run.", self.compared()[1])
        self.add("2026-11-19T000000Z", "average", 5)
        status, said = self.compared("average")
        self.assertEqual(status, 2)
        self.assertRegex(said, r"\AThere is nothing to compare: .* has 1 complete run of average\.\n\Z")
        self.assertIn("There is no suite 'load'", self.compared("load")[1])

    def test_a_broken_outcome(self) -> None:
        self.add("2026-11-19T000000Z", "average", 5)
        (self.results / "2026-11-19T000000Z-average" / outcome.FILE).write_text("{")
        status, said = self.compared()
        self.assertEqual(status, 2)
        self.assertRegex(said, r"outcome.json cannot be read .* to compare without it\.\n\Z")

"""Every suite against a real Sirius, for seconds, and against servers that are not as they should be."""

import gzip
import json
import unittest
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from runner import settings
from servers.http import ask
from servers.process import free_ports, scratch_folder
from servers.prometheus import Prometheus
from servers.sirius import FAULTS, Sirius
from servers.tools import REPOSITORY

from . import between
from .between import Between
from .support import Ended, loadtest, patient

RATES = {"stress": "10", "spike": "10", "breakpoint": "10", "soak": "5", "average": "5"}
# They wait more than they compute.
TOGETHER = 8


class Suites(unittest.TestCase):
    """All of them, with the configuration that is made for them, and its results as people find them."""

    ended: dict[str, Ended]

    @classmethod
    def setUpClass(cls) -> None:
        folder = scratch_folder()
        cls.sirius = Sirius(folder)
        # What loadtest/sirius.toml says is all that is said of limits.
        cls.sirius.env = {
            name: value for name, value in cls.sirius.env.items() if not name.startswith("SIRIUS_LIMITS")
        }
        cls.sirius.command += ["--config", REPOSITORY / "loadtest/sirius.toml"]
        cls.sirius.start()
        told = {
            "TARGET": cls.sirius.url,
            "ADMIN": cls.sirius.admin_url,
            "THRESHOLDS": patient(folder),
            "DURATION": "4s",
            "USERS": "10",
        }
        with ThreadPoolExecutor(TOGETHER) as pool:
            runs = {
                suite: pool.submit(loadtest, suite, RATE=RATES.get(suite, "1"), **told)
                for suite in settings.SUITES
            }
            cls.ended = {suite: run.result() for suite, run in runs.items()}

    @classmethod
    def tearDownClass(cls) -> None:
        cls.sirius.stop()

    def test_they_pass(self) -> None:
        for suite, ended in self.ended.items():
            with self.subTest(suite):
                self.assertEqual(ended.status, 0, ended.said + ended.complained)
                outcome = ended.outcome()
                self.assertEqual(outcome["verdict"], "passed")
                self.assertEqual(outcome["checks"]["failed"], {})
                self.assertGreater(outcome["checks"]["passed"], 0)
                self.assertTrue(all(each["held"] for each in outcome["objectives"]), outcome["objectives"])

    def test_the_results_are_all_there(self) -> None:
        for suite, ended in self.ended.items():
            with self.subTest(suite):
                self.assertIn(f"Load test {suite} of {self.sirius.url}", ended.said)
                self.assertIn((ended.folder / "report.txt").read_text(), ended.said)
                summary = json.loads((ended.folder / "summary.json").read_text())
                counted = summary["metrics"][f"http_reqs{{scenario:{suite}}}"]["values"]["count"]
                self.assertEqual(counted, ended.outcome()["load"]["requests"])
                with gzip.open(ended.folder / "samples.json.gz") as samples:
                    self.assertTrue(all(json.loads(line)["metric"] for line in samples))
                self.assertIn("</html>", (ended.folder / "report.html").read_text())

    def test_the_smoke_asks_for_all_that_can_be_read_and_counts_a_visit(self) -> None:
        document = json.loads((REPOSITORY / "openapi/openapi.json").read_text())
        reads = {f"GET /api/v1{path}" for path, item in document["paths"].items() if "get" in item}
        requests = set(self.ended["smoke"].outcome()["requests"])
        self.assertEqual(requests, reads | {"POST /api/v1/visits", "GET /"})

    def test_the_journey_loads_what_browsers_load(self) -> None:
        requests = self.ended["journey"].outcome()["requests"]
        wanted = {
            "GET /",
            "GET /assets/{name}",
            "GET /images/{id}",
            "GET /api/v1/images/random",
            "GET /api/v1/images/{id}",
            "GET /api/v1/images/{id}/content",
        }
        self.assertEqual(set(requests), wanted)
        views = requests["GET /"]["count"] / 2
        # Those of http/pages/assets.rs that belong to the page: style, scripts, icon, manifest, drawings.
        self.assertEqual(requests["GET /assets/{name}"]["count"], 8 * views)

    def test_visitor_numbers_are_taken_down(self) -> None:
        # One by the page, one by the call, in each iteration.
        outcome = self.ended["smoke"].outcome()
        self.assertEqual(outcome["visitors"]["numbers"], 2 * outcome["load"]["iterations"])

    def test_the_slowest_requests_name_their_traces(self) -> None:
        [slowest, *_] = self.ended["average"].outcome()["slowest"]
        self.assertRegex(slowest["trace_id"], "^[0-9a-f]{32}$")
        log = [json.loads(line) for line in self.sirius.log.read_text().splitlines() if line.startswith("{")]
        self.assertIn(slowest["trace_id"], {line.get("trace_id") for line in log})

    def test_the_breakpoint_says_how_far_it_came(self) -> None:
        self.assertRegex(
            self.ended["breakpoint"].said, r"All promises held up to \d+ requests a second, the most"
        )
        self.assertIsNone(self.ended["breakpoint"].outcome()["search"]["broken"])

    def test_quotas_are_raised_and_still_counted(self) -> None:
        answer = self.sirius.ask("/api/v1/images/random")
        self.assertRegex(answer.headers["RateLimit"], r'"reads";r=\d+')
        self.assertRegex(answer.headers["RateLimit-Policy"], r'"reads";q=1000000;')


class Wrong(unittest.TestCase):
    """Servers that are not as they should be make the run fail, and it says why."""

    ended: dict[str, Ended]

    @classmethod
    def setUpClass(cls) -> None:
        folder = scratch_folder()
        cls.sirius = Sirius(folder)
        cls.sirius.start()
        limited = Sirius(folder, name="limited")
        limited.env |= {"SIRIUS_LIMITS__READS__PER_SECOND": "1", "SIRIUS_LIMITS__READS__BURST": "1"}
        limited.start()
        full = _full(folder)
        told = {"DURATION": "2s", "THRESHOLDS": patient(folder)}
        committed = {"THRESHOLDS": str(REPOSITORY / "loadtest/thresholds.json")}
        only_latency = {"THRESHOLDS": _only_latency(folder)}
        runs = {
            # The longest goes first.
            "late": (
                "breakpoint",
                between.SlowAfter(40),
                {"RATE": "30", "USERS": "30", "DURATION": "12s", **only_latency},
            ),
            "nothing": ("smoke", lambda _: None, {}),
            "slow": ("smoke", between.slow, committed),
            "failing": ("smoke", between.failing, {}),
            "pictures": ("smoke", between.pictures, {}),
            "walks of the mix": ("smoke", between.Walks(), {}),
            "walks of visitors": ("journey", between.Walks(), {"RATE": "2"}),
            "numbers": ("smoke", between.Numbers(), {"RATE": "4"}),
            "lying": ("breakpoint", between.pictures, {"RATE": "20"}),
            "users": ("average", between.slow, {"RATE": "20", "USERS": "1"}),
        }

        def run(suite: str, bend: object, settings: dict[str, str]) -> Ended:
            with Between(cls.sirius.address, bend) as server:
                return loadtest(suite, TARGET=server.url, **{**told, **settings})

        with ThreadPoolExecutor(TOGETHER) as pool:
            begun = {name: pool.submit(run, *each) for name, each in runs.items()}
            begun["full"] = pool.submit(
                loadtest, "breakpoint", TARGET=full.url, ADMIN=full.admin_url, RATE="200", **{**told, "DURATION": "10s"}
            )
            begun["quota"] = pool.submit(loadtest, "smoke", TARGET=limited.url, **told)
            cls.ended = {name: each.result() for name, each in begun.items()}
        limited.stop()
        full.stop()

    @classmethod
    def tearDownClass(cls) -> None:
        cls.sirius.stop()

    def run_with(self, name: str, status: int) -> Ended:
        """A run that ended so."""
        ended = self.ended[name]
        self.assertEqual(ended.status, status, ended.said + ended.complained)
        return ended

    def failed_checks(self, name: str) -> str:
        """The names of the checks that failed in a run, which must have failed."""
        return "\n".join(self.run_with(name, 1).outcome()["checks"]["failed"])

    def test_one_that_only_passes_on_passes(self) -> None:
        self.run_with("nothing", 0)

    def test_slow(self) -> None:
        ended = self.run_with("slow", 1)
        self.assertIn("The promise latency was broken.", ended.said)
        self.assertNotIn("The promise availability", ended.said)

    def test_failing(self) -> None:
        self.assertIn(": 200", self.failed_checks("failing"))
        self.assertIn("The promise availability was broken.", self.ended["failing"].said)

    def test_other_pictures(self) -> None:
        failed = self.failed_checks("pictures")
        self.assertIn("GET /api/v1/images/{id}/content: bytes hash to sha256", failed)
        self.assertIn("GET /api/v1/images/random: bytes hash to the ETag", failed)

    def test_other_pictures_fail_a_search_too(self) -> None:
        self.assertIn("hash to", self.failed_checks("lying"))

    def test_walks_with_repeats(self) -> None:
        for name in ("walks of the mix", "walks of visitors"):
            self.assertIn("a walk shows no repeat", self.failed_checks(name))

    def test_visitor_numbers_given_twice(self) -> None:
        ended = self.run_with("numbers", 1)
        self.assertRegex(ended.said, r"visitor numbers were given to more than one visitor")
        self.assertRegex(
            ended.said, r"\d+ visitor numbers, \d+ of them given more than once: \d+ \(2 times\)"
        )

    def test_a_search_says_where_the_promise_broke(self) -> None:
        ended = self.run_with("late", 0)
        self.assertRegex(
            ended.said, r"All promises held up to [1-9]\d* requests a second; with more, latency was broken"
        )

    def test_a_search_says_what_was_full_first(self) -> None:
        ended = self.run_with("full", 0)
        self.assertRegex(
            ended.said,
            r"(?s)with more, availability was broken\..*this was full: the requests that are allowed at a time"
            r" \(server\.max_requests\)\.\n.*\(too_many\) rose by \d+ a second while http_server_active_requests was \d",
        )

    def test_too_few_users(self) -> None:
        self.assertRegex(self.run_with("users", 1).said, r"\d+ of \d+ iterations could not begin")

    def test_the_quota_of_one_client(self) -> None:
        self.assertRegex(
            self.run_with("quota", 1).said, r"\d+ answers were 429.*--config loadtest/sirius.toml"
        )


def _full(folder: Path) -> Sirius:
    """One that answers four requests at a time, each after a while, so that it is full on quick machines too."""
    sirius = Sirius(folder, {"SIRIUS_SERVER__MAX_REQUESTS": "4", **FAULTS}, "full")
    sirius.start()
    sirius.begin_fault(kind="latency", ratio=1, latency_ms=50)
    return sirius


class RemoteWrite(unittest.TestCase):
    """What the dashboard "Load test" reads."""

    def test_a_prometheus_has_the_run(self) -> None:
        folder = scratch_folder()
        sirius = Sirius(folder)
        prometheus = Prometheus(folder, sirius.admin_address)
        if "--web.enable-remote-write-receiver" not in prometheus.command:
            prometheus.command.append("--web.enable-remote-write-receiver")
        sirius.start()
        prometheus.start()
        ended = loadtest(
            "smoke",
            TARGET=sirius.url,
            DURATION="2s",
            THRESHOLDS=patient(folder),
            K6_PROMETHEUS_RW_SERVER_URL=f"{prometheus.url}/api/v1/write",
            K6_PROMETHEUS_RW_PUSH_INTERVAL="1s",
        )
        self.assertEqual(ended.status, 0, ended.said + ended.complained)
        for metric in ("k6_http_req_duration_p99", "k6_checks_rate", "k6_slo_latency_rate"):
            found = prometheus.query(f'last_over_time({metric}{{testid="{ended.folder.name}"}}[10m])')
            self.assertTrue(found, metric)
        prometheus.stop()
        sirius.stop()

    def test_a_prometheus_that_is_away_does_no_harm(self) -> None:
        folder = scratch_folder()
        sirius = Sirius(folder)
        sirius.start()
        [port] = free_ports(1)
        ended = loadtest(
            "smoke",
            TARGET=sirius.url,
            DURATION="2s",
            THRESHOLDS=patient(folder),
            K6_PROMETHEUS_RW_SERVER_URL=f"http://127.0.0.1:{port}/api/v1/write",
        )
        self.assertEqual(ended.status, 0, ended.said + ended.complained)
        self.assertEqual(ask(f"{sirius.url}/healthz").status, 200)
        sirius.stop()

    def test_an_address_that_is_none_is_said(self) -> None:
        sirius = Sirius(scratch_folder())
        sirius.start()
        ended = loadtest("smoke", TARGET=sirius.url, DURATION="2s", K6_PROMETHEUS_RW_SERVER_URL="::bad")
        self.assertEqual(ended.status, 3, ended.said + ended.complained)
        self.assertRegex(
            ended.complained, r"\Ak6 failed with exit code \d+: [^\n]*missing protocol scheme[^\n]*\n\Z"
        )
        sirius.stop()


def _only_latency(folder: Path) -> str:
    """The path of thresholds that are broken by nothing but SlowAfter."""
    thresholds = json.loads((REPOSITORY / "loadtest/thresholds.json").read_text())
    [latency] = [each for each in thresholds["objectives"] if each["name"] == "latency"]
    path = folder / "latency.json"
    seconds = between.SlowAfter.SECONDS - 1
    path.write_text(json.dumps({"objectives": [{**latency, "slower_than_seconds": seconds}]}))
    return str(path)

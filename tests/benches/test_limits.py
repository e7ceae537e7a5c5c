"""The knee, what is beyond it, and the arithmetic of docs/capacity.md."""

import math
import os
import subprocess
import sys
import tempfile
import unittest
from dataclasses import replace
from pathlib import Path
from random import Random

import record
from capacity import model, pages
from capacity.model import Assumptions
from limits import disk, knee, overload, soak
from limits import pages as limits_pages
from limits.knee import Knee
from limits.pace import Paced, Step
from servers.process import Failure


def piece(
    at: float, good: int, refused: int = 0, good_ms: float = 5, refused_ms: float = 1, given_up: int = 0
) -> dict:
    """A fifth of a second."""
    times = {"good_p99_ms": good_ms, "asked_p99_ms": good_ms - 1, "refused_p99_ms": refused_ms}
    counts = {"due": good + refused, "failed": 0, "given_up": given_up, "good": good, "refused": refused}
    return {"at": round(at, 1), **counts, **times}


def server(limit: float, slow_from: float = float("inf")) -> object:
    """One that answers so many a second, and slowly from another rate on."""

    def run(steps: list[Step]) -> Paced:
        [step] = steps
        good = round(min(step.rate, limit) / 5)
        ms = 500 if step.rate > slow_from else 5
        return Paced([piece(0.2 * number, good, good_ms=ms) for number in range(15)], 0.5)

    return run


class Knees(unittest.TestCase):
    """Where it is found."""

    def test_what_is_answered(self) -> None:
        self.assertAlmostEqual(knee.found(server(10_000)).rate, 10_000, delta=500)

    def test_what_is_answered_in_time(self) -> None:
        self.assertAlmostEqual(knee.found(server(10_000, slow_from=4_000)).rate, 4_000, delta=200)

    def test_nothing(self) -> None:
        self.assertLess(knee.found(server(0)).rate, 1)

    def test_a_machine_that_stands_still_for_a_moment_has_no_knee_there(self) -> None:
        asked = []

        def run(steps: list[Step]) -> Paced:
            asked.append(steps[0].rate)
            return server(0 if len(asked) == 3 else 10_000)(steps)

        self.assertAlmostEqual(knee.found(run).rate, 10_000, delta=500)


class Overload(unittest.TestCase):
    """What has to hold beyond it."""

    def paced(self, over: dict[str, float], slow_after: float = 0, at_knee: int = 200) -> Paced:
        """A round: what is seen beyond the knee, how long it stays slow after that, and what is answered at the knee."""
        begin, end = overload.OVER_BEGINS, overload.OVER_ENDS
        pieces = []
        for number in range(5 * (end + overload.AFTER_SECONDS)):
            at = number / 5
            if begin <= at < end:
                pieces.append(piece(at, **over))
            elif overload.CALM_SECONDS <= at < begin:
                pieces.append(piece(at, at_knee))
            else:
                pieces.append(piece(at, 140, good_ms=500 if end <= at < end + slow_after else 5))
        return Paced(pieces, 0.5)

    def judged(self, over: dict[str, float], slow_after: float = 0) -> dict:
        """Of a knee of 1,000, the same in each of three rounds."""
        return overload.judge([self.paced(over, slow_after)] * 3, Knee(1_000, 0.5), 1.3, 0.8)

    def test_all_is_kept(self) -> None:
        judged = self.judged({"good": 190, "refused": 70})
        self.assertEqual(judged["kept"], {"goodput": True, "of_knee": True, "refusals": True, "recovery": True})
        self.assertAlmostEqual(judged["goodput"], 0.95)
        self.assertAlmostEqual(judged["refused"], 350)

    def test_too_little_is_answered(self) -> None:
        self.assertFalse(self.judged({"good": 150, "refused": 110})["kept"]["goodput"])

    def test_refusals_come_late(self) -> None:
        self.assertFalse(self.judged({"good": 190, "refused": 70, "refused_ms": 60})["kept"]["refusals"])

    def test_it_takes_long_to_be_as_before(self) -> None:
        judged = self.judged({"good": 190, "refused": 70}, slow_after=3)
        self.assertEqual((judged["kept"]["recovery"], judged["recovery_seconds"]), (False, 3.0))
        self.assertTrue(self.judged({"good": 190}, slow_after=1)["kept"]["recovery"])

    def test_it_is_never_as_before(self) -> None:
        self.assertIsNone(self.judged({"good": 190}, slow_after=overload.AFTER_SECONDS)["recovery_seconds"])

    def test_a_round_is_compared_with_the_knee_of_its_own_minute_and_the_median_is_told(self) -> None:
        rounds = [
            self.paced({"good": 180}),
            self.paced({"good": 90}, at_knee=100),
            self.paced({"good": 20}, slow_after=overload.AFTER_SECONDS),
        ]
        judged = overload.judge(rounds, Knee(1_000, 0.5), 1.3, 0.8)
        self.assertAlmostEqual(judged["goodput"], 0.9)
        self.assertAlmostEqual(judged["goodputs"][0], 0.1)
        self.assertEqual(judged["recovery_seconds"], 0.0)
        # Of the knee that was found it is 0.45, and that has to hold as well.
        self.assertAlmostEqual(judged["of_knee"], 0.45)
        self.assertEqual((judged["kept"]["goodput"], judged["kept"]["of_knee"]), (True, False))

    def test_the_table(self) -> None:
        well, ill = (
            self.judged({"good": 190, "refused": 70, "given_up": 3}),
            self.judged({"good": 100, "refused": 70, "refused_ms": 60}),
        )
        shown = limits_pages.overload({"cases": {"mix": well, "visits": {**ill, "client_idle": 0.01}}})
        self.assertIn("| 1,000 | 1,000 | 1,300 (x 1.3) | 95 % [95 to 95] | 95 % | 5 ms | 4 ms | 350 | 1.0 ms | 15 | 0.0 s | 50 % |", shown)
        self.assertIn("| **50 % [50 to 50]** | **50 %** | 5 ms | 4 ms | 350 | **60.0 ms** | 0 |", shown)
        self.assertIn("no time left with visits only.", shown)

    def test_what_was_full_is_told_and_otherwise_how_busy_both_were(self) -> None:
        found = {"held_requests_per_second": 1_200, "full": None, "meanwhile": "In the end k6 took 0.60"}
        self.assertIn("up to 1,200 requests a second. In the end k6 took 0.60.", limits_pages.breakpoint(found))
        found["full"] = {"what": "the quota", "evidence": "it rose", "seconds": 3}
        self.assertIn("first was full: the quota (it rose).", limits_pages.breakpoint(found))

    def test_durations(self) -> None:
        self.assertEqual((soak.seconds("90s"), soak.seconds("2m"), soak.seconds("1h")), (90, 120, 3600))
        for wrong in ("", "0s", "2", "2 minutes"):
            with self.assertRaisesRegex(Failure, "such as 60m"):
                soak.seconds(wrong)

    def test_only_what_waits_for_the_disk_is_slow(self) -> None:
        script = (
            "import os, tempfile, time\n"
            "file, begun = tempfile.TemporaryFile(), time.monotonic()\n"
            "file.write(b'x' * 100); file.flush(); file.seek(0); file.read()\n"
            "written = time.monotonic(); os.fsync(file.fileno()); synced = time.monotonic(); os.fdatasync(file.fileno())\n"
            "print(synced - written >= 0.3, time.monotonic() - synced >= 0.3, written - begun < 0.3)"
        )
        with tempfile.TemporaryDirectory() as folder:
            variables = {**os.environ, **disk.slow(Path(folder), 300)}
            seen = subprocess.run([sys.executable, "-c", script], env=variables, capture_output=True, text=True)
        self.assertEqual(seen.stdout, "True True True\n", seen.stderr)


MEASURED = {
    "kinds": {
        kind: {
            "cpu_us": cpu,
            "commits": 0.05 * (kind in model.VISITING),
            **{
                pace: {"cpu_us": cpu, "commits": 0.05 * (kind in model.VISITING), "commit_ms": 1.0}
                for pace in model.PACES
            },
            "bytes_each": size,
            "rate": 1e6 / cpu,
            "bytes": size * 1e6 / cpu,
        }
        for kind, cpu, size in (
            ("picture", 20.0, 20_000.0),
            ("seeded", 25.0, 20_000.0),
            ("facts", 20.0, 1_000.0),
            ("page", 40.0, 5_000.0),
            ("visit", 30.0, 500.0),
        )
    },
    # A commit takes 100 µs of Sirius and 100 of the database, a visit 25 and 5 beside its share.
    **{
        part: {
            name: {"rate": 1e4, "cpu_us": cpu, "database_us": database, "commits": commits, "commit_ms": 1.0}
            for name in ("sqlite", "postgresql", "mariadb")
        }
        for part, cpu, database, commits in (("visits", 30.0, 10.0, 0.05), ("sparse", 125.0, 105.0, 1.0))
    },
    "telemetry": {"line_bytes": 400.0, "span_bytes": 4.0, "series": 500, "exposition_bytes": 60_000},
    "image_bytes": 600,
    "memory_mb": 40.0,
}


class Capacity(unittest.TestCase):
    """Arithmetic that can be done by hand."""

    def test_hit_ratios(self) -> None:
        # Asked for once while it is kept: every other request is a hit.
        self.assertEqual(model.hits(rate=1, objects=10, places=10, kept_seconds=100), 0.5)
        self.assertEqual(model.hits(rate=99, objects=10, places=10, kept_seconds=100), 0.99)

    def test_a_core(self) -> None:
        self.assertAlmostEqual(model.a_core({"picture": 1.0}, MEASURED), 0.95e6 / 20)
        # As many commits as on a core nearly full with visits, 0.05 x 0.9 / 30 µs, take 0.15 of it, pictures and pages
        # without their commits the rest.
        self.assertAlmostEqual(model.a_core({"picture": 1.0, "page": 1.0}, MEASURED), 0.8e6 / 27.5, delta=1)

    def test_what_a_commit_takes_is_told_from_what_a_visit_takes(self) -> None:
        counted = model.counting(MEASURED, "mariadb")
        self.assertAlmostEqual(counted.commit_us, 100)
        self.assertAlmostEqual(counted.visit_us, 25)
        self.assertAlmostEqual(counted.database_commit_us, 100)
        self.assertAlmostEqual(counted.database_visit_us, 5)

    def test_commits_follow_on_one_another_or_on_visits(self) -> None:
        self.assertEqual(model.commits(0, 0.001), 0)
        # Few visits have a commit each; many share those that there is time for.
        self.assertAlmostEqual(model.commits(1, 0.001), 1, delta=0.001)
        self.assertAlmostEqual(model.commits(1e6, 0.001), 1_000)
        # Between them: visits that came by chance, and waited for the next commit, counted one by one.
        random, now, done = Random(1), 0.0, 0
        arrivals = iter([now := now + random.expovariate(800) for _ in range(200_000)])
        end, waits = 0.0, next(arrivals)
        while waits is not None:
            end = max(waits, end) + 0.001
            done += 1
            begun = end - 0.001
            while waits is not None and waits <= begun:
                waits = next(arrivals, None)
        self.assertAlmostEqual(done / now / model.commits(800, 0.001), 1, delta=0.01)

    def test_a_database_is_as_busy_as_its_commits_have_it(self) -> None:
        # 70 visits a second x 5 µs, and nearly as many commits x 100 µs; 70,000, and 1,000 / 3 commits.
        given = Assumptions(vcpu=1, utilisation=1, commit_ms=3)
        for rate, visits, turns in ((1_000, 70, 1 / (0.003 + math.exp(-0.21) / 70)), (1e6, 70_000, 1_000 / 3)):
            wanted = (visits * 5 + turns * 100) / 1e6
            self.assertAlmostEqual(model.plan(rate, MEASURED, given).database_vcpus, wanted, places=4)

    def test_replicas(self) -> None:
        only_facts = Assumptions(picture=0, seeded=0, facts=1, page=0, visit=0, vcpu=0.5, utilisation=0.5)
        # 100,000 a second x 20 µs are 2 cores, 8 vCPUs at a half of a core each and half busy.
        self.assertEqual(model.plan(100_000, MEASURED, only_facts).replicas, 8)
        self.assertEqual(model.plan(100_000, MEASURED, replace(only_facts, replica_vcpus=4)).replicas, 3)

    def test_a_cache_takes_pictures_away_and_nothing_else(self) -> None:
        plan = model.plan(1_000, MEASURED, Assumptions(pictures=1, places=1, seeds=1e12))
        self.assertAlmostEqual(plan.reaching, 350, delta=1)
        self.assertEqual(plan.visits, 70)

    def test_telemetry(self) -> None:
        only_visits = Assumptions(picture=0, seeded=0, facts=0, page=0, visit=1, scrape_seconds=30, notable=1)
        plan = model.plan(100, MEASURED, only_visits)
        requests = 100 * 30 * 24 * 3600
        self.assertAlmostEqual(plan.line_gib, requests * 400 / 2**30)
        self.assertAlmostEqual(plan.notable_gib, plan.line_gib / 100)
        self.assertAlmostEqual(plan.samples_millions, 3 * 500 * 86_400 / 1e6)
        self.assertAlmostEqual(plan.spans_millions, requests * 0.02 / 1e6)
        dollars = plan.line_gib * 0.5 + plan.samples_millions * 0.06 + plan.spans_millions * 0.2
        self.assertAlmostEqual(plan.telemetry_dollars, dollars)

    def test_what_is_off_is_said(self) -> None:
        found = {**MEASURED, "at": "today", "commit": "abc", "machine": "a machine"}
        found["kinds"] = {**MEASURED["kinds"], "large": MEASURED["kinds"]["picture"]}
        # Of ten requests: 4 x 20 + 4 x 20 + 35 + 25 µs, in what commits leave of 95 % of the core: 36,364 a second.
        for rate, said in ((40_000, "it is off by -9 %, at the knee the core was 99 % busy."), (20_000, "do not plan with it.**")):
            self.assertIn(said, pages.text({"capacity": {**found, "knee": {"rate": rate, "busy": 0.99}}}))

    def test_the_page_is_what_follows_of_the_measured_points(self) -> None:
        shown = pages.text(record.read()).strip()
        self.assertIn(f"<!-- capacity: from here -->\n\n{shown}\n\n<!-- capacity: to here -->", pages.PAGE.read_text())

    def test_the_page_has_every_assumption(self) -> None:
        page = pages.PAGE.read_text()
        for line in pages.assumptions(Assumptions()).splitlines():
            self.assertIn(f"`{line.split(' = ')[0]}`", page)

"""Telemetry never hurts the service: Loki, the collector, or both fail, and no client notices.

All outages run at the same time, each on a Sirius of its own that is connected to the same real Loki and
Jaeger through doors that can be shut. `make faults` runs them for ten minutes: OUTAGE_SECONDS says how long,
OUTAGE_RATE how many requests a second each Sirius gets meanwhile, OUTAGES which (their names, with spaces between).
"""

import asyncio
import os
import shutil
import unittest

from servers.door import Fault
from servers.jaeger import Jaeger
from servers.loki import Loki
from servers.process import scratch_folder
from servers.sirius import Sirius

from .outages import HEALTHY, Outage, Outcome, Patient

SECONDS = float(os.environ.get("OUTAGE_SECONDS", "10"))
RATE = float(os.environ.get("OUTAGE_RATE", "20"))

MIB = 1 << 20
# The promises.
RESUMES_SECONDS = 5
MORE_MEMORY_BYTES = 16 * MIB
# `shutdown` of docs/configuration.md: what draining, visits and telemetry may take, and a second to end.
STOPS_SECONDS = 31
# Below this, a percentile is the scheduler's rather than ours.
LONG_ENOUGH_FOR_PERCENTILES_SECONDS = 60
SLOWER = 1.10

FAULTS = (Fault.STOPPED, Fault.ERRORS, Fault.HANGING, Fault.RESETTING, Fault.SLOW)
OUTAGES = [
    HEALTHY,
    *(Outage(fault, loki, collector) for fault in FAULTS for loki, collector in ((1, 0), (0, 1), (1, 1))),
    Outage(Fault.LYING, loki=True, collector=False),
]
if wanted := os.environ.get("OUTAGES"):
    OUTAGES = [outage for outage in OUTAGES if outage is HEALTHY or outage.name in wanted.split()]


class Outages(unittest.TestCase):
    """Each test looks at one promise in all outages."""

    outcomes: list[Outcome]

    @classmethod
    def setUpClass(cls) -> None:
        folder = scratch_folder()
        loki, jaeger = Loki(folder), Jaeger(folder)
        for server in (loki, jaeger):
            server.launch()
        add_pictures(folder)
        for server in (loki, jaeger):
            server.wait()
        cls.outcomes = asyncio.run(
            all_at_once([Patient(outage, folder, loki, jaeger) for outage in OUTAGES])
        )
        cls.healthy = cls.outcomes[0]
        for server in (loki, jaeger):
            server.kill()
        report(cls.outcomes)

    def test_sirius_lives_through_it(self) -> None:
        for outcome in self.outcomes:
            with self.subTest(outcome.outage.name):
                self.assertIsNone(outcome.failure)

    def test_no_request_fails(self) -> None:
        for outcome in self.outcomes:
            with self.subTest(outcome.outage.name):
                self.assertGreater(len(outcome.during.elapsed), SECONDS)
                self.assertEqual(outcome.during.failures, [])

    def test_the_account_of_lines_adds_up(self) -> None:
        for outcome in self.outcomes:
            with self.subTest(outcome.outage.name):
                account = outcome.account
                self.assertTrue(account.adds_up(), account)
                self.assertGreaterEqual(
                    account.offered, len(outcome.during.elapsed), "every request has a line"
                )
                self.assertGreaterEqual(
                    outcome.stored, outcome.delivered_before, f"what was delivered is there: {account}"
                )
                self.assertLessEqual(outcome.stored, account.delivered + account.unconfirmed, account)

    def test_without_an_outage_nothing_is_lost(self) -> None:
        account = self.healthy.account
        self.assertEqual(account.dropped, {})

    def test_shipping_resumes(self) -> None:
        for outcome in self.outcomes:
            with self.subTest(outcome.outage.name):
                for name, seconds in outcome.resumed.items():
                    self.assertLessEqual(
                        seconds, RESUMES_SECONDS, f"{name} got something this long after its recovery"
                    )

    def test_memory_stays_small(self) -> None:
        for outcome in self.outcomes:
            with self.subTest(outcome.outage.name):
                more = outcome.resident_bytes - self.healthy.resident_bytes
                self.assertLessEqual(more, MORE_MEMORY_BYTES, "bytes more than without an outage")

    def test_it_stops_within_its_deadline(self) -> None:
        for outcome in self.outcomes:
            with self.subTest(outcome.outage.name):
                self.assertLessEqual(outcome.stopped_after, STOPS_SECONDS)

    @unittest.skipIf(
        SECONDS < LONG_ENOUGH_FOR_PERCENTILES_SECONDS, "percentiles are looked at in `make faults`"
    )
    def test_nobody_waits_longer(self) -> None:
        healthy = self.healthy.during.percentile(0.99)
        for outcome in self.outcomes:
            with self.subTest(outcome.outage.name):
                self.assertLessEqual(
                    outcome.during.percentile(0.99), healthy * SLOWER, "seconds at the 99th percentile"
                )


async def all_at_once(patients: list[Patient]) -> list[Outcome]:
    """The outcomes, in the order of the patients."""
    return await asyncio.gather(*(patient.suffer(SECONDS, RATE) for patient in patients))


def add_pictures(folder: object) -> None:
    """A data folder for each, copied from one, because reading pictures takes a debug build a second."""
    first = Sirius(folder, name="first")
    first.start()
    first.stop()
    for outage in OUTAGES:
        shutil.copytree(folder / "first", folder / outage.name)


def report(outcomes: list[Outcome]) -> None:
    """What was measured, for who wants more than a verdict."""
    print(
        f"\n{'outage':<24}{'requests':>9}{'p50 ms':>8}{'p99 ms':>8}{'MiB':>7}{'resumed s':>14}"
        f"{'stop s':>8}  lines"
    )
    for each in outcomes:
        resumed = " ".join(f"{seconds:.1f}" for seconds in each.resumed.values())
        p50, p99 = (
            each.during.percentile(part) * 1000 if each.during.elapsed else 0 for part in (0.5, 0.99)
        )
        print(
            f"{each.outage.name:<24}{len(each.during.elapsed):>9}{p50:>8.1f}{p99:>8.1f}"
            f"{each.resident_bytes / MIB:>7.1f}{resumed:>14}{each.stopped_after:>8.1f}  {each.account}"
        )

"""A real Loki is killed at full use, and started again on what it had written."""

import asyncio
import time
import unittest

from servers.loki import Loki
from servers.process import scratch_folder, wait_for
from servers.sirius import Sirius
from servers.visitors import Visitors

from .account import Account, account
from .settings import SERVICE, telemetry

REQUESTS_A_SECOND = 50
USED_SECONDS, AWAY_SECONDS = 3, 5
RESUMES_SECONDS = 5
SETTLES_SECONDS = 20


class LokiKilled(unittest.TestCase):
    """Nobody asks it politely."""

    @classmethod
    def setUpClass(cls) -> None:
        folder = scratch_folder()
        cls.loki = Loki(folder)
        cls.loki.start()
        # Nobody listens where spans would go: that is no matter here.
        cls.sirius = Sirius(folder, telemetry(loki=cls.loki.url, collector="http://127.0.0.1:1"))
        cls.begun = time.time()
        cls.sirius.start()
        asyncio.run(cls.course())

    @classmethod
    async def course(cls) -> None:
        """Healthy, away, back: with visitors all the time."""
        visitors = Visitors(cls.sirius.address, [("GET", "/api/v1/images/random")], REQUESTS_A_SECOND)
        visiting = asyncio.create_task(visitors.visit())
        await asyncio.sleep(USED_SECONDS)
        cls.loki.kill()
        await asyncio.sleep(AWAY_SECONDS)
        cls.account_while_away = await asyncio.to_thread(account, cls.sirius)
        await asyncio.to_thread(cls.loki.start)
        back = time.time()
        await asyncio.to_thread(
            wait_for, "lines to be in Loki again", 10 * RESUMES_SECONDS, lambda: cls.loki.entries(ALL, back)
        )
        cls.resumed_after = time.time() - back
        visitors.leave()
        await visiting
        cls.visitors = visitors.record

    @classmethod
    def tearDownClass(cls) -> None:
        cls.sirius.stop()
        cls.loki.kill()

    def test_no_request_fails(self) -> None:
        self.assertGreater(len(self.visitors.elapsed), REQUESTS_A_SECOND)
        self.assertEqual(self.visitors.failures, [])

    def test_shipping_resumes(self) -> None:
        self.assertLessEqual(self.resumed_after, RESUMES_SECONDS, "seconds after it was ready")

    def test_it_was_noticed_that_it_was_away(self) -> None:
        self.assertGreater(sum(self.account_while_away.dropped.values()), 0, self.account_while_away)

    def test_the_account_is_what_loki_has(self) -> None:
        def settled() -> Account | None:
            found = account(self.sirius)
            return found if found.adds_up() else None

        before = wait_for("the account to add up", SETTLES_SECONDS, settled, lambda _: account(self.sirius))
        stored = len(self.loki.entries(ALL, self.begun))
        # Being asked for the account may make a line, too.
        found = wait_for("the account to add up", SETTLES_SECONDS, settled, lambda _: account(self.sirius))
        self.assertGreaterEqual(found.offered, len(self.visitors.elapsed), "every request has a line")
        self.assertGreaterEqual(stored, before.delivered, f"what was confirmed is there: {found}")
        self.assertLessEqual(stored, found.delivered + found.unconfirmed, f"and nothing else: {found}")


ALL = f'{{service_name="{SERVICE}"}}'

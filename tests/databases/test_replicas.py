"""Three replicas behind a load balancer that are restarted, and killed, one after the other."""

import asyncio
import os
import time
import unittest
from collections.abc import Callable

from servers.nginx import Nginx
from servers.process import Process
from servers.sirius import Sirius
from servers.visitors import Visitors

from .served import InPostgres
from .visiting import Visiting, check_kept, while_visited

# More of them for `make faults`.
ROUNDS = int(os.environ.get("ROLLING_ROUNDS", "1"))
REPLICAS = 3
REQUESTS = [
    ("GET", "/api/v1/images/random"),
    ("GET", "/api/v1/images/random?as=image"),
    ("GET", "/api/v1/visits"),
]
REQUESTS_A_SECOND = 200


class BehindABalancer(InPostgres, unittest.TestCase):
    """nginx in front of three Sirius with one PostgreSQL."""

    def setUp(self) -> None:
        super().setUp()
        self.replicas = [self.sirius(f"replica{number}") for number in range(REPLICAS)]
        for replica in self.replicas:
            replica.launch()
        for replica in self.replicas:
            replica.wait()

    def test_restarted(self) -> None:
        """One after the other, as by an upgrade."""
        self.check_nobody_notices(Sirius.stop)

    def test_killed(self) -> None:
        """One after the other; another replica is asked for what was under way."""
        self.check_nobody_notices(Process.kill)

    def check_nobody_notices(self, end: Callable[[Sirius], None]) -> None:
        """While each of the replicas is ended so, and started again."""
        nginx = Nginx(self.folder, [replica.address for replica in self.replicas], f"{self.database}-nginx")
        self.addCleanup(nginx.kill)
        nginx.start()
        before = self.total()
        visiting, others = Visiting(nginx.address), Visitors(nginx.address, REQUESTS, REQUESTS_A_SECOND)

        def one_by_one() -> None:
            for replica in self.replicas * ROUNDS:
                end(replica)
                replica.start()
                # nginx leaves a replica alone for so long that it has found dead.
                time.sleep(1)

        async def load() -> None:
            asking = asyncio.create_task(others.visit())
            await asyncio.to_thread(while_visited, visiting, one_by_one)
            others.leave()
            await asking

        asyncio.run(load())
        stored = self.total() - before
        check_kept(self, visiting, stored)
        self.assertFalse(visiting.failures, nginx.tail())
        self.assertEqual(stored, len(visiting.numbers))
        self.assertGreater(len(others.record.elapsed), REPLICAS * ROUNDS * REQUESTS_A_SECOND / 2)
        self.assertEqual(others.record.failures, [])
        for replica in self.replicas:
            replica.stop()

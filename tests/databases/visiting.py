"""Clients that count visits while something fails, and what Sirius promises them."""

import asyncio
import json
import time
import unittest
from collections import Counter
from collections.abc import Callable

from servers.door import read_message
from servers.http import Response
from servers.process import Failure, wait_for
from servers.sirius import Sirius

CLIENTS = 16
SECONDS_OF_USE = 0.5
RECOVERY_SECONDS = 60


class Visiting:
    """Clients that count visits one after the other, over kills and restarts, and note what they were told."""

    def __init__(self, address: tuple[str, int], clients: int = CLIENTS, headers: str = "") -> None:
        """They visit the port at this address. `headers` are lines, each with its end."""
        self.address = address
        self.numbers: list[int] = []
        self.unanswered = 0
        #: What they got that was no number: statuses, and names of errors.
        self.failures: Counter[str] = Counter()
        self.clients = clients
        self._request = (
            f"POST /api/v1/visits HTTP/1.1\r\nHost: sirius\r\n{headers}Content-Length: 0\r\n\r\n".encode()
        )
        self._over = False

    async def visit(self) -> None:
        """Goes on until `leave`."""
        await asyncio.gather(*(self._client() for _ in range(self.clients)))

    def leave(self) -> None:
        """No more visits after those under way."""
        self._over = True

    async def _client(self) -> None:
        connection = None
        while not self._over:
            try:
                connection = connection or await asyncio.open_connection(*self.address)
            except OSError:
                self.failures["no connection"] += 1
                await asyncio.sleep(0.02)
                continue
            reader, writer = connection
            try:
                writer.write(self._request)
                await writer.drain()
                head, body = await read_message(reader)
            except (OSError, asyncio.IncompleteReadError) as error:
                self._fail(type(error).__name__)
                writer.close()
                connection = None
                continue
            status = head.split(b" ", 2)[1]
            if status == b"201":
                self.numbers.append(json.loads(body)["number"])
            else:
                # 503: it may have been counted, or not.
                self._fail(status.decode())
                await asyncio.sleep(0.02)
            if b"\r\nconnection: close" in head.lower():
                writer.close()
                connection = None
        if connection:
            connection[1].close()

    def visit_once(self, sirius: Sirius) -> Response:
        """One more visit, counted by whoever runs the test."""
        answer = count_visit(sirius)
        if answer.status == 201:
            self.numbers.append(answer.json()["number"])
        else:
            self._fail(f"{answer.status} by hand")
        return answer

    def look_at_page(self, sirius: Sirius) -> Response:
        """Which counts one, too, if it can."""
        self.unanswered += 1
        return sirius.ask("/")

    def _fail(self, how: str) -> None:
        self.unanswered += 1
        self.failures[how] += 1


def while_visited(visiting: Visiting, happens: Callable[[], object]) -> None:
    """Visits while something happens, and until everybody is counted again; fails if that is never."""
    asyncio.run(_while_visited(visiting, happens))


async def _while_visited(visiting: Visiting, happens: Callable[[], object]) -> None:
    clients = asyncio.create_task(visiting.visit())
    try:
        await asyncio.sleep(SECONDS_OF_USE)
        await asyncio.to_thread(happens)
        acknowledged = len(visiting.numbers)
        deadline = time.monotonic() + RECOVERY_SECONDS
        while len(visiting.numbers) < acknowledged + visiting.clients:
            if time.monotonic() > deadline:
                raise Failure(f"visits are not counted again after {RECOVERY_SECONDS} s: {visiting.failures}")
            await asyncio.sleep(0.05)
    finally:
        visiting.leave()
        await clients


def check_kept(test: unittest.TestCase, visiting: Visiting, stored: int) -> None:
    """Acknowledged <= stored <= acknowledged + unanswered, and no number twice."""
    acknowledged = len(visiting.numbers)
    test.assertGreater(acknowledged, 0)
    test.assertEqual(len(set(visiting.numbers)), acknowledged, "a number was given twice")
    test.assertLessEqual(acknowledged, stored, "an acknowledged visit is lost")
    test.assertLessEqual(stored, acknowledged + visiting.unanswered, "a visit was counted twice")
    failures = ", ".join(f"{number} {how}" for how, number in sorted(visiting.failures.items()))
    print(f"  {acknowledged} <= {stored} <= {acknowledged} + {visiting.unanswered} ({failures or 'no failure'})")


def wait_for_health(sirius: Sirius) -> None:
    """Waits until nothing is degraded any more."""
    wait_for("health", 30, lambda: b'"degraded"' not in sirius.ask_admin("/readyz").body)


def count_visit(sirius: Sirius, **request: object) -> Response:
    """The answer to one visit."""
    return sirius.ask("/api/v1/visits", method="POST", **request)

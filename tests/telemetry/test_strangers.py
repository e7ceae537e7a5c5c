"""What strangers send must not cost the operator more and more: neither series nor memory.

`make faults` goes on for ten minutes: STRANGERS_SECONDS says how long.
"""

import asyncio
import os
import random
import time
import unittest

from servers.process import scratch_folder
from servers.sirius import Sirius
from servers.visitors import ask

from .exposition import scrape

SECONDS = float(os.environ.get("STRANGERS_SECONDS", "10"))
STRANGERS = 8

MIB = 1 << 20
# Until caches, pools and queues have the size that the load gives them.
WARM_UP_SECONDS = 5
# More than this between the first half of the time and the second is a leak.
GROWTH_BYTES = 4 * MIB

METHODS = ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"]
PATHS = ["/", "/healthz", "/api/v1/images/random", "/api/v1/images", "/api/v1/tags", "/api/v1/visits"]


class Strangers(unittest.TestCase):
    """Nothing that they send is like what was sent before."""

    def test_neither_series_nor_memory_grow(self) -> None:
        sirius = Sirius(scratch_folder())
        sirius.start()
        first, second = asyncio.run(self.watch(sirius))
        self.assertEqual(second.series - first.series, set(), "series that strangers made")
        self.assertLessEqual(second.resident_bytes - first.resident_bytes, GROWTH_BYTES, "bytes of growth")
        sirius.stop()

    async def watch(self, sirius: Sirius) -> tuple["Half", "Half"]:
        """What there was at most in each half of the time."""
        strangers = [asyncio.create_task(bother(sirius, random.Random(seed))) for seed in range(STRANGERS)]
        await asyncio.sleep(WARM_UP_SECONDS)
        halves = [await Half.watched(sirius, SECONDS / 2) for _ in range(2)]
        for stranger in strangers:
            stranger.cancel()
        await asyncio.gather(*strangers, return_exceptions=True)
        return halves[0], halves[1]


class Half:
    """What there was in a half of the time."""

    def __init__(self, series: set, resident_bytes: int) -> None:
        """All series that were seen, and the most memory."""
        self.series, self.resident_bytes = series, resident_bytes

    @classmethod
    async def watched(cls, sirius: Sirius, seconds: float) -> "Half":
        """Looks every half second."""
        over, series, resident_bytes = time.monotonic() + seconds, set(), 0
        while time.monotonic() < over:
            series |= (await asyncio.to_thread(scrape, sirius)).series()
            resident_bytes = max(resident_bytes, sirius.resident_bytes())
            await asyncio.sleep(0.5)
        return cls(series, resident_bytes)


async def bother(sirius: Sirius, chance: random.Random) -> None:
    """Sends one strange request after the other."""
    while True:
        reader, writer = await asyncio.open_connection(*sirius.address)
        try:
            while True:
                await ask(reader, writer, *strange_request(chance))
        except (OSError, asyncio.IncompleteReadError):
            pass  # Some of them are so strange that the server hangs up.
        finally:
            writer.close()


def strange_request(chance: random.Random) -> tuple[str, str, str]:
    """A method, a path and header lines; about half of each is new to the world."""
    word = f"{chance.getrandbits(64):x}"
    method = chance.choice(METHODS) if chance.random() < 0.8 else f"X{word.upper()}"
    path = chance.choice(PATHS) if chance.random() < 0.5 else f"/{word}/api/v1/images/{word}"
    if chance.random() < 0.3:
        path += f"?{word}={word}"
    headers = (
        f"Host: {word}.example\r\nX-Forwarded-Host: {word}.example\r\nUser-Agent: {word}\r\n"
        f"traceparent: 00-{word:0>32}-{word:0>16}-0{chance.randrange(2)}\r\ntracestate: {word}={word}\r\n"
        f"X-{word}: {word}\r\n"
    )
    return method, path, headers

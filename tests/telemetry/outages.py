"""What a Sirius goes through when those whom it tells things fail, and what is seen from outside."""

import asyncio
import contextlib
import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from servers.door import Door, Fault
from servers.jaeger import Jaeger
from servers.loki import Loki
from servers.process import Failure
from servers.sirius import Sirius
from servers.visitors import Record, Visitors

from .account import Account, account
from .settings import telemetry

REQUESTS = [
    ("GET", "/api/v1/images/random"),
    ("GET", "/api/v1/tags"),
    ("POST", "/api/v1/visits"),
    ("GET", "/"),
]
# Before the fault, so that connections are open and queues are used.
HEALTHY_SECONDS = 2
# Longer than shipping may take to resume, so that the failure says how long it took.
PATIENCE_SECONDS = 30
# Until the last lines and spans are out.
SETTLES_SECONDS = 20


@dataclass(frozen=True)
class Outage:
    """Who fails, and how."""

    fault: Fault
    loki: bool
    collector: bool

    @property
    def name(self) -> str:
        """Fit for a file's name and a label's value."""
        who = [name for name, fails in (("loki", self.loki), ("collector", self.collector)) if fails]
        return "-".join([*(who or ["nobody"]), self.fault.name.lower()])


HEALTHY = Outage(Fault.NONE, loki=False, collector=False)


@dataclass
class Outcome:
    """What was seen."""

    outage: Outage
    during: Record = field(default_factory=Record)
    resident_bytes: int = 0
    #: Seconds from recovery until something came through again, for each of those who had failed.
    resumed: dict[str, float] = field(default_factory=dict)
    account: Account | None = None
    #: How many lines Loki had confirmed before it was asked how many it has.
    delivered_before: int = 0
    #: How many lines of it Loki has.
    stored: int = 0
    #: Seconds from SIGTERM to its end, while they failed again.
    stopped_after: float = 0.0
    #: Why it could not be seen to its end.
    failure: str | None = None


class Patient:
    """A Sirius with a door before each of those to whom it tells things."""

    def __init__(self, outage: Outage, folder: Path, loki: Loki, jaeger: Jaeger) -> None:
        """The folder holds a data folder of the outage's name, with pictures."""
        self.outage, self.folder, self.loki = outage, folder, loki
        self.doors = {"loki": Door(loki.address), "collector": Door(jaeger.otlp_http_address)}
        self.shut = [self.doors[name] for name in ("loki", "collector") if getattr(outage, name)]
        self.outcome = Outcome(outage)
        self.begun = time.time()

    async def suffer(self, seconds: float, rate: float) -> Outcome:
        """The whole course: healthy, failing, recovered, and stopped while failing again."""
        for door in self.doors.values():
            await door.build()
        self.sirius = Sirius(
            self.folder,
            telemetry(
                loki=self.doors["loki"].url,
                collector=self.doors["collector"].url,
                environment=self.outage.name,
                OTEL_EXPORTER_OTLP_PROTOCOL="http/protobuf",
                OTEL_TRACES_SAMPLER="always_on",
            ),
            name=self.outage.name,
        )
        try:
            await asyncio.to_thread(self.sirius.start)
            async with self._visitors(rate):
                await asyncio.sleep(HEALTHY_SECONDS)
            await self._fail_and_recover(seconds, rate)
            await self._settle()
            await self._stop_while_failing(rate)
        except Failure as failure:
            self.outcome.failure = str(failure)
        finally:
            self.sirius.kill()
            for door in self.doors.values():
                await door.remove()
        return self.outcome

    async def _fail_and_recover(self, seconds: float, rate: float) -> None:
        for door in self.shut:
            await door.shut(self.outage.fault)
        async with self._visitors(rate) as visitors:
            self.outcome.during = visitors.record
            await asyncio.sleep(seconds)
            self.outcome.resident_bytes = self.sirius.resident_bytes()
            for door in self.shut:
                await door.open()
            recovered = time.monotonic()
            for name, door in self.doors.items():
                if door in self.shut:
                    await _until(partial(door.passed_since, recovered), PATIENCE_SECONDS)
                    self.outcome.resumed[name] = (door.passed_since(recovered) or math.inf) - recovered

    async def _settle(self) -> None:
        """Waits until nothing is on its way, if it ever is so; the tests judge what is found."""

        async def look() -> bool:
            self.outcome.account = await asyncio.to_thread(account, self.sirius)
            return self.outcome.account.adds_up()

        await _until(look, SETTLES_SECONDS)
        query = f'{{deployment_environment="{self.outage.name}"}}'
        before = self.outcome.account
        self.outcome.stored = len(await asyncio.to_thread(self.loki.entries, query, self.begun))
        # Being asked for the account may make a line, too.
        await _until(look, SETTLES_SECONDS)
        self.outcome.delivered_before = before.delivered

    async def _stop_while_failing(self, rate: float) -> None:
        async with self._visitors(rate):
            await asyncio.sleep(HEALTHY_SECONDS)
        for door in self.shut:
            await door.shut(self.outage.fault)
        async with self._visitors(rate):
            await asyncio.sleep(HEALTHY_SECONDS)
        begun = time.monotonic()
        await asyncio.to_thread(self.sirius.stop)
        self.outcome.stopped_after = time.monotonic() - begun

    @contextlib.asynccontextmanager
    async def _visitors(self, rate: float):  # noqa: ANN202 (an asynchronous context of Visitors)
        visitors = Visitors(self.sirius.address, REQUESTS, rate)
        visiting = asyncio.create_task(visitors.visit())
        try:
            yield visitors
        finally:
            visitors.leave()
            await visiting


async def _until(look: Callable[[], object], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        seen = look()
        if await seen if asyncio.iscoroutine(seen) else seen:
            return
        await asyncio.sleep(0.1)

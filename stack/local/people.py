"""People: requests at a steady rate in the background."""

import asyncio
import threading

from servers.visitors import Record, Visitors

from .stack import Stack

Requests = tuple[tuple[str, str], ...]


class People:
    """To every replica of a stack, as long as the context lasts."""

    def __init__(self, stack: Stack, requests: Requests, rate: float) -> None:
        """`rate` is that of the requests to each replica, in a second."""
        self.visitors = [Visitors(each.address, list(requests), rate) for each in stack.sirius]
        self.thread = threading.Thread(target=self._visit, daemon=True)

    def __enter__(self) -> "People":
        """They begin."""
        self.thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        """They end what they asked for, and leave."""
        for each in self.visitors:
            each.leave()
        self.thread.join()

    def records(self) -> list[Record]:
        """What they have met, at each replica."""
        return [each.record for each in self.visitors]

    def _visit(self) -> None:
        async def all_of_them() -> None:
            await asyncio.gather(*(each.visit() for each in self.visitors))

        asyncio.run(all_of_them())

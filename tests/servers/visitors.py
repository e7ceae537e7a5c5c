"""Visitors: clients that keep a service busy at a steady rate and note how it answers."""

import asyncio
import time
from dataclasses import dataclass, field

from .door import read_message

HOST = "Host: visitors\r\n"


@dataclass
class Record:
    """What visitors have met."""

    #: Seconds until each answer was whole.
    elapsed: list[float] = field(default_factory=list)
    #: What went wrong: the request and its status or exception.
    failures: list[str] = field(default_factory=list)

    def percentile(self, part: float) -> float:
        """Seconds within which this part of the requests was answered."""
        ordered = sorted(self.elapsed)
        return ordered[min(len(ordered) - 1, int(part * len(ordered)))]


class Visitors:
    """`clients` connections, which together send `rate` requests a second, each one as soon as it is due."""

    def __init__(
        self, address: tuple[str, int], requests: list[tuple[str, str]], rate: float, clients: int = 4
    ) -> None:
        """`requests` are methods and paths, which take turns."""
        self.address, self.requests, self.clients = address, requests, clients
        self.record = Record()
        self._pause = clients / rate
        self._over = False

    async def visit(self) -> None:
        """Goes on until `leave` is called."""
        await asyncio.gather(*(self._client(number) for number in range(self.clients)))

    def leave(self) -> None:
        """No more requests after those under way."""
        self._over = True

    async def _client(self, number: int) -> None:
        due = time.monotonic() + number * self._pause / self.clients
        turn, connection = number, None
        while not self._over:
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            due += self._pause
            method, path = self.requests[turn % len(self.requests)]
            turn += 1
            begun = time.monotonic()
            try:
                connection = connection or await asyncio.open_connection(*self.address)
                status, stays = await exchange(*connection, method, path)
                if not stays:
                    connection[1].close()
                    connection = None
            except (OSError, asyncio.IncompleteReadError) as error:
                connection, status = None, f"{type(error).__name__} {error}"
            self.record.elapsed.append(time.monotonic() - begun)
            if status not in (200, 201):
                self.record.failures.append(f"{method} {path}: {status}")
        if connection:
            connection[1].close()
            await connection[1].wait_closed()


async def ask(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    method: str,
    path: str,
    headers: str = HOST,
) -> int:
    """The status of the answer, which is read to its end. `headers` are lines, each with its end."""
    status, _ = await exchange(reader, writer, method, path, headers)
    return status


async def exchange(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    method: str,
    path: str,
    headers: str = HOST,
) -> tuple[int, bool]:
    """The same, and whether the connection may be used again."""
    length = "Content-Length: 0\r\n" if method == "POST" else ""
    writer.write(f"{method} {path} HTTP/1.1\r\n{length}{headers}\r\n".encode())
    await writer.drain()
    head, _ = await read_message(reader, bodiless=method == "HEAD")
    return int(head.split(b" ", 2)[1]), b"\r\nconnection: close" not in head.lower()

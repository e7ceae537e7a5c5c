"""A wire between a client and a real server: TCP that can be held, made slow, cut, and led to another server."""

import asyncio
import contextlib
import socket
import struct
import threading
from collections.abc import Callable

from .process import Failure

# Sends RST instead of FIN.
_NO_LINGER = struct.pack("ii", 1, 0)


class Wire:
    """Listens on `port` of 127.0.0.1 until the tests end. Any thread may do things to it."""

    def __init__(self, behind: int) -> None:
        """`behind` is the port of the server on this machine that it leads to."""
        self._behind = behind
        self._delay = 0.0
        self._connections: set[tuple[asyncio.StreamWriter, asyncio.StreamWriter]] = set()
        listens = threading.Event()
        threading.Thread(target=lambda: asyncio.run(self._listen(listens)), daemon=True).start()
        if not listens.wait(10):
            raise Failure("the wire to the server could not be laid")

    def hold(self) -> None:
        """Nothing gets through any more, and nobody is told: what a network does that has been cut in two."""
        self._do(lambda: self._whole.clear())

    def release(self) -> None:
        """Delivers everything that was held, however late, and holds nothing any more."""
        self._do(lambda: self._whole.set())

    def slow_down(self, seconds: float) -> None:
        """Whatever the server says comes this much later."""
        self._do(lambda: setattr(self, "_delay", seconds))

    def cut(self) -> None:
        """Resets every connection; new ones are taken."""
        self._do(self._reset)

    def lead_to(self, behind: int) -> None:
        """Leads to another server from now on, and what was connected to the one before is cut."""

        def move() -> None:
            self._behind = behind
            self._reset()

        self._do(move)

    def _do(self, change: Callable[[], None]) -> None:
        async def run() -> None:
            change()

        asyncio.run_coroutine_threadsafe(run(), self._loop).result(10)

    def _reset(self) -> None:
        for ends in self._connections:
            for end in ends:
                end.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
                end.transport.abort()

    async def _listen(self, listens: threading.Event) -> None:
        self._loop = asyncio.get_running_loop()
        self._whole = asyncio.Event()
        self._whole.set()
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        listens.set()
        await server.serve_forever()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self._whole.wait()
        try:
            inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", self._behind)
        except OSError:
            # As from a server that is not there.
            writer.transport.abort()
            return
        ends = (writer, inner_writer)
        self._connections.add(ends)
        await asyncio.gather(self._carry(reader, inner_writer, False), self._carry(inner_reader, writer, True))
        self._connections.discard(ends)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, is_answer: bool) -> None:
        underway: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()

        async def take() -> None:
            data = b"?"
            while data:
                try:
                    data = await reader.read(1 << 16)
                except OSError:
                    data = b""
                await underway.put((self._loop.time() + (self._delay if is_answer else 0), data))

        taking = asyncio.create_task(take())
        with contextlib.suppress(OSError):
            while True:
                due, data = await underway.get()
                await asyncio.sleep(max(0.0, due - self._loop.time()))
                await self._whole.wait()
                if not data:
                    break
                writer.write(data)
                await writer.drain()
        writer.close()
        await taking

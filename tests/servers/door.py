"""A door in front of a real HTTP server that can be shut in the ways in which servers fail.

It reads whole requests and lets them through one by one, so that from one request to the next it can refuse,
lie, hang, break off or be slow, on connections that were open before, too.
"""

import asyncio
import contextlib
import enum
import socket
import struct
import time

SLOW_SECONDS = 10
# Sends RST instead of FIN.
_NO_LINGER = struct.pack("ii", 1, 0)


class Fault(enum.Enum):
    """How a door is shut. The value says it in words."""

    NONE = "healthy"
    STOPPED = "stopped"
    ERRORS = "answering 500"
    LYING = "ready for all who ask, and answering 500 to all that it is given"
    HANGING = "accepting and never answering"
    RESETTING = "resetting connections"
    SLOW = "10 s slow"


class Door:
    """Listens on `address`."""

    def __init__(self, behind: tuple[str, int]) -> None:
        """`behind` is the server that it leads to."""
        self.behind = behind
        self.address: tuple[str, int] | None = None
        self.fault = Fault.NONE
        #: When requests with a body came that were let through, by the clock of `time.monotonic`.
        self.passed: list[float] = []
        self._listener: asyncio.Server | None = None
        self._connections: set[asyncio.Task] = set()
        self._changed = asyncio.Event()

    @property
    def url(self) -> str:
        """Of what is behind it."""
        return f"http://{self.address[0]}:{self.address[1]}"

    def passed_since(self, moment: float) -> float | None:
        """When the first request with a body came after a moment and was let through, if one was."""
        return next((at for at in self.passed if at > moment), None)

    async def build(self) -> None:
        """Opens the port."""
        host, port = self.address or ("127.0.0.1", 0)
        self._listener = await asyncio.start_server(self._serve, host, port, reuse_address=True)
        self.address = self._listener.sockets[0].getsockname()[:2]

    async def shut(self, fault: Fault) -> None:
        """Fails in one way from here on."""
        self._become(fault)
        if fault is Fault.STOPPED:
            await self.remove()

    async def open(self) -> None:
        """Lets everything through from here on; what hung until now is broken off."""
        was = self.fault
        self._become(Fault.NONE)
        if was is Fault.STOPPED:
            await self.build()

    async def remove(self) -> None:
        """Closes the port and every connection."""
        self._listener.close()
        for connection in self._connections:
            connection.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    def _become(self, fault: Fault) -> None:
        self.fault = fault
        self._changed.set()
        self._changed = asyncio.Event()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._connections.add(asyncio.current_task())
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            while await self._exchange(reader, writer):
                pass
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
        self._connections.discard(asyncio.current_task())

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """One request and its answer; whether another may follow."""
        head, body = await read_message(reader)
        came = time.monotonic()
        match self.fault:
            case Fault.ERRORS | Fault.LYING if body or self.fault is Fault.ERRORS:
                writer.write(b"HTTP/1.1 500 Internal Server Error\r\ncontent-length: 6\r\n\r\nbroken")
                await writer.drain()
                return True
            case Fault.HANGING:
                await self._changed.wait()
                return False
            case Fault.RESETTING:
                writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
                writer.transport.abort()
                return False
            case Fault.SLOW:
                await asyncio.sleep(SLOW_SECONDS)
        writer.write(await self._forward(head, body))
        await writer.drain()
        if body and self.fault is Fault.NONE:
            self.passed.append(came)
        return False

    async def _forward(self, head: bytes, body: bytes) -> bytes:
        """Everything that the server answers to the request."""
        lines = [line for line in head.split(b"\r\n") if not line.lower().startswith(_HOP_HEADERS) and line]
        lines += [b"Connection: close", b"Content-Length: %d" % len(body), b"", b""]
        reader, writer = await asyncio.open_connection(*self.behind)
        try:
            writer.write(b"\r\n".join(lines) + body)
            await writer.drain()
            return await reader.read(-1)
        finally:
            writer.close()


_HOP_HEADERS = (b"connection:", b"content-length:", b"transfer-encoding:", b"expect:")


async def read_message(reader: asyncio.StreamReader, bodiless: bool = False) -> tuple[bytes, bytes]:
    """The head of an HTTP/1.1 message and its body, of a known length or in chunks; HEAD has none."""
    head = await reader.readuntil(b"\r\n\r\n")
    if bodiless:
        return head, b""
    headers = head.lower()
    if b"\r\ntransfer-encoding: chunked" in headers:
        body = b""
        while size := int((await reader.readuntil(b"\r\n")).split(b";")[0], 16):
            body += (await reader.readexactly(size + 2))[:-2]
        await reader.readuntil(b"\r\n")
        return head, body
    length = 0
    if b"\r\ncontent-length:" in headers:
        length = int(headers.split(b"\r\ncontent-length:")[1].split(b"\r\n")[0])
    return head, await reader.readexactly(length)

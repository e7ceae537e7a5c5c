"""TLS in front of a server that does not speak it, with a certificate of an authority of the test's own."""

import asyncio
import contextlib
import ssl
import subprocess
import threading
from pathlib import Path
from urllib.parse import urlsplit

from .process import Failure


class Authority:
    """Signs for `localhost`. `certificate` is what those must know who are to trust it."""

    def __init__(self, folder: Path) -> None:
        """Keeps its files in the folder."""
        self.certificate, key = folder / "authority.pem", folder / "authority.key"
        self.chain, self.key = folder / "localhost.pem", folder / "localhost.key"
        request, extensions = folder / "localhost.csr", folder / "localhost.cnf"
        extensions.write_text("subjectAltName=DNS:localhost\nbasicConstraints=CA:FALSE\n")
        new = [
            "req",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:prime256v1",
            "-nodes",
        ]
        _openssl(
            *new,
            "-x509",
            "-days",
            "2",
            "-subj",
            "/CN=test authority",
            "-keyout",
            key,
            "-out",
            self.certificate,
        )
        _openssl(*new, "-subj", "/CN=localhost", "-keyout", self.key, "-out", request)
        signing = [
            "x509",
            "-req",
            "-days",
            "2",
            "-CA",
            self.certificate,
            "-CAkey",
            key,
            "-CAcreateserial",
        ]
        _openssl(*signing, "-in", request, "-extfile", extensions, "-out", self.chain)


class Terminator:
    """Speaks TLS on `port` of localhost, and plainly with the server behind it, byte for byte."""

    def __init__(self, authority: Authority, behind: str, protocol: str = "http/1.1") -> None:
        """`behind` is the server's URL, `protocol` what it speaks in ALPN's words. It is there until the tests end."""
        self._behind = urlsplit(behind)
        self._context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self._context.load_cert_chain(authority.chain, authority.key)
        self._context.set_alpn_protocols([protocol])
        listens = threading.Event()
        threading.Thread(target=lambda: asyncio.run(self._listen(listens)), daemon=True).start()
        if not listens.wait(10):
            raise Failure("TLS could not be put in front of the server")
        self.url = f"https://localhost:{self.port}"

    async def _listen(self, listens: threading.Event) -> None:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self._context)
        self.port = server.sockets[0].getsockname()[1]
        listens.set()
        await server.serve_forever()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner_reader, inner_writer = await asyncio.open_connection(self._behind.hostname, self._behind.port)
        await asyncio.gather(_copy(reader, inner_writer), _copy(inner_reader, writer))


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(1 << 16):
            writer.write(data)
            await writer.drain()
    writer.close()


def _openssl(*arguments: object) -> None:
    result = subprocess.run(["openssl", *map(str, arguments)], capture_output=True, text=True)
    if result.returncode:
        raise Failure(f"openssl {arguments[0]} failed: {result.stderr}")

"""Stands for Loki and for the collector: takes whatever is sent, at once, and forgets it."""

import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Sink(ThreadingHTTPServer):
    """Listens until Python ends."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Taking)
        #: What has come, by the path that it was sent to.
        self.bytes_by_path: Counter[str] = Counter()
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, *_: object) -> None:
        """Says nothing of clients that end without a word."""


class _Taking(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_any(self) -> None:
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            length = 0
            while piece := int(self.rfile.readline(), 16):
                self.rfile.read(piece + 2)
                length += piece
            self.rfile.readline()
        else:
            length = int(self.headers.get("Content-Length", 0))
            self.rfile.read(length)
        self.server.bytes_by_path[self.path] += length
        self.send_response_only(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_GET = do_POST = do_any

    def log_message(self, *_: object) -> None:
        """Says nothing."""

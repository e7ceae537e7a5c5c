"""A server between k6 and a real Sirius that is slow, or that lies: what a real one cannot be told to do."""

import http.client
import json
import re
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

#: Longer than any promise allows.
SLOW_SECONDS = 0.2
_PASSED_ON = ("Content-Type", "ETag", "Location")


@dataclass
class Answer:
    """What it is about to give to somebody who asked for a path."""

    path: str
    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> dict:
        """The body, which must be JSON."""
        return json.loads(self.body)

    def say(self, body: object) -> None:
        """Another body, as JSON."""
        self.body = json.dumps(body).encode()


class Between:
    """Passes requests on to `behind`, and answers as `bend` makes them, on `url` within a `with`."""

    def __init__(self, behind: tuple[str, int], bend: Callable[[Answer], None]) -> None:
        """`behind` is a host and a port."""
        address = behind

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            # Or each answer waits for the acknowledgement of its head.
            wbufsize = -1

            def do_GET(self) -> None:
                answer = _asked(address, self.command, self.path, self.headers)
                bend(answer)
                self.send_response(answer.status)
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                if answer.status != 304:
                    self.send_header("Content-Length", str(len(answer.body)))
                self.end_headers()
                self.wfile.write(answer.body)

            do_POST = do_GET

            def log_message(self, *_: object) -> None:
                """Nobody reads it."""

        self._server = _Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> "Between":
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    request_queue_size = 128

    def handle_error(self, *_: object) -> None:
        """k6 hangs up when its time is over, and nobody needs to know."""


def slow(answer: Answer) -> None:
    """Right, but late."""
    if answer.path != "/openapi.json":
        time.sleep(SLOW_SECONDS)


class SlowAfter:
    """Right, and from some request on much too late."""

    SECONDS = 3

    def __init__(self, requests: int) -> None:
        """How many are answered at once."""
        self.left = requests

    def __call__(self, answer: Answer) -> None:
        """Sleeps when its time has come."""
        self.left -= 1
        if self.left < 0:
            time.sleep(self.SECONDS)


def failing(answer: Answer) -> None:
    """What it is asked for fails; that it is a Sirius can be seen."""
    if answer.path != "/openapi.json":
        answer.status, answer.body = 503, b"{}"


class Walks:
    """Every walk comes past the image where it began."""

    def __init__(self) -> None:
        """Nobody has walked."""
        self.first: dict | None = None

    def __call__(self, answer: Answer) -> None:
        """Puts the first image into each step."""
        if "walk=true" in answer.path or "cursor=" in answer.path:
            page = answer.json()
            self.first = self.first or page["items"][0]
            answer.say({**page, "items": [self.first]})


def pictures(answer: Answer) -> None:
    """One byte of each picture is another."""
    if answer.headers.get("Content-Type", "").startswith("image/") and answer.body:
        answer.body = bytes([answer.body[0] ^ 1]) + answer.body[1:]


class Numbers:
    """Each two visitors in turn get one number."""

    def __init__(self) -> None:
        """The first number is the next."""
        self.visits = 0
        self.lock = threading.Lock()

    def __call__(self, answer: Answer) -> None:
        """Says another number."""
        if answer.path == "/api/v1/visits" and answer.status == 201:
            answer.say({**answer.json(), "number": self.next()})
        elif answer.path == "/":
            answer.body = re.sub(rb'data-number="\d+"', b'data-number="%d"' % self.next(), answer.body)

    def next(self) -> int:
        """Numbers grow, so that no user alone can see the lie."""
        with self.lock:
            self.visits += 1
            return 1 + self.visits // 2


def _asked(address: tuple[str, int], method: str, path: str, headers: Mapping[str, str]) -> Answer:
    """What the real one answers; unlike urllib, this follows no redirect."""
    passed_on = {name: headers[name] for name in ("Accept", "If-None-Match") if name in headers}
    connection = http.client.HTTPConnection(*address, timeout=30)
    try:
        connection.request(method, path, headers=passed_on)
        answer = connection.getresponse()
        kept = {name: answer.headers[name] for name in _PASSED_ON if answer.headers[name]}
        return Answer(path, answer.status, kept, answer.read())
    finally:
        connection.close()

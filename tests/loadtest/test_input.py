"""What a run cannot be is said in one sentence, and nothing is loaded."""

import json
import threading
import unittest
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from servers.process import free_ports, scratch_folder

from .support import Ended, loadtest

NOBODY = "http://127.0.0.1:9"


class Input(unittest.TestCase):
    """Bad variables, bad targets, bad thresholds."""

    def refused(self, *arguments: str, **settings: str) -> str:
        """The sentence, if it is one and nothing was done."""
        ended: Ended = loadtest(*arguments, **settings)
        self.assertEqual(ended.status, 2, ended.said + ended.complained)
        self.assertEqual(ended.said, "")
        self.assertIsNone(ended.folder)
        self.assertRegex(ended.complained, r"\A[^\n]+\.\n\Z")
        return ended.complained

    def test_no_target(self) -> None:
        self.assertIn("such as TARGET=http://127.0.0.1:8080", self.refused("smoke"))
        self.assertIn("TARGET is not set", self.refused("smoke", TARGET=""))

    def test_no_or_another_suite(self) -> None:
        self.assertIn("Name one suite: smoke, average", self.refused())
        self.assertIn("There is no suite 'load': there are smoke,", self.refused("load", TARGET=NOBODY))

    def test_a_target_that_may_not_be_loaded(self) -> None:
        for target in (
            "https://sirius.example",
            "http://192.0.2.1:8080",
            "http://[2001:db8::1]",
            "http://8.8.8.8",
        ):
            host = target.split("//")[1].removesuffix(":8080").strip("[]")
            self.assertIn(f"say so by ALLOW_TARGET={host}.", self.refused("smoke", TARGET=target))
        said = self.refused(
            "smoke", TARGET="http://127.0.0.1.example", ALLOW_TARGET="127.0.0.1,sirius.example"
        )
        self.assertIn("127.0.0.1.example, which is not this machine", said)
        said = self.refused("smoke", TARGET=NOBODY, ADMIN="http://sirius.example:8081")
        self.assertIn("ADMIN is on sirius.example", said)

    def test_a_target_that_is_allowed_is_asked(self) -> None:
        said = self.refused("smoke", TARGET="http://sirius.invalid", ALLOW_TARGET="other, sirius.invalid")
        self.assertIn("TARGET http://sirius.invalid does not answer", said)

    def test_a_target_that_is_no_origin(self) -> None:
        for target in (
            "127.0.0.1:8080",
            "ftp://127.0.0.1",
            "http://",
            "http://127.0.0.1:port",
            "http://127.0.0.1/api/v1",
            "http://me@127.0.0.1",
            "http://127.0.0.1?x=1",
            "http://[::1",
        ):
            self.assertIn(f"TARGET is '{target}': it must be http", self.refused("smoke", TARGET=target))

    def test_a_target_that_is_down(self) -> None:
        [port] = free_ports(1)
        target = f"http://127.0.0.1:{port}"
        self.assertIn(f"TARGET {target} does not answer", self.refused("smoke", TARGET=target))

    def test_a_target_that_is_no_sirius(self) -> None:
        other = json.dumps({"info": {"title": "Petstore"}}).encode()
        for status, body, why in (
            (404, b"", "it answers /openapi.json with 404"),
            (302, b"", "it answers /openapi.json with 302"),
            (200, b"<html>", "its /openapi.json is no OpenAPI document"),
            (200, b"[]", "its /openapi.json is no OpenAPI document"),
            (200, other, "not a Sirius but 'Petstore'"),
        ):
            with _Other(status, body) as target:
                self.assertIn(why, self.refused("smoke", TARGET=target))

    def test_bad_numbers(self) -> None:
        for name, value in (
            ("RATE", "many"),
            ("RATE", "0"),
            ("RATE", "nan"),
            ("USERS", "0"),
            ("TRACED", "2"),
        ):
            said = self.refused("smoke", TARGET=NOBODY, **{name: value})
            self.assertIn(f"{name} is '{value}': it must be a number from", said)
        for value in ("10", "0s", "1d", "-5m", "1.5h", "200h"):
            said = self.refused("smoke", TARGET=NOBODY, DURATION=value)
            self.assertIn(f"DURATION is '{value}': it must be a whole number with s, m or h", said)

    def test_what_would_make_k6_forget_the_suite(self) -> None:
        said = self.refused("smoke", TARGET=NOBODY, K6_DURATION="10s")
        self.assertIn("K6_DURATION would make k6 throw the suite's arrival rates away", said)

    def test_broken_thresholds(self) -> None:
        path = scratch_folder() / "thresholds.json"
        self.assertIn("cannot be read", self.refused("smoke", TARGET=NOBODY, THRESHOLDS=str(path)))
        for text in (
            "",
            "slos:",
            "[]",
            "{}",
            '{"objectives": []}',
            '{"objectives": [{}]}',
            '{"objectives": [{"name": "a", "title": "b", "objective": 99.9, "where": {}}]}',
            '{"objectives": [{"name": "a", "title": "b", "objective": "x", "where": {}}]}',
            '{"objectives": [{"name": "a", "title": "b", "objective": 0.9}]}',
        ):
            path.write_text(text)
            said = self.refused("smoke", TARGET=NOBODY, THRESHOLDS=str(path))
            self.assertIn("`make rules` writes them anew", said)

    def test_results_that_cannot_be_written(self) -> None:
        with _Other(200, json.dumps({"info": {"title": "Sirius"}}).encode()) as target:
            said = self.refused("smoke", TARGET=target, RESULTS="/dev/null/results")
            self.assertIn("The results cannot be written to /dev/null/results", said)


class _Other:
    """A server that answers everything alike."""

    def __init__(self, status: int, body: bytes) -> None:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(status)
                self.send_header("Location", "http://sirius.invalid/")
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Nobody reads it."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)

    def __enter__(self) -> str:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{self._server.server_port}"

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

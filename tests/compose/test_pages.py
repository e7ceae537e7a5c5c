"""The receiver of the stack in containers, as Alertmanager calls it."""

import contextlib
import io
import json
import threading
import unittest
from http.server import ThreadingHTTPServer

import pages
from servers.http import Response, ask


class Pages(unittest.TestCase):
    """What is shown of what comes."""

    def setUp(self) -> None:
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), pages.Pages)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.addCleanup(self.server.server_close)
        self.addCleanup(self.server.shutdown)

    def send(self, path: str, body: dict) -> tuple[Response, str]:
        """The answer, and what was shown."""
        url = f"http://127.0.0.1:{self.server.server_port}{path}"
        with contextlib.redirect_stdout(io.StringIO()) as shown:
            answer = ask(url, method="POST", headers={"Content-Type": "application/json"}, body=json.dumps(body).encode())
        return answer, shown.getvalue()

    def test_a_page_is_shown_with_what_to_do(self) -> None:
        alert = {
            "labels": {"alertname": "SiriusDown", "severity": "critical"},
            "annotations": {"summary": "People see nothing", "runbook_url": "R", "dashboard_url": "D"},
            "startsAt": "2026-11-21T12:34:56Z",
        }
        answer, shown = self.send("/webhook", {"status": "firing", "alerts": [alert]})
        self.assertEqual(answer.status, 200)
        for part in ("PAGE", "People see nothing", "SiriusDown", "12:34:56", "R", "D"):
            self.assertIn(part, shown)

    def test_others_are_answered_as_they_expect_and_not_shown(self) -> None:
        for path, status in [("/v2/enqueue", 202), ("/slack", 200), ("/dead-mans-switch", 200)]:
            with self.subTest(path):
                answer, shown = self.send(path, {"any": "thing"})
                self.assertEqual((answer.status, shown), (status, ""))

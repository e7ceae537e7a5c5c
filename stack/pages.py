"""Whom the Alertmanager of the stack in containers tells: takes what PagerDuty, Slack, a webhook and the dead-man's
switch would, and shows what came to the webhook as a phone would."""

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from local.page import on_a_phone

PORT = 8080


class Pages(BaseHTTPRequestHandler):
    """Says yes to everybody; PagerDuty's clients want a 202."""

    def do_GET(self) -> None:  # noqa: N802 (the base's)
        """Whether it is there."""
        self._answer(200)

    def do_POST(self) -> None:  # noqa: N802 (the base's)
        """Takes a notification."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.path == "/webhook":
            print(on_a_phone(json.loads(body)), flush=True)
        self._answer(202 if self.path == "/v2/enqueue" else 200)

    def _answer(self, status: int) -> None:
        answer = b'{"status": "success"}'
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_arguments: object) -> None:
        """The notifications are what is to be read here."""


if __name__ == "__main__":
    ThreadingHTTPServer(("0.0.0.0", PORT), Pages).serve_forever()  # noqa: S104 (inside a container)

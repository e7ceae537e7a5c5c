"""Who is told of alerts: an address for JSON, as PagerDuty, Slack and webhooks take it, and a mailbox."""

import email
import email.policy
import json
import socketserver
import threading
import time
from dataclasses import dataclass
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True)
class Received:
    """One notification."""

    #: By the clock of `time.time`.
    at: float
    path: str
    body: dict


class Receiver:
    """Takes every POST of JSON and keeps it."""

    def __init__(self) -> None:
        """Listens on a port of its own, until Python ends."""
        self.received: list[Received] = []
        keep = self.received.append

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:  # noqa: N802 (the base's)
                body = self.rfile.read(int(self.headers["Content-Length"]))
                keep(Received(time.time(), self.path, json.loads(body)))
                pagerduty = self.path.endswith("/v2/enqueue")
                # Anything else is tried again.
                answer = b'{"status": "success"}' if pagerduty else b"ok"
                self.send_response(202 if pagerduty else 200)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_arguments: object) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        self.url = f"http://127.0.0.1:{server.server_port}"
        threading.Thread(target=server.serve_forever, daemon=True).start()

    def at(self, path: str) -> list[Received]:
        """What came to one path."""
        return [each for each in self.received if each.path == path]


class Mailbox:
    """Speaks as much SMTP as it takes to be sent a mail, without TLS."""

    def __init__(self) -> None:
        """Listens on a port of its own, until Python ends."""
        self.mails: list[EmailMessage] = []
        keep = self.mails.append

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                self.say("220 mailbox")
                while line := self.rfile.readline():
                    match line.split()[0].upper() if line.split() else b"":
                        case b"DATA":
                            self.say("354 go on")
                            keep(email.message_from_bytes(self.body(), policy=email.policy.default))
                            self.say("250 kept")
                        case b"QUIT":
                            self.say("221 good-bye")
                            return
                        case _:
                            self.say("250 fine")

            def say(self, line: str) -> None:
                self.wfile.write(f"{line}\r\n".encode())

            def body(self) -> bytes:
                lines = []
                while (line := self.rfile.readline()) not in (b".\r\n", b""):
                    lines.append(line.removeprefix(b"."))
                return b"".join(lines)

        server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        self.address = f"127.0.0.1:{server.server_address[1]}"
        threading.Thread(target=server.serve_forever, daemon=True).start()

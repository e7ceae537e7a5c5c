"""Asking servers over HTTP, for tests that need an answer rather than speed."""

import json
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass

TIMEOUT_SECONDS = 10


@dataclass(frozen=True)
class Response:
    """What a server answered."""

    status: int
    #: Case does not count in their names.
    headers: object
    body: bytes

    def json(self) -> object:
        """The body, which must be JSON."""
        return json.loads(self.body)

    def text(self) -> str:
        """The body, which must be UTF-8."""
        return self.body.decode()


def ask(
    url: str,
    *,
    method: str = "GET",
    headers: dict[str, str] | None = None,
    body: bytes | None = None,
    **query: object,
) -> Response:
    """The answer, whatever its status. Raises OSError when there is none."""
    if query:
        url += "?" + urllib.parse.urlencode(query, doseq=True)
    request = urllib.request.Request(url, body, headers or {}, method=method)
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as answer:
            return Response(answer.status, answer.headers, answer.read())
    except urllib.error.HTTPError as answer:
        return Response(answer.code, answer.headers, answer.read())


def answers_ok(url: str) -> bool:
    """Whether there is an answer, and it is 200."""
    try:
        return ask(url).status == 200
    except OSError:
        return False

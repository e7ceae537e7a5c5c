"""Whether everyone answers as they should, before anything is measured."""

import json

from servers.process import Failure

from .services import Catalogue, Service
from .works import Work


def check(service: Service, work: Work, shown: Catalogue) -> None:
    """The same bytes, a right status, a visitor number that goes up. Raises Failure."""
    request = service.request(work)
    answers = [service.ask(request.path, method=work.method, headers=request.headers) for _ in range(2)]
    wrong = [each.status for each in answers if each.status != work.status]
    if wrong:
        raise Failure(f"{service.title} answers {work.method} {request.path} with {wrong[0]}, not {work.status}")
    first, second = (each.body for each in answers)
    match work.key:
        case "picture" | "large":
            held = first == second == (shown.site / request.path.lstrip("/")).read_bytes()
        case "known":
            held = first == b""
        case "random":
            held = _plain(json.loads(first)) in map(_plain, shown.images)
        case "page":
            held = b"<img" in first and first != second
        case "visit":
            held = json.loads(second)["number"] == json.loads(first)["number"] + 1
        case other:
            raise Failure(f"nobody knows what {other} should be answered")
    if not held:
        raise Failure(f"{service.title} answers {work.method} {request.path} with something else: {first[:200]!r}")


def _plain(image: dict) -> dict:
    """Each Sirius took the pictures at a time of its own."""
    return {**image, "created_at": None}

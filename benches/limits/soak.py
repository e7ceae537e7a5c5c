"""One rate for long, with a look at Sirius every second: what has grown?"""

import contextlib
import re
import threading

from peers.machine import Cores
from peers.services import Service
from runner import steady, watched
from servers.process import Failure

from . import pace
from .pace import Step

_EVERY_SECONDS = 1


def run(server: Service, rate: float, seconds: int, requests: list[str], cores: Cores) -> dict:
    """What was asked, what was answered, and what of Sirius is flat."""
    looks: list[watched.Look] = []
    ended = threading.Event()

    def look() -> None:
        while not ended.wait(_EVERY_SECONDS):
            with contextlib.suppress(OSError, ValueError):
                looks.append(watched.look(server.process.admin_url, server.process.process.pid, is_here=True))
            # An hour's lines would fill the disk.
            server.forget_lines()

    threading.Thread(target=look, daemon=True).start()
    paced = pace.run(server, [Step(rate, seconds)], requests, cores)
    ended.set()
    whole = paced.between(1, seconds)
    return {
        "rate": rate,
        "seconds": seconds,
        "answered": sum(each["good"] for each in paced.pieces),
        "refused": sum(each["refused"] for each in paced.pieces),
        "failed": sum(each["failed"] for each in paced.pieces),
        "good_p99_ms": sorted(each["good_p99_ms"] for each in whole)[len(whole) // 2],
        "steady": steady.judge(looks),
    }


def seconds(text: str) -> int:
    """Of a duration such as 60m. Raises Failure."""
    match = re.fullmatch(r"(\d+)(s|m|h)", text)
    if not match or int(match[1]) == 0:
        raise Failure(f"DURATION is {text!r}: it must be a whole number with s, m or h, such as 60m.")
    return int(match[1]) * {"s": 1, "m": 60, "h": 3600}[match[2]]

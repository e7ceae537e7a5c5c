"""Loading one or several Sirius with wrk."""

import json
import subprocess
from pathlib import Path

from servers.process import Failure
from servers.sirius import Sirius
from servers.tools import program

CONNECTIONS = 256
_SCRIPT = Path(__file__).parents[1] / "peers/wrk.lua"


def visits(on: list[Sirius], seconds: int, think_ms: float = 0, connections: int = CONNECTIONS) -> list[dict[str, float]]:
    """What each answered to its share of the connections: visits a `rate` in seconds, `p50_ms` and `p99_ms`."""
    share = max(1, connections // len(on))
    return requests([(each, None) for each in on], "POST", "/api/v1/visits", seconds, think_ms, share)


def requests(
    on: list[tuple[Sirius, int | None]], method: str, path: str, seconds: int, think_ms: float = 0, connections: int = 64
) -> list[dict[str, float]]:
    """The same for any request; with each Sirius goes the core for who asks it, if that matters."""
    asking = [
        subprocess.Popen(
            [
                *(["taskset", "--cpu-list", str(core)] if core is not None else []),
                *(program("wrk"), "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout=10s", "-s", _SCRIPT),
                *(each.url + path, "--", method, str(think_ms)),
            ],
            stdout=subprocess.PIPE,
            text=True,
        )
        for each, core in on
    ]
    return [_seen(each.communicate()[0]) for each in asking]


def _seen(output: str) -> dict[str, float]:
    lines = output.strip().splitlines()
    if not lines or not lines[-1].startswith("{"):
        raise Failure(f"wrk failed: {output}")
    seen = json.loads(lines[-1])
    if seen["failed"] or not seen["requests"]:
        raise Failure(f"{seen['failed']} requests of {seen['requests']} failed")
    return {
        "rate": seen["requests"] * 1e6 / seen["microseconds"],
        "p50_ms": seen["p50_us"] / 1000,
        "p99_ms": seen["p99_us"] / 1000,
    }

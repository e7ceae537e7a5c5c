"""Loading a service with wrk, and what that took of it.

wrk, because it is C and takes least of its own core for a request of all that Debian has, so that it can load servers
as quick as nginx. It asks again when it was answered (a closed loop); with a time to think in between, all services get
nearly the same load.
"""

import json
import shutil
import subprocess
from pathlib import Path

from servers.process import Failure

from . import machine
from .machine import Cores
from .services import Service
from .works import Work

_SCRIPT = Path(__file__).with_name("wrk.lua")


def measure(service: Service, work: Work, think_ms: int, seconds: int, cores: Cores) -> dict[str, float]:
    """One service at one work for some seconds. Raises Failure when an answer was wrong."""
    request = service.request(work)
    command = [_program(), "-t1", f"-c{work.connections}", f"-d{seconds}s", "--timeout=10s", "-s", str(_SCRIPT)]
    for name, value in request.headers.items():
        command += ["-H", f"{name}: {value}"]
    command += [service.url + request.path, "--", work.method, str(think_ms)]
    looks = [_Look(service, cores)]
    done = subprocess.run(cores.pinned(command, cores.client), capture_output=True, text=True)
    looks.append(_Look(service, cores))
    lines = done.stdout.strip().splitlines()
    if done.returncode or not lines or not lines[-1].startswith("{"):
        raise Failure(f"wrk failed with exit code {done.returncode}: {done.stdout}{done.stderr}")
    seen = json.loads(lines[-1])
    if seen["failed"] or not seen["requests"]:
        raise Failure(f"{service.title}, {work.title}: {seen['failed']} requests of {seen['requests']} failed")
    before, after = looks
    return {
        "requests": seen["requests"],
        "rate": seen["requests"] * 1e6 / seen["microseconds"],
        "bytes": seen["bytes"] * 1e6 / seen["microseconds"],
        "cpu_us": (after.cpu - before.cpu) * 1e6 / seen["requests"],
        "database_us": (after.database - before.database) * 1e6 / seen["requests"],
        "p50_ms": seen["p50_us"] / 1000,
        "p99_ms": seen["p99_us"] / 1000,
        "p999_ms": seen["p999_us"] / 1000,
        "memory_mb": service.memory_bytes() / 2**20,
        "client_idle": machine.idle_share(before.client, after.client),
        "server_idle": machine.idle_share(before.server, after.server),
    }


class _Look:
    """What had been used up until now."""

    def __init__(self, service: Service, cores: Cores) -> None:
        self.cpu, self.database = service.cpu_seconds(), service.database_seconds()
        self.client, self.server = machine.core_ticks(cores.client), machine.core_ticks(cores.server)


def _program() -> str:
    found = shutil.which("wrk")
    if found is None:
        raise Failure("wrk is not installed: run tools/setup peers.")
    return found

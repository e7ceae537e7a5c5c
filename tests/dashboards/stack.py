"""A Sirius under a short load, a Prometheus that has the rules, a Loki and a Jaeger, for the tests of queries."""

import contextlib
import functools
import sqlite3
import subprocess
import sys
import threading
import time

from servers import k6
from servers.observed import Observed, start
from servers.process import scratch_folder
from servers.tools import REPOSITORY

from telemetry.settings import telemetry

LOAD_SECONDS = 10
PEOPLE_PER_SECOND = 10
#: How many times shorter the windows of the rules are, so that those of hours have something to say.
FACTOR = 20
#: Somebody else writes to the database: for so long that visits are slow, and for so long that they fail, three times
#: over, because Sirius waits for 3 s.
SLOW_SECONDS, FAILING_SECONDS = 0.3, 10
_BEGUN: list[float] = []


def stack() -> Observed:
    """The servers after the load; started by the first who asks. What went wrong then goes wrong for all."""
    started = _started()
    if isinstance(started, Exception):
        raise started
    return started


@functools.cache
def _started() -> Observed | Exception:
    try:
        return _start()
    except Exception as error:  # noqa: BLE001 (each test says it)
        return error


def _start() -> Observed:
    rules = scratch_folder() / "rules"
    generate = [sys.executable, "-m", "generate", "--factor", str(FACTOR), "--output", rules]
    subprocess.run(generate, cwd=REPOSITORY, check=True)
    settings = functools.partial(telemetry, OTEL_TRACES_SAMPLER_ARG="1")
    observed = start(settings, {"rule_files": [f"{rules}/*.yaml"]})
    _use(observed)
    _disturb(observed)
    return observed


@functools.cache
def begun() -> float:
    """When the load began, in seconds of the Unix epoch."""
    stack()
    return _BEGUN[0]


def _use(observed: Observed) -> None:
    """What people do, and what nobody should."""
    _BEGUN.append(time.time())
    _change_log_level(observed)
    script = REPOSITORY / "stack/k6.js"
    address = {"TARGET": observed.sirius.url, "RATE": str(PEOPLE_PER_SECOND), "DURATION": f"{LOAD_SECONDS}s"}
    k6.run(script, observed.prometheus.url, "dashboards", **address)
    for path in ("/nowhere", "/images", "/statistics", "/api/v1/tags"):
        observed.sirius.ask(path)
    # A second time, because Prometheus sees no increase in the first.
    _change_log_level(observed)


def _disturb(observed: Observed) -> None:
    """An incident: another program writes to the database, now and then, and then does not stop."""
    visiting = threading.Event()
    visitors = [threading.Thread(target=_visit, args=(observed, visiting), daemon=True) for _ in range(8)]
    for visitor in visitors:
        visitor.start()
    with contextlib.closing(sqlite3.connect(observed.sirius.data / "sirius.db", isolation_level=None)) as other:
        for seconds in [*(10 * [SLOW_SECONDS]), FAILING_SECONDS]:
            other.execute("BEGIN IMMEDIATE")
            time.sleep(seconds)
            other.execute("ROLLBACK")
            time.sleep(0.1)
    visiting.set()
    for visitor in visitors:
        visitor.join()


def _visit(observed: Observed, over: threading.Event) -> None:
    while not over.is_set():
        observed.sirius.ask("/api/v1/visits", method="POST")
        time.sleep(0.05)


def _change_log_level(observed: Observed) -> None:
    """The only request with a body."""
    json = {"Content-Type": "application/json"}
    body = b'{"filter": "info", "expires_in_seconds": 60}'
    observed.sirius.ask_admin("/log-level", method="PUT", headers=json, body=body)

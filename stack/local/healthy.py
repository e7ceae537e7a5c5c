"""`make healthy-hour`: an hour of people and no incident, with the rules and times of earnest; nobody may be told anything.

What there is to tell at its end: how many requests, how they were answered, how busy the machine was, and every alert that was
pending or firing meanwhile. It fails when anybody was told of one.
"""

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

from servers.process import Failure, leave_on_signals, wait_for

from .page import on_a_phone
from .people import People
from .stack import Stack

#: What people do, and in what proportion; the page counts a visit, too.
REQUESTS = (
    ("GET", "/"),
    *(6 * (("GET", "/api/v1/images/random"),)),
    ("POST", "/api/v1/visits"),
    ("GET", "/images"),
    ("GET", "/statistics"),
)
LOOK_SECONDS = 15
STATES = 'count by (alertname, alertstate) (ALERTS{alertname!="Watchdog"})'


def main() -> int:
    """Runs for as long as was asked for."""
    parser = argparse.ArgumentParser(prog="make healthy-hour", description=__doc__)
    parser.add_argument("--minutes", type=float, default=60, help="how long people ask")
    parser.add_argument("--rate", type=float, default=50, help="requests a second")
    parser.add_argument("--offset", type=int, default=0, help="a number that is added to every port")
    options = parser.parse_args()
    leave_on_signals()
    with tempfile.TemporaryDirectory(prefix="sirius-healthy-") as folder:
        stack = None
        try:
            stack = Stack(Path(folder), offset=options.offset)
            stack.start()
            return 0 if _watched(stack, options) else 1
        except Failure as failure:
            print(failure, file=sys.stderr)
            return 1
        finally:
            for server in stack.servers() if stack else []:
                server.kill()


def _watched(stack: Stack, options: argparse.Namespace) -> bool:
    wait_for("Prometheus to see Sirius", 60, lambda: stack.prometheus.query('up{job="sirius"} == 1'))
    begun, seen, loads = time.time(), set(), []
    minutes, rate = options.minutes, options.rate
    print(f"{minutes:g} minutes at {rate:g} requests a second, from {_clock()} UTC.", flush=True)
    with People(stack, REQUESTS, rate) as people:
        while (left := begun + minutes * 60 - time.time()) > 0:
            time.sleep(min(LOOK_SECONDS, left))
            loads.append(os.getloadavg()[0])
            for row in stack.prometheus.query(STATES):
                state = (row["metric"]["alertname"], row["metric"]["alertstate"])
                if state not in seen:
                    print(f"    {_clock()}  {state[0]} is {state[1]}", flush=True)
                seen.add(state)
    [record] = people.records()
    asked = len(record.elapsed)
    print(f"    {asked} requests in {time.time() - begun:.0f} s, {len(record.failures)} not answered with 200 or 201")
    for part in (0.5, 0.99):
        print(f"    {part:.0%} of them within {1000 * record.percentile(part):.0f} ms, as those who asked saw it")
    print(f"    load of the machine ({os.cpu_count()} cores): {min(loads):.1f} to {max(loads):.1f}")
    told = [each.body for each in stack.receiver.at("/webhook")]
    for body in told:
        print(on_a_phone(body))
    switched = len(stack.receiver.at("/dead-mans-switch"))
    print(f"    told of alerts: {len(told)} times; the dead-man's switch was called {switched} times")
    return not told


def _clock() -> str:
    return time.strftime("%H:%M:%S", time.gmtime())


if __name__ == "__main__":
    sys.exit(main())

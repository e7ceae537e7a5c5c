"""`make breakpoint`, `make bench-overload`, `make soak`: python -m limits breakpoint|overload|soak

Variables: RATE and DURATION of soak (otherwise 70 % of the knee that was measured last, for 60 minutes) and of
breakpoint, TARGET and ADMIN of a Sirius that runs already (breakpoint), SERVER_CORE (0), CLIENT_CORE (1), TEST_BINARY,
PACE_BINARY, KEEP=no (figures are only shown).
"""

import json
import os
import subprocess
import sys
from functools import partial
from pathlib import Path

import record
from peers import machine
from peers.machine import Cores
from runner.settings import FOLDER
from servers.process import Failure, leave_on_signals, scratch_folder

from . import disk, knee, overload, pace, pages, server, soak

VISITS = ["POST /api/v1/visits"]
FSYNC_MS = 2


def main(arguments: list[str]) -> int:
    """Ends with 0 when all that has to hold holds, 1 when not or when nothing could be measured."""
    leave_on_signals()
    try:
        cores = machine.cores()
        match arguments:
            case ["breakpoint"]:
                return search(cores)
            case ["overload"]:
                return overloaded(cores)
            case ["soak"]:
                return soaked(cores)
    except (Failure, OSError) as failure:
        print(failure, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    print(__doc__, file=sys.stderr)
    return 2


def search(cores: Cores) -> int:
    """k6's suite of that name, against a Sirius of its own unless TARGET names one."""
    command = [FOLDER / "run", "breakpoint"]
    if os.environ.get("TARGET"):
        return subprocess.run(command).returncode
    os.sched_setaffinity(0, {cores.client})
    sirius = server.started(scratch_folder(), cores)
    results = Path(os.environ.get("RESULTS") or FOLDER / "results")
    before = set(results.glob("*/outcome.json"))
    env = {**os.environ, "TARGET": sirius.url, "ADMIN": sirius.process.admin_url}
    status = subprocess.run(command, env=env).returncode
    outcomes = sorted(set(results.glob("*/outcome.json")) - before)
    if status == 0 and outcomes and record.is_kept():
        found = json.loads(outcomes[-1].read_text())
        record.keep("breakpoint", {**found["search"], "requests": found["load"]["requests"]})
        pages.write()
    return status


def overloaded(cores: Cores) -> int:
    """1.3 times the knee of everything, and three times that of visits on a slow disk."""
    found = {}
    slow = disk.slow(scratch_folder(), FSYNC_MS)
    for name, requests, variables, times, goodput in (
        ("mix", knee.MIX, {}, 1.3, 0.8),
        ("visits", VISITS, {}, 1.3, 0.8),
        ("visits, slow disk", VISITS, slow, 3, 0.9),
    ):
        print(f"{name}: looking for the knee", file=sys.stderr)
        os.sched_setaffinity(0, {cores.client})
        sirius = server.started(scratch_folder(), cores, variables)
        run = partial(_run, sirius, requests, cores)
        bent = knee.found(run)
        if not bent.rate:
            raise Failure(f"{name}: not even {knee.FIRST} requests a second were answered in time.")
        print(f"{name}: {bent.rate:,.0f} a second; now {times} times as many", file=sys.stderr)
        rounds = [run(overload.steps(bent, times)) for _ in range(overload.ROUNDS)]
        found[name] = overload.judge(rounds, bent, times, goodput)
        found[name]["memory_mb"] = sirius.memory_bytes() / 2**20
        sirius.process.stop()
    made = {"cases": found, "fsync_ms": FSYNC_MS}
    if record.is_kept():
        record.keep("overload", made)
        pages.write()
    print(pages.overload(made))
    return 0 if all(all(each["kept"].values()) for each in found.values()) else 1


def soaked(cores: Cores) -> int:
    """70 % of the knee for an hour."""
    given = os.environ.get("RATE")
    kept = record.read().get("overload")
    if not given and not kept:
        raise Failure("No knee has been measured: run make bench-overload before, or set RATE.")
    rate = float(given) if given else 0.7 * kept["cases"]["mix"]["knee"]
    seconds = soak.seconds(os.environ.get("DURATION") or "60m")
    os.sched_setaffinity(0, {cores.client})
    sirius = server.started(scratch_folder(), cores)
    before = machine.cpu_seconds(sirius.process.process.pid)
    found = soak.run(sirius, rate, seconds, knee.MIX, cores)
    found["cores"] = (machine.cpu_seconds(sirius.process.process.pid) - before) / seconds
    if not given and record.is_kept():
        record.keep("soak", found)
        pages.write()
    print(pages.soak(found))
    if not found["steady"]:
        print("Too short to say what grows: give it a DURATION of a minute or more.", file=sys.stderr)
    return 0 if found["steady"] and all(each["is_flat"] for each in found["steady"]) else 1


def _run(sirius: server.Service, requests: list[str], cores: Cores, steps: list[pace.Step]) -> pace.Paced:
    return pace.run(sirius, steps, requests, cores)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

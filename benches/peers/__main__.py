"""`make bench-peers`: everything side by side, in turns.

Variables: ROUNDS (5), SECONDS of each measurement (2), WORKS and PEERS (some of them, with commas; then nothing is
written), KEEP=no (nothing is written), SERVER_CORE (0), CLIENT_CORE (1), TEST_BINARY (the Sirius) and BARE_BINARY.
BEFORE is another Sirius that is measured beside it: then nothing is written, and the end is 1 when the new one is slower.
OUTPUT is a file for all figures, as JSON.
"""

import json
import os
import sys
from collections import defaultdict
from pathlib import Path

import record
from servers.mariadb import MariaDb
from servers.process import Failure, leave_on_signals, scratch_folder

from . import figures, load, machine, pages, pictures, right, services, slower
from .machine import Cores
from .services import Catalogue, Service
from .sink import Sink
from .works import (
    BEFORE,
    FLASK,
    HYPER,
    NGINX,
    NGINX_BUFFERED,
    PEERS,
    POEM,
    SIRIUS,
    SIRIUS_MARIADB,
    SIRIUS_OFF,
    TITLES,
    WORKS,
    Work,
    with_before,
)

OFF = {"SIRIUS_METRICS__ENABLED": "false", "SIRIUS_LOG__REQUESTS": "none"}
# Before its first round, for each.
WARM_UP_SECONDS = 1


def main() -> int:
    """Ends with 0 when it has measured, whatever that was."""
    leave_on_signals()
    rounds, seconds = _number("ROUNDS", 5, least=1), _number("SECONDS", 2, least=1)
    works = [each for each in WORKS if each.key in _chosen("WORKS", [each.key for each in WORKS])]
    peers, before = _chosen("PEERS", list(PEERS)), os.environ.get("BEFORE") or ""
    if before:
        works = [with_before(each) for each in works]
        peers += [BEFORE[key] for key in peers if key in BEFORE]
    try:
        if before and not os.access(before, os.X_OK):
            raise Failure(f"BEFORE is {before}, which is not a program: build it first.")
        cores = machine.cores()
        # This process, what it starts without saying where, and what stands for Loki are on the client's side.
        os.sched_setaffinity(0, {cores.client})
        shown, running = start({key for each in works for key in each.services if key in peers}, cores)
        measured = measure(works, running, shown, rounds, seconds, cores)
    except (Failure, OSError) as failure:
        print(failure, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    told = {"rounds": rounds, "seconds": seconds}
    found = pages.found(told, figures.summed(measured), figures.judged(measured))
    compared = slower.compared(works, measured)
    print(pages.text(found))
    if output := os.environ.get("OUTPUT"):
        Path(output).write_text(json.dumps({**found, "compared": compared}, indent=1) + "\n")
    if before:
        print(slower.text(compared))
        return int(slower.is_slower(compared))
    if record.is_kept() and len(works) == len(WORKS) and len(peers) == len(PEERS):
        pages.write(found)
    return 0


def start(wanted: set[str], cores: Cores) -> tuple[Catalogue, dict[str, Service]]:
    """Starts those who are wanted; the first Sirius is always there, because the others serve what it has."""
    print(f"starting {', '.join(TITLES[key] for key in TITLES if key in wanted | {SIRIUS})}", file=sys.stderr)
    folder, sink = scratch_folder(), Sink()
    observed = {"SIRIUS_TRACES__ENDPOINT": sink.url, "SIRIUS_LOKI__URL": sink.url}
    drawn = folder / "pictures"
    pictures.write(drawn)
    first = services.sirius(SIRIUS, folder, drawn, cores, observed)
    shown = services.catalogue(folder, first)
    running = [first]
    if SIRIUS_OFF in wanted:
        running.append(services.sirius(SIRIUS_OFF, folder, drawn, cores, OFF))
    program = Path(os.environ.get("BARE_BINARY") or "target/release/bare")
    running += [services.bare(key, shown, cores, program) for key in (HYPER, POEM) if key in wanted]
    if wanted & {NGINX, NGINX_BUFFERED}:
        running += services.nginx((NGINX, NGINX_BUFFERED), shown, cores)
    if wanted & {SIRIUS_MARIADB, FLASK}:
        database = MariaDb(folder)
        database.command = cores.pinned(database.command, cores.server)
        database.start()
        if SIRIUS_MARIADB in wanted:
            running.append(services.sirius(SIRIUS_MARIADB, folder, drawn, cores, observed, database))
        if FLASK in wanted:
            database.query("CREATE DATABASE flask")
            running.append(services.flask(FLASK, shown, cores, database))
    for key, old in BEFORE.items():
        if old in wanted:
            its = database if key == SIRIUS_MARIADB else None
            program = Path(os.environ["BEFORE"]).resolve()
            running.append(services.sirius(old, folder, drawn, cores, observed, its, program=program))
    for each in running:
        each.ids = shown.ids
    return shown, {each.key: each for each in running}


def measure(
    works: list[Work], running: dict[str, Service], shown: Catalogue, rounds: int, seconds: int, cores: Cores
) -> figures.Rounds:
    """Everyone's figures of each round, in turns. Raises Failure."""
    turns = [
        (work, running[key], pace)
        for work in works
        for key in work.services
        if key in running
        for pace in ("same", "full")
        if pace == "full" or work.think_ms is not None
    ]
    for work, service, pace in turns:
        if pace == "full":
            right.check(service, work, shown)
            load.measure(service, work, 0, WARM_UP_SECONDS, cores)
    measured: figures.Rounds = defaultdict(list)
    for number in range(rounds):
        print(f"round {number + 1} of {rounds}", file=sys.stderr)
        # Each other round the other way round: nobody is always the one who comes after the slowest.
        for work, service, pace in turns if number % 2 == 0 else turns[::-1]:
            think_ms = (work.think_ms or 0) if pace == "same" else 0
            measured[work.key, service.key, pace].append(load.measure(service, work, think_ms, seconds, cores))
            service.forget_lines()
    return {key: measured[key] for key in ((work.key, service.key, pace) for work, service, pace in turns)}


def _number(variable: str, default: int, least: int) -> int:
    """A whole number. Raises SystemExit with a sentence."""
    value = os.environ.get(variable) or str(default)
    if not value.isdecimal() or int(value) < least:
        print(f"{variable} is {value}; it may be a whole number from {least}.", file=sys.stderr)
        raise SystemExit(2)
    return int(value)


def _chosen(variable: str, known: list[str]) -> list[str]:
    """Some of what is known. Raises SystemExit with a sentence."""
    chosen = [each for each in os.environ.get(variable, "").split(",") if each]
    for each in chosen:
        if each not in known:
            print(f"{variable} has {each}; it may have {', '.join(known)}.", file=sys.stderr)
            raise SystemExit(2)
    return chosen or known


if __name__ == "__main__":
    sys.exit(main())

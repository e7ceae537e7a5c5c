"""`make bench-capacity` and `make capacity`: python -m capacity measure | write | with NAME=VALUE...

`measure` takes the points and writes docs/capacity.md, `write` only writes it, `with` prints the worksheet for other
assumptions, and for rate=N requests a second. ROUNDS (3), SECONDS (3), SERVER_CORE (0), CLIENT_CORE (1), KEEP=no.
"""

import os
import sys
from dataclasses import fields, replace

import record
from peers import machine
from servers.process import Failure, leave_on_signals, scratch_folder

from . import measure, pages
from .model import Assumptions


def main(arguments: list[str]) -> int:
    """Ends with 0 when all is well, 2 when it was told something wrong."""
    match arguments:
        case ["measure"]:
            return _measured()
        case ["write"]:
            pages.write()
            return 0
        case ["with", *given]:
            return _worksheet(given)
    print(__doc__, file=sys.stderr)
    return 2


def _measured() -> int:
    leave_on_signals()
    rounds, seconds = int(os.environ.get("ROUNDS") or 3), int(os.environ.get("SECONDS") or 3)
    try:
        cores = machine.cores()
        os.sched_setaffinity(0, {cores.client})
        found = measure.everything(scratch_folder(), cores, rounds, seconds)
    except (Failure, OSError) as failure:
        print(failure, file=sys.stderr)
        return 1
    if record.is_kept():
        record.keep("capacity", found)
        pages.write()
    shown = {"at": "now", "commit": "this", "machine": record.machine(), **found}
    print(pages.text({**record.read(), "capacity": shown}))
    return 0


def _worksheet(given: list[str]) -> int:
    found = pages.points(record.read())
    if not found:
        print("Nothing has been measured yet: run make bench-capacity.", file=sys.stderr)
        return 2
    try:
        told = {name: float(value) for name, _, value in (each.partition("=") for each in given)}
    except ValueError as error:
        print(f"Write it as NAME=NUMBER: {error}.", file=sys.stderr)
        return 2
    rates = (told.pop("rate"),) if "rate" in told else pages.RATES
    known = {each.name for each in fields(Assumptions)}
    if unknown := sorted(told.keys() - known):
        print(f"There is no {unknown[0]}: there are rate, {', '.join(sorted(known))}.", file=sys.stderr)
        return 2
    assumed = replace(Assumptions(), **told)
    print(pages.worksheet(found, assumed, rates))
    print(pages.assumptions(assumed), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

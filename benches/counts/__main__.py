"""`make bench-databases`: everything, in turns, and into docs/benchmarks.md.

Variables: ROUNDS (9) and SECONDS (2) of each measurement (at half the load three times the rounds, of a second each),
IMAGES (1000000), DATABASES (sqlite,mariadb,postgres) and PARTS (all of counting,slow,replicas,years,reads); with other than
these nothing is written.
"""

import os
import statistics
import sys
from pathlib import Path

from servers.process import Failure, leave_on_signals

from . import counting, pages, reads, replicas, years
from .served import TITLES, Bench

PARTS = {
    "counting": counting.beside_a_counter,
    "slow": counting.on_slow_disks,
    "replicas": replicas.measure,
    "years": years.measure,
    "reads": reads.measure,
}
DEFAULTS = {"ROUNDS": "9", "SECONDS": "2", "IMAGES": "1000000", "DATABASES": ",".join(TITLES), "PARTS": ",".join(PARTS)}


def main() -> int:
    """Ends with 0 when it has measured, whatever that was."""
    leave_on_signals()
    chosen = {name: os.environ.get(name) or default for name, default in DEFAULTS.items()}
    bench = Bench(Path(os.environ["TEST_BINARY"]).resolve(), Path(os.environ["BARE_BINARY"]).resolve())
    found: dict = {"rounds": int(chosen["ROUNDS"]), "seconds": int(chosen["SECONDS"]), "images": int(chosen["IMAGES"])}
    databases = [key for key in TITLES if key in chosen["DATABASES"].split(",")]
    try:
        for name in chosen["PARTS"].split(","):
            print(f"measuring: {name}", file=sys.stderr)
            found[name] = PARTS[name](bench, databases, found)
    except (Failure, OSError, statistics.StatisticsError) as failure:
        print(failure, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    print(pages.text(found))
    if chosen == DEFAULTS:
        pages.write(found)
    return 0


if __name__ == "__main__":
    sys.exit(main())

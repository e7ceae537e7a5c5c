"""`make stack`: starts all, says where to look, and stops all with one Ctrl-C."""

import argparse
import sys
import tempfile
import time
from pathlib import Path

from servers.process import Failure, leave_on_signals

from .page import on_a_phone
from .stack import Stack


def main() -> int:
    """Runs until Ctrl-C."""
    parser = argparse.ArgumentParser(prog="make stack", description=__doc__)
    parser.add_argument(
        "--data", type=Path, help="a folder that stays; otherwise what is written goes at the end"
    )
    parser.add_argument("--offset", type=int, default=0, help="a number that is added to every port")
    parser.add_argument(
        "--replicas", type=int, choices=(1, 2), default=1, help="how many Sirius, each with data of its own"
    )
    parser.add_argument(
        "--factor", type=float, default=1, help="how many times shorter the times of alerts are"
    )
    options = parser.parse_args()
    leave_on_signals()
    with tempfile.TemporaryDirectory(prefix="sirius-stack-") as scratch:
        folder = (options.data or Path(scratch)).resolve()
        folder.mkdir(parents=True, exist_ok=True)
        try:
            return _run(Stack(folder, options.factor, options.offset, options.replicas))
        except Failure as failure:
            print(failure, file=sys.stderr)
            return 1


def _run(stack: Stack) -> int:
    print(
        "Starting Loki, Jaeger, Alertmanager, the blackbox exporter, Sirius and Prometheus; Loki takes about half a minute.",
        flush=True,
    )
    try:
        stack.start()
        print()
        for name, address in stack.addresses().items():
            print(f"    {name:<18} {address}")
        print(f"\n  To break something on purpose (docs/drills.md): Authorization: Bearer {stack.token}")
        print("\n  What Alertmanager sends is shown here. Ctrl-C stops all.\n", flush=True)
        told = 0
        while True:
            pages = stack.receiver.at("/webhook")
            for page in pages[told:]:
                print(on_a_phone(page.body), flush=True)
            told = len(pages)
            time.sleep(0.5)
    except KeyboardInterrupt:
        print("\nStopping.", flush=True)
        stack.stop()
        return 0


if __name__ == "__main__":
    sys.exit(main())

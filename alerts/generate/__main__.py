"""The command line of `make rules`."""

import argparse
import dataclasses
import sys
from pathlib import Path

from . import burn, causes, monitor, output
from .catalogue import REPOSITORY, read as read_catalogue
from .definition import PATH, Definition, Wrong, read
from .durations import Clock, seconds

RULES = REPOSITORY / "alerts/rules"


def main() -> int:
    """Writes alerts/rules, or what the options say."""
    options = _options()
    try:
        definition = read(read_catalogue(), options.definition)
        definition = dataclasses.replace(
            definition,
            grafana=(options.grafana or definition.grafana).rstrip("/"),
            runbooks=(options.runbooks or definition.runbooks).rstrip("/"),
        )
        files = rule_files(definition, _clock(definition, options.factor))
    except Wrong as wrong:
        print(
            f"{len(wrong.errors)} mistakes in the definition of the alerts:",
            *wrong.errors,
            sep="\n  ",
            file=sys.stderr,
        )
        return 1
    options.output.mkdir(parents=True, exist_ok=True)
    for path in set(options.output.glob("*.yaml")) - {options.output / name for name in files}:
        if path.read_text().startswith(output.MARK):
            path.unlink()
    for name, text in files.items():
        (options.output / name).write_text(text)
    return 0


def rule_files(definition: Definition, clock: Clock) -> dict[str, str]:
    """The text of each rule file, by its name."""
    files = {
        "slo.yaml": output.rule_file(burn.groups(definition, clock), "alerts/slo.yaml"),
        "monitor.json": monitor.text(definition, clock),
    }
    for path in sorted(causes.FOLDER.glob("*.yaml")):
        files[path.name] = output.rule_file(
            causes.groups(definition, clock, path), f"alerts/causes/{path.name}"
        )
    return files


def _clock(definition: Definition, factor: float) -> Clock:
    """Time for a drill; the shortest window must still hold four scrapes, which can be a second apart."""
    shortest = seconds(definition.windows[0])
    if not 1 <= factor <= shortest / 4:
        raise Wrong(
            [
                f"--factor: {factor:g} is not allowed: from 1 to {shortest / 4:g}, so that {definition.windows[0]} holds four scrapes"
            ]
        )
    return Clock(factor)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="make rules", description="Makes the rules of Prometheus from their definition."
    )
    parser.add_argument("--definition", type=Path, default=PATH, help="another slo.yaml")
    parser.add_argument("--output", type=Path, default=RULES, help="the folder to write")
    parser.add_argument("--grafana", help="where Grafana is, for the links of alerts")
    parser.add_argument("--runbooks", help="where the folder docs/runbooks is, for the links of alerts")
    parser.add_argument(
        "--factor", type=float, default=1, help="how many times shorter all times are, for drills"
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())

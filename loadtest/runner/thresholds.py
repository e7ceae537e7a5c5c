"""Makes thresholds.json of alerts/slo.yaml; run by `make rules`.

The only part that needs more than Python's own library, and so what k6 reads is committed. A test fails when it is not
what the definition says.
"""

import json
import sys
from pathlib import Path

import yaml

from generate import catalogue, definition

from .settings import FOLDER

PATH = FOLDER / "thresholds.json"
# What k6 sees, too, with all its labels.
_REQUESTS = "http_server_request_duration_seconds"


def text(path: Path = definition.PATH) -> str:
    """What the file is to hold. Raises definition.Wrong with all that is wrong with the definition."""
    definition.read(catalogue.read(), path)
    raw = yaml.safe_load(path.read_text())
    objectives = [_objective(slo) for slo in raw["slos"]]
    return json.dumps({"from": "alerts/slo.yaml, by make rules", "objectives": objectives}, indent=2) + "\n"


def _objective(slo: dict) -> dict:
    indicator = slo["indicator"]
    made = {key: slo[key] for key in ("name", "title", "objective")} | {"where": _labels(indicator, "where")}
    if "gauge" in indicator:
        return made | {key: indicator[key] for key in ("gauge", "above")}
    if indicator["histogram"] != _REQUESTS:
        place = f"slos.{slo['name']}.indicator.histogram"
        raise definition.Wrong([f"{place}: load tests see no other histogram than {_REQUESTS}"])
    if "bad" in indicator:
        return made | {"bad": _labels(indicator, "bad")}
    return made | {"slower_than_seconds": indicator["slower_than"]}


def _labels(indicator: dict, key: str) -> dict:
    return {label: _matcher(value) for label, value in indicator.get(key, {}).items()}


def _matcher(value: str | list | dict) -> dict:
    if isinstance(value, dict):
        return value
    return {"only": value if isinstance(value, list) else [value]}


def main() -> int:
    """Writes it."""
    try:
        made = text()
    except definition.Wrong as wrong:
        print("alerts/slo.yaml is broken:", *wrong.errors, sep="\n  ", file=sys.stderr)
        return 1
    PATH.write_text(made)
    return 0


if __name__ == "__main__":
    sys.exit(main())

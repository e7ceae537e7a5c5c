"""Completes the hand-written alerts of alerts/causes: the targets of the definition, links, and the clock of a drill.

They are rule files of Prometheus but for this. In expressions and texts, `$SIRIUS`, `$PROBES`, `$VOLUME`, `$DISK` and
`$CONTAINER` stand for the matchers of slo.yaml, `$JOB` for the job, `$seconds(1d)` for a number of seconds that a drill
shortens. `dashboard` names the dashboard that the alert leads to, `instance: true` that it is of one replica.
"""

import re
from pathlib import Path

import yaml

from .catalogue import REPOSITORY
from .definition import Definition, Wrong
from .durations import PATTERN, Clock
from .links import annotations

FOLDER = REPOSITORY / "alerts/causes"
DASHBOARDS = (
    "sirius-overview",
    "sirius-slo",
    "sirius-visits-images",
    "sirius-database",
    "sirius-runtime",
    "sirius-telemetry",
    "sirius-logs-traces",
    "sirius-loadtest",
)


def groups(definition: Definition, clock: Clock, path: Path) -> list[dict]:
    """The rule groups of one file. Raises Wrong."""
    errors: list[str] = []
    found = yaml.safe_load(path.read_text())["groups"]
    for group in found:
        group["rules"] = [
            _rule(definition, clock, rule, f"{path.name}: {group['name']}", errors) for rule in group["rules"]
        ]
    if errors:
        raise Wrong(errors)
    interval = {"interval": clock.text(definition.evaluation_interval)}
    return [{"name": group["name"], **interval, "rules": group["rules"]} for group in found]


def _rule(definition: Definition, clock: Clock, raw: dict, where: str, errors: list[str]) -> dict:
    where = f"{where}: {raw.get('alert')}"
    for key in ("alert", "expr", "labels", "annotations", "dashboard"):
        if key not in raw:
            errors.append(f"{where}: {key} is missing")
    if errors:
        return raw
    if raw["dashboard"] not in DASHBOARDS:
        errors.append(
            f"{where}: dashboard: {raw['dashboard']!r} is not allowed: one of {', '.join(DASHBOARDS)}"
        )
    fill = _Placeholders(definition, clock, where, errors)
    rule = {"alert": raw["alert"], "expr": clock.expression(fill(raw["expr"])).strip()}
    for key in ("for", "keep_firing_for"):
        if key in raw:
            rule[key] = clock.text(raw[key])
    rule["labels"] = {name: fill(value) for name, value in raw["labels"].items()}
    # The job is in the link when the alert says it itself, too.
    instance = {"instance": "{{ $labels.instance | urlquery }}"} if raw.get("instance") else {}
    job = {"job": rule["labels"]["job"]} if "job" in rule["labels"] else {}
    links = annotations(definition, raw["alert"], raw["dashboard"], labels={**job, **instance})
    if job:
        links["dashboard_url"] = re.sub(
            r"\{\{ with \$labels\.job \}\}.*?\{\{ end \}\}", "", links["dashboard_url"]
        )
    rule["annotations"] = {
        name: " ".join(fill(text).split()) for name, text in raw["annotations"].items()
    } | links
    return rule


class _Placeholders:
    def __init__(self, definition: Definition, clock: Clock, where: str, errors: list[str]) -> None:
        self.values = {name.upper(): matchers for name, matchers in definition.targets.items()} | {
            "JOB": definition.job
        }
        self.clock, self.where, self.errors = clock, where, errors

    def __call__(self, text: str) -> str:
        text = re.sub(
            rf"\$seconds\(({PATTERN})\)", lambda match: f"{self.clock.seconds(match[1]):.10g}", text
        )
        return re.sub(r"\$([A-Z]+)\b", self._value, text)

    def _value(self, match: re.Match) -> str:
        if match[1] not in self.values:
            self.errors.append(
                f"{self.where}: {match[0]} is not allowed: one of {', '.join(f'${name}' for name in self.values)}"
            )
        return self.values.get(match[1], match[0])

"""What each alert is tried with (alerts/tests), made into unit tests of promtool."""

from collections.abc import Iterator
from dataclasses import dataclass

import yaml

from generate.catalogue import REPOSITORY
from generate.durations import seconds
from generate.links import BEFORE_SECONDS

RULES = REPOSITORY / "alerts/rules"
CASES = REPOSITORY / "alerts/tests"
FIRES, QUIET, HELD = "fires", "quiet", "held"


@dataclass(frozen=True)
class Case:
    """One alert, one course of events."""

    alert: str
    name: str
    every: str
    series: dict[str, str]
    #: By duration since the start: FIRES, QUIET, or HELD and since when: it says what it said then.
    expect: dict[str, str]
    labels: dict[str, str]
    summary: str | dict[str, str]
    #: When, in seconds since the start, nobody is served any more, if that is what happens.
    outage: float | None = None

    def moments(self, state: str) -> list[float]:
        """When it is to be in a state, in seconds since the start."""
        return sorted(
            seconds(moment) for moment, expected in self.expect.items() if expected.startswith(state)
        )

    def in_promtool(self, rule: dict) -> dict:
        """A test group of promtool."""
        return {
            "name": f"{self.alert}: {self.name}",
            "interval": self.every,
            "input_series": [{"series": series, "values": values} for series, values in self.series.items()],
            "alert_rule_test": [
                {
                    "eval_time": moment,
                    "alertname": self.alert,
                    "exp_alerts": [] if expected == QUIET else [self._firing(rule, moment, expected)],
                }
                for moment, expected in self.expect.items()
            ],
        }

    def _firing(self, rule: dict, moment: str, expected: str) -> dict:
        labels = {**self.labels, **rule["labels"]}
        summary = self.summary if isinstance(self.summary, str) else self.summary[moment]
        url = rule["annotations"]["dashboard_url"]
        # Written out here once more, because this is what whoever is paged clicks on.
        said = expected.removeprefix(HELD).strip() if expected.startswith(HELD) else moment
        begin = f"{1000 * (seconds(said) - BEFORE_SECONDS):.0f}"
        variables = [(name, labels[name]) for name in ("namespace", "job") if name in labels]
        if "var-instance" in url:
            variables.append(("instance", labels["instance"]))
        link = f"{url.partition('?')[0]}?from={begin}&to=now"
        link += "".join(f"&var-{name}={value.replace(':', '%3A')}" for name, value in variables)
        fixed = {name: rule["annotations"][name] for name in ("description", "runbook_url")}
        return {
            "exp_labels": labels,
            "exp_annotations": {"summary": summary, "dashboard_url": link, **fixed},
        }


def alert_rules() -> dict[str, tuple[str, dict]]:
    """Every alert: the name of its rule file and the rule."""
    found = {}
    for path in sorted(RULES.glob("*.yaml")):
        for group in yaml.safe_load(path.read_text())["groups"]:
            found |= {rule["alert"]: (path.name, rule) for rule in group["rules"] if "alert" in rule}
    return found


def cases() -> Iterator[Case]:
    """All of alerts/tests."""
    for path in sorted(CASES.glob("*.yaml")):
        for alert, by_name in yaml.safe_load(path.read_text()).items():
            for name, raw in by_name.items():
                yield Case(
                    alert=alert,
                    name=name,
                    every=raw.get("every", "30s"),
                    series=raw["series"],
                    expect=raw["expect"],
                    labels=raw.get("labels", {"job": "sirius"}),
                    summary=raw.get("summary", ""),
                    outage=seconds(raw["outage"]) if "outage" in raw else None,
                )

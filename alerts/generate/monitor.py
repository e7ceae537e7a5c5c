"""What Sirius' own monitor evaluates by itself: the objectives, and the alerts whose windows fit into its hour."""

import json
import re

from .definition import Definition, Slo
from .durations import Clock, seconds

# As much as the monitor remembers.
_HOUR = 3600
_MATCHER = re.compile(r'(\w+)(=~|!~|!=|=)"((?:[^"\\]|\\.)*)"')


def text(definition: Definition, clock: Clock) -> str:
    """A JSON document, read by src/monitor/definition.rs."""
    alerts = [
        {
            "name": burn.name,
            "severity": burn.severity,
            "burn": when.burn,
            "long_seconds": clock.seconds(when.long),
            "short_seconds": clock.seconds(when.short),
        }
        for burn in definition.burns
        for when in burn.when
        if seconds(when.long) <= _HOUR
    ]
    document = {
        "period_seconds": seconds(definition.period),
        "alerts": alerts,
        "objectives": [_objective(slo) for slo in definition.slos],
    }
    return json.dumps(document, indent=2) + "\n"


def _objective(slo: Slo) -> dict:
    indicator = slo.indicator
    return {
        "name": slo.name,
        "title": slo.title,
        "objective": slo.objective,
        "summary": slo.summary,
        "at_least": slo.at_least,
        "metric": indicator.metric,
        "where": _matchers(indicator.where),
        "bad": _matchers(indicator.bad or ""),
        "slower_than": indicator.slower_than,
        "above": indicator.above,
    }


def _matchers(promql: str) -> list[dict]:
    """PromQL's matchers without braces, one by one, with what a string's escapes stand for."""
    return [
        {"label": label, "operator": operator, "value": json.loads(f'"{value}"')}
        for label, operator, value in _MATCHER.findall(promql)
    ]

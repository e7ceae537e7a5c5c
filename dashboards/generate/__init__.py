"""Makes the Grafana dashboards of Sirius: a file for each dashboard, and in `vocabulary/` what they are made of.

`make dashboards` writes them to dashboards/*.json, which are committed; a test fails when those are not what this makes.
"""

import json

from grafana_foundation_sdk.cog.encoder import JSONEncoder

from . import database, loadtest, logs_traces, objectives, overview, runtime, telemetry, visits_images

ALL = [overview, objectives, visits_images, database, runtime, telemetry, logs_traces, loadtest]


def files() -> dict[str, str]:
    """The text of every dashboard by the name of its file, which is its fixed address in Grafana."""
    found = {}
    for each in ALL:
        dashboard = _without_what_grafana_has_forgotten(json.loads(json.dumps(each.dashboard().build(), cls=JSONEncoder)))
        found[f"{dashboard['uid']}.json"] = json.dumps(dashboard, indent=2, sort_keys=True) + "\n"
    return found


def _without_what_grafana_has_forgotten(dashboard: dict) -> dict:
    """The SDK is of Grafana 11.6, its newest; these of its defaults mean nothing to Grafana 13, and its schema forbids them."""
    for variable in dashboard["templating"]["list"]:
        for key in ("auto", "auto_count", "auto_min"):
            del variable[key]
    for panel in dashboard["panels"]:
        if panel["type"] == "table":
            del panel["options"]["footer"]
    return dashboard

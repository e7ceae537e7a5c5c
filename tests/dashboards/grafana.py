"""Checks dashboards against Grafana's own schema.

What is shown by this: every key of a dashboard, its variables, panels, options and field settings is one that Grafana 13
knows, with a value that it allows; every query has only keys that the plugin of its data source had in the SDK's version.
What is not: that Grafana draws what is meant. There is no Grafana here.
"""

import functools
import json
import subprocess

import jsonschema_rs
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import loki, prometheus, tempo

from servers.tools import REPOSITORY

#: What a mark has because its data source is a Prometheus; the schema has only what all marks have.
_OF_PROMETHEUS = {"expr", "step", "titleFormat", "textFormat"}
_QUERIES = {"prometheus": prometheus.Dataquery, "loki": loki.Dataquery, "tempo": tempo.TempoQuery}
_HERE = REPOSITORY / "tests/dashboards"


def faults(dashboard: dict) -> list[str]:
    """What is wrong with a dashboard, a line each, with the place."""
    marks = [
        {key: value for key, value in mark.items() if key not in _OF_PROMETHEUS}
        for mark in dashboard["annotations"]["list"]
    ]
    found = _wrong("dashboard", "", {**dashboard, "annotations": {"list": marks}})
    for panel in dashboard["panels"]:
        if panel["type"] == "row":
            continue
        place = f"{panel['title']}: "
        custom = panel["fieldConfig"]["defaults"].get("custom", {})
        found += _wrong(f"{panel['type']}/properties/options", place, panel["options"])
        found += _wrong(f"{panel['type']}/properties/custom", place, custom)
        for target in panel["targets"]:
            read = _QUERIES[target["datasource"]["type"]].from_json(target)
            if unknown := set(target) - set(json.loads(json.dumps(read, cls=JSONEncoder))):
                found.append(f"{place}a query has what its plugin does not know: {', '.join(sorted(unknown))}")
    return found


def _wrong(part: str, place: str, value: object) -> list[str]:
    errors = _validator(part).iter_errors(value)
    return [f"{place}{'/'.join(map(str, error.instance_path))}: {error.message}" for error in errors]


@functools.cache
def _validator(part: str) -> jsonschema_rs.Draft7Validator:
    schema = {key: value for key, value in _schema().items() if key != "$ref"}
    return jsonschema_rs.validator_for({**schema, "$ref": f"#/definitions/Schema/properties/{part}"})


@functools.cache
def _schema() -> dict:
    """A JSON schema of the types in grafana.ts."""
    generator = _HERE / "node_modules/ts-json-schema-generator/bin/ts-json-schema-generator.js"
    command = [REPOSITORY / ".tools/bin/node", generator, "--path", "grafana.ts", "--type", "Schema"]
    command += ["--tsconfig", "tsconfig.json", "--no-type-check"]
    result = subprocess.run(command, cwd=_HERE, capture_output=True, text=True)
    if result.returncode:
        raise RuntimeError(f"no JSON schema could be made of grafana.ts: {result.stderr}")
    return json.loads(result.stdout)

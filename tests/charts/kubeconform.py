"""kubeconform, with the schemas that an API server tells of itself: its own are on a web page."""

import json
import subprocess
from pathlib import Path

from servers.kubernetes import ApiServer
from servers.tools import tool

# How kubeconform looks a schema up.
LOCATION = "{{ .ResourceKind }}{{ .KindSuffix }}.json"


def schemas(server: ApiServer, folder: Path) -> Path:
    """Writes a schema for each kind of object; gives their folder."""
    folder.mkdir()
    definitions = server.ask("GET", "/openapi/v2").body["definitions"]
    for each in definitions.values():
        _adapt(each)
    everything = folder / "_definitions.json"
    everything.write_text(json.dumps({"definitions": definitions}))
    for name, each in definitions.items():
        for kind in each.get("x-kubernetes-group-version-kind", []):
            group = kind["group"].split(".")[0]
            suffix = "-".join(part for part in (group, kind["version"]) if part).lower()
            path = folder / f"{kind['kind'].lower()}-{suffix}.json"
            path.write_text(json.dumps({"$ref": f"_definitions.json#/definitions/{name}"}))
    return folder


def check(manifest: str, folder: Path) -> str:
    """What it has against a manifest; nothing when it agrees."""
    command = [
        tool("kubeconform"),
        "-strict",
        "-schema-location",
        f"{folder}/{LOCATION}",
        "-output",
        "text",
        "-",
    ]
    run = subprocess.run(command, input=manifest, capture_output=True, text=True)
    return (run.stdout + run.stderr).strip() if run.returncode else ""


def _adapt(schema: object) -> None:
    """To what JSON schemas mean: closed objects, and texts that may be numbers."""
    if not isinstance(schema, dict):
        return
    open_ended = schema.get("x-kubernetes-preserve-unknown-fields") or schema.get("additionalProperties")
    if "properties" in schema and not open_ended:
        schema["additionalProperties"] = False
    if schema.get("format") == "int-or-string" or schema.get("x-kubernetes-int-or-string"):
        schema.pop("format", None)
        schema["type"] = ["string", "integer"]
    inner = [*schema.get("properties", {}).values(), schema.get("items"), schema.get("additionalProperties")]
    inner += [each for combination in ("allOf", "anyOf", "oneOf") for each in schema.get(combination, [])]
    for each in inner:
        _adapt(each)

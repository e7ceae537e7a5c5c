"""The umbrella with stand-ins in place of its parts: charts of the same names and versions that show what they are told."""

import shutil
from pathlib import Path

import yaml

from .helm import CHARTS

STACK = CHARTS / "sirius-stack"
NAMESPACE = "sirius"

#: Which files of values people use together.
COMBINATIONS = {
    **{path.stem.removesuffix("-values"): [path] for path in sorted(STACK.glob("ci/*-values.yaml"))},
    "kind": [STACK / "values" / "kind.yaml"],
    "gke-standard": [STACK / "values" / "gke-standard.yaml"],
    "gke-autopilot": [STACK / "values" / "gke-standard.yaml", STACK / "values" / "gke-autopilot.yaml"],
}

SHOW = """\
apiVersion: v1
kind: ConfigMap
metadata:
  name: values-of-{{ .Chart.Name }}
  namespace: {{ .Release.Namespace }}
data:
  values.yaml: |
    {{- toYaml .Values | nindent 4 }}
"""


def with_stand_ins(folder: Path) -> Path:
    """A copy of the umbrella that Helm can render: Sirius is the real one."""
    copy = folder / "sirius-stack"
    shutil.copytree(STACK, copy, ignore=shutil.ignore_patterns("charts", "Chart.lock"))
    (copy / "charts").mkdir()
    shutil.copytree(CHARTS / "sirius", copy / "charts" / "sirius")
    for part in dependencies():
        if part["name"] != "sirius":
            _stand_in(copy / "charts" / part["name"], part)
    return copy


def dependencies() -> list[dict]:
    """The parts as Chart.yaml lists them."""
    return yaml.safe_load((STACK / "Chart.yaml").read_text())["dependencies"]


def told(rendered: list[dict], part: str) -> dict:
    """The values that a part was given."""
    [shown] = [each for each in rendered if each["metadata"]["name"] == f"values-of-{part}"]
    return yaml.safe_load(shown["data"]["values.yaml"])


def _stand_in(folder: Path, part: dict) -> None:
    (folder / "templates").mkdir(parents=True)
    chart = {"apiVersion": "v2", "name": part["name"], "version": part["version"]}
    (folder / "Chart.yaml").write_text(yaml.safe_dump(chart))
    (folder / "templates" / "values.yaml").write_text(SHOW)

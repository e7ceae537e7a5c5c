"""deploy/argocd: what Argo CD is told, environment by environment."""

from collections.abc import Iterator
from pathlib import Path

import yaml

from servers.tools import REPOSITORY

FOLDER = REPOSITORY / "deploy" / "argocd"
ENVIRONMENTS = ("dev", "prod")


def applications(environment: str) -> list[dict]:
    """Those that the root leads to."""
    return [each for each in everything(environment) if each["kind"] == "Application"]


def everything(environment: str) -> Iterator[dict]:
    """Every object that the root leads to."""
    for path in sorted((FOLDER / environment).glob("*.yaml")):
        yield yaml.safe_load(path.read_text())


def wave(obj: dict) -> int:
    """When it is synchronised."""
    return int(obj["metadata"]["annotations"]["argocd.argoproj.io/sync-wave"])


def value_files(application: dict) -> list[Path]:
    """The files of values of a chart in this repository."""
    source = application["spec"]["source"]
    chart = REPOSITORY / source["path"]
    return [(chart / each).resolve() for each in source["helm"]["valueFiles"]]

"""Helm, and what it renders."""

import functools
import os
import subprocess
from pathlib import Path

import yaml

from servers.tools import REPOSITORY, tool

CHARTS = REPOSITORY / "charts"
#: The version that templates are told; the API server's own.
KUBERNETES = "1.36.3"
RELEASE, NAMESPACE = "stars", "stars"
#: The same as the safe one, and ten times as fast.
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Refused(Exception):
    """Helm's own words."""


def helm(*arguments: object, home: Path | None = None, kubeconfig: Path | None = None) -> str:
    """What a command of Helm prints; raises `Refused` with what it says when it fails."""
    env = {name: value for name, value in os.environ.items() if not name.startswith(("HELM_", "KUBE"))}
    if home:
        env |= {"HELM_CACHE_HOME": str(home), "HELM_CONFIG_HOME": str(home), "HELM_DATA_HOME": str(home)}
    if kubeconfig:
        env["KUBECONFIG"] = str(kubeconfig)
    run = subprocess.run([tool("helm"), *map(str, arguments)], capture_output=True, text=True, env=env)
    if run.returncode:
        raise Refused(run.stderr.strip() or run.stdout.strip())
    return run.stdout


def template(
    chart: Path,
    *values: Path,
    release: str = RELEASE,
    namespace: str = NAMESPACE,
    hooks: bool = True,
    sets: dict[str, str] | None = None,
) -> str:
    """The rendered manifest. `sets` are values by their path, as JSON."""
    arguments: list[object] = [
        "template",
        release,
        chart,
        "--namespace",
        namespace,
        "--kube-version",
        KUBERNETES,
    ]
    arguments += [each for path in values for each in ("--values", path)]
    arguments += [each for key, value in (sets or {}).items() for each in ("--set-json", f"{key}={value}")]
    if not hooks:
        arguments.append("--no-hooks")
    return _rendered(*arguments)


@functools.cache
def _rendered(*arguments: object) -> str:
    """No chart changes while tests run."""
    return helm(*arguments)


def objects(manifest: str) -> list[dict]:
    """The objects of a manifest."""
    return [each for each in yaml.load_all(manifest, LOADER) if each]


def only(rendered: list[dict], kind: str, ending: str | None = None) -> dict:
    """The one object of a kind (whose name ends so)."""
    [found] = [
        each
        for each in rendered
        if each["kind"] == kind and (ending is None or each["metadata"]["name"].endswith(ending))
    ]
    return found


def value_files(chart: str) -> list[Path]:
    """The matrix that every check goes through."""
    return sorted((CHARTS / chart / "ci").glob("*-values.yaml"))

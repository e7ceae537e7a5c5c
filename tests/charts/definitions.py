"""The custom resources that the charts make objects of.

Those of the Prometheus operator, the Gateway API and External Secrets are the projects' own, made by tools/setup of their
Go modules. Google publishes no module of GKE's: tests/charts/crds holds stand-ins that know the fields of its
documentation that the chart uses, and refuse every other.
"""

from pathlib import Path

import yaml

from servers.process import Failure
from servers.tools import REPOSITORY

GENERATED = REPOSITORY / ".tools" / "crds"
# Of which the charts and deploy/ make objects; the others would only take time.
USED = (
    "alertmanagerconfigs",
    "application-crd",
    "appproject-crd",
    "externalsecrets",
    "gateways",
    "httproutes",
    "probes",
    "prometheusrules",
    "servicemonitors",
)
STAND_INS = Path(__file__).parent / "crds"


def definitions() -> list[dict]:
    """All of them."""
    if not GENERATED.is_dir():
        raise Failure(f"{GENERATED} does not exist: run make setup.")
    files = [path for path in sorted(GENERATED.glob("*.yaml")) if any(kind in path.name for kind in USED)]
    files += sorted(STAND_INS.glob("*.yaml"))
    return [each for path in files for each in yaml.load_all(path.read_text(), _Loader) if each]


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
    """Takes `=`, an operator of Alertmanager's, for what it looks like, and not for YAML 1.1's default value."""


_Loader.add_constructor("tag:yaml.org,2002:value", lambda loader, node: node.value)

"""Which metrics there are: those of Sirius, as docs/telemetry.md lists them, and some of others (alerts/outside.yaml)."""

import re
from dataclasses import dataclass, field
from pathlib import Path

import yaml

REPOSITORY = Path(__file__).resolve().parents[2]
_HISTOGRAM_SERIES = ("_bucket", "_count", "_sum")


@dataclass(frozen=True)
class Metric:
    """A metric family."""

    kind: str
    #: Beside those that scraping adds.
    labels: frozenset[str]
    #: Upper bounds of a histogram, as the `le` of its buckets spells them.
    buckets: tuple[str, ...] = ()


@dataclass(frozen=True)
class Catalogue:
    """All that rules, panels and runbooks may name."""

    metrics: dict[str, Metric]
    #: Labels that every series may have, because scraping adds them.
    target_labels: frozenset[str] = frozenset({"job", "instance", "namespace", "pod", "service"})
    #: Series that rules record.
    recorded: dict[str, Metric] = field(default_factory=dict)

    def series(self) -> dict[str, frozenset[str]]:
        """The names of all time series, each with the labels that it may have."""
        found = {}
        for name, metric in {**self.metrics, **self.recorded}.items():
            labels = metric.labels | self.target_labels
            if metric.kind == "histogram":
                found |= {f"{name}{suffix}": labels for suffix in _HISTOGRAM_SERIES}
                found[f"{name}_bucket"] = labels | {"le"}
            else:
                found[name] = labels
        return found


def read(repository: Path = REPOSITORY) -> Catalogue:
    """Reads both lists. Raises ValueError when docs/telemetry.md has lost its tables."""
    text = (repository / "docs/telemetry.md").read_text()
    metrics = {}
    for name, kind, labels in re.findall(
        r"^\| `(\w+)` \| (gauge|counter|histogram) \| ([^|]*) \|", text, re.M
    ):
        metrics[name] = Metric(kind, frozenset(re.findall(r"`(\w+)`", labels)))
    buckets = dict(re.findall(r"^\| `(\w+)` \| ([\d., ]+) \|$", text.partition("### Buckets")[2], re.M))
    for name, bounds in buckets.items():
        metrics[name] = Metric("histogram", metrics[name].labels, tuple(bounds.split(", ")))
    if not metrics or not buckets:
        raise ValueError("docs/telemetry.md has no table of metrics or of buckets where one is looked for")
    outside = yaml.safe_load((repository / "alerts/outside.yaml").read_text())
    for name, labels in outside.items():
        metrics[name] = Metric("outside", frozenset(labels))
    return Catalogue(metrics)

"""Reads what `/metrics` exposes."""

from collections.abc import Iterator
from dataclasses import dataclass

from prometheus_client.openmetrics.parser import text_string_to_metric_families as read_openmetrics
from prometheus_client.parser import text_string_to_metric_families as read_classic
from prometheus_client.samples import Sample

from servers.sirius import Sirius

OPENMETRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"


@dataclass(frozen=True)
class Exposition:
    """All samples of one scrape."""

    samples: list[Sample]
    #: Of each metric family, whether it is a counter, a histogram, ...
    types: dict[str, str]

    def named(self, name: str, **labels: str) -> Iterator[Sample]:
        """The samples of this name whose labels have these values, whatever the others are."""
        return (
            sample
            for sample in self.samples
            if sample.name == name and labels.items() <= sample.labels.items()
        )

    def total(self, name: str, **labels: str) -> float:
        """The sum of their values."""
        return sum(sample.value for sample in self.named(name, **labels))

    def series(self) -> set[tuple]:
        """What tells the samples apart."""
        return {(sample.name, tuple(sorted(sample.labels.items()))) for sample in self.samples}


def scrape(sirius: Sirius) -> Exposition:
    """Scrapes as Prometheus does, and reads the answer as strictly as OpenMetrics is specified."""
    answer = sirius.ask_admin("/metrics", headers={"Accept": OPENMETRICS})
    return _exposition(read_openmetrics(answer.text()))


def scrape_classic(sirius: Sirius) -> Exposition:
    """Scrapes the classic text format."""
    return _exposition(read_classic(sirius.ask_admin("/metrics").text()))


def _exposition(families: Iterator) -> Exposition:
    families = list(families)
    samples = [sample for family in families for sample in family.samples]
    return Exposition(samples, {family.name: family.type for family in families})

"""The account that Sirius keeps of its lines for Loki: none vanishes without being counted."""

from dataclasses import dataclass

from servers.sirius import Sirius

from .exposition import scrape


@dataclass(frozen=True)
class Account:
    """Lines: offered = delivered + dropped, once nothing is on its way."""

    offered: int
    delivered: int
    #: By reason; `unconfirmed` are those that may have arrived.
    dropped: dict[str, int]

    @property
    def unconfirmed(self) -> int:
        """Lines that were sent when Loki went away."""
        return self.dropped.get("unconfirmed", 0)

    def adds_up(self) -> bool:
        """Whether every line is accounted for."""
        return self.offered == self.delivered + sum(self.dropped.values())


def account(sirius: Sirius) -> Account:
    """The account of a running Sirius."""
    exposition = scrape(sirius)

    def count(name: str) -> int:
        return int(exposition.total(f"sirius_telemetry_{name}_total", signal="loki"))

    dropped = exposition.named("sirius_telemetry_dropped_total", signal="loki")
    return Account(
        offered=count("offered"),
        delivered=count("delivered"),
        dropped={sample.labels["reason"]: int(sample.value) for sample in dropped if sample.value},
    )

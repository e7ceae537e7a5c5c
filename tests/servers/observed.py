"""One Sirius that tells everything to a Prometheus, a Loki and a Jaeger of the test's own."""

from collections.abc import Callable
from dataclasses import dataclass

from .jaeger import Jaeger
from .loki import Loki
from .process import scratch_folder
from .prometheus import Prometheus
from .sirius import Sirius


@dataclass(frozen=True)
class Observed:
    """The servers, all of them running."""

    sirius: Sirius
    prometheus: Prometheus
    loki: Loki
    jaeger: Jaeger


def start(settings: Callable[[str, str], dict[str, str]], more: dict | None = None) -> Observed:
    """Starts all. `settings` makes those of Sirius of the addresses of Loki and of the collector (OTLP by gRPC);
    `more` is what else the configuration of Prometheus has."""
    folder = scratch_folder()
    loki, jaeger = Loki(folder), Jaeger(folder)
    sirius = Sirius(folder, settings(loki.url, jaeger.otlp_grpc))
    prometheus = Prometheus(folder, sirius.admin_address, more)
    for server in (loki, jaeger, prometheus):
        server.launch()
    for server in (loki, jaeger, prometheus):
        server.wait()
    sirius.start()
    return Observed(sirius, prometheus, loki, jaeger)

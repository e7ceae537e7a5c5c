"""One Sirius that tells everything to a Prometheus, a Loki and a Jaeger, for all tests that share them."""

import functools
import secrets
from dataclasses import dataclass

from servers.jaeger import Jaeger
from servers.loki import Loki
from servers.process import scratch_folder
from servers.prometheus import Prometheus
from servers.sirius import Sirius

from .settings import telemetry

# Until what happened has been scraped, exported or pushed, and can be found.
ARRIVES_SECONDS = 30


@dataclass(frozen=True)
class Stack:
    """The servers, all of them running."""

    sirius: Sirius
    prometheus: Prometheus
    loki: Loki
    jaeger: Jaeger


@functools.cache
def stack() -> Stack:
    """The servers; started by the first who asks."""
    folder = scratch_folder()
    loki, jaeger = Loki(folder), Jaeger(folder)
    sirius = Sirius(folder, telemetry(loki=loki.url, collector=jaeger.otlp_grpc))
    prometheus = Prometheus(folder, sirius.admin_address)
    for server in (loki, jaeger, prometheus):
        server.launch()
    for server in (loki, jaeger, prometheus):
        server.wait()
    sirius.start()
    return Stack(sirius, prometheus, loki, jaeger)


@dataclass(frozen=True)
class Caller:
    """Who asks, in the words of W3C's trace context: a span of a trace, sampled or not."""

    trace_id: str
    span_id: str
    sampled: bool

    @classmethod
    def new(cls, sampled: bool = True) -> "Caller":
        """Of a trace that nobody has seen before."""
        return cls(secrets.token_hex(16), secrets.token_hex(8), sampled)

    @property
    def headers(self) -> dict[str, str]:
        """What it sends along."""
        return {"traceparent": f"00-{self.trace_id}-{self.span_id}-{'01' if self.sampled else '00'}"}

"""One Sirius that tells everything to a Prometheus, a Loki and a Jaeger, for all tests that share them."""

import functools
import secrets
from dataclasses import dataclass

from servers.observed import Observed, start

from .settings import telemetry

# Until what happened has been scraped, exported or pushed, and can be found.
ARRIVES_SECONDS = 30


@functools.cache
def stack() -> Observed:
    """The servers; started by the first who asks."""
    return start(telemetry)


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

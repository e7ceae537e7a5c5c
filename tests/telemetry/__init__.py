"""What Sirius says of itself, as a real Prometheus, a real Loki and a real Jaeger hear it."""

from servers.process import leave_on_signals

leave_on_signals()

"""The committed dashboards: what is in the files, and what their queries find in a real Prometheus and a real Loki."""

from servers.process import leave_on_signals

leave_on_signals()

"""The alerts, as a real Prometheus and a real Alertmanager take them."""

from servers.process import leave_on_signals

leave_on_signals()

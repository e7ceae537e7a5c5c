"""The Grafana dashboards (*.json), and in `generate/` what makes them."""

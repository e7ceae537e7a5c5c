"""A blackbox exporter: asks Sirius as people do, from outside, whenever Prometheus asks it to."""

from pathlib import Path

from .http import answers_ok
from .process import Process, free_ports
from .tools import REPOSITORY, tool

CONFIGURATION = REPOSITORY / "stack/blackbox/blackbox.yml"


class Blackbox(Process):
    """One, by the configuration of the stack."""

    def __init__(self, folder: Path) -> None:
        """On a port of its own."""
        [port] = free_ports(1)
        self.address = f"127.0.0.1:{port}"
        super().__init__(
            "blackbox",
            [
                tool("blackbox_exporter"),
                f"--config.file={CONFIGURATION}",
                f"--web.listen-address={self.address}",
                "--log.level=warn",
            ],
            folder,
        )

    def is_ready(self) -> bool:
        """Whether it answers."""
        return answers_ok(f"http://{self.address}/-/healthy")

    def probes(self, addresses: list[str]) -> dict:
        """What Prometheus is to scrape so that these are asked for: that of stack/prometheus/prometheus.yml, here."""
        return {
            "job_name": "sirius-probe",
            "metrics_path": "/probe",
            "params": {"module": ["sirius"]},
            "static_configs": [{"targets": addresses}],
            "relabel_configs": [
                {"source_labels": ["__address__"], "target_label": "__param_target"},
                {"source_labels": ["__param_target"], "target_label": "instance"},
                {"target_label": "__address__", "replacement": self.address},
            ],
        }

"""An Alertmanager of the test's own."""

import json
import subprocess
import urllib.request
from pathlib import Path

from .http import TIMEOUT_SECONDS, answers_ok, ask
from .process import Failure, Process, free_ports
from .tools import tool


class Alertmanager(Process):
    """One, without a cluster."""

    def __init__(self, folder: Path, configuration: Path) -> None:
        """The configuration is a file; templates beside it are found."""
        [port] = free_ports(1)
        self.address = ("127.0.0.1", port)
        self.url = f"http://127.0.0.1:{port}"
        super().__init__(
            "alertmanager",
            [
                tool("alertmanager"),
                f"--config.file={configuration}",
                f"--storage.path={folder / 'alertmanager'}",
                f"--web.listen-address=127.0.0.1:{port}",
                "--cluster.listen-address=",
            ],
            folder,
        )

    def is_ready(self) -> bool:
        """Whether it answers."""
        return answers_ok(f"{self.url}/-/ready")

    def alerts(self) -> list[dict]:
        """The alerts that it knows of, also those that are silenced by others."""
        return ask(f"{self.url}/api/v2/alerts").json()

    def add(self, labels: dict[str, str], annotations: dict[str, str]) -> None:
        """Tells it of an alert, as Prometheus does."""
        request = urllib.request.Request(
            f"{self.url}/api/v2/alerts",
            data=json.dumps([{"labels": labels, "annotations": annotations}]).encode(),
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as answer:
            if answer.status != 200:
                raise Failure(f"Alertmanager answered an alert with {answer.status}")


def check_configuration(path: Path) -> str:
    """What amtool has to say against a configuration."""
    result = subprocess.run([tool("amtool"), "check-config", path], capture_output=True, text=True)
    return (result.stdout + result.stderr).strip() if result.returncode else ""

"""A Prometheus of the test's own, with exemplar storage."""

import json
import subprocess
import time
from pathlib import Path

from .http import answers_ok, ask
from .process import Failure, Process, free_ports
from .tools import tool


class Prometheus(Process):
    """Scrapes one address every second, asking for OpenMetrics first, as a Prometheus does by default; and itself."""

    def __init__(self, folder: Path, target: tuple[str, int], more: dict | None = None) -> None:
        """`target` is the host and port to scrape; `more` is what else its configuration has, rules for instance."""
        [port] = free_ports(1)
        self.url = f"http://127.0.0.1:{port}"
        configuration = folder / "prometheus.json"
        configuration.write_text(
            json.dumps(
                {
                    "global": {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"},
                    "scrape_configs": [
                        {"job_name": job, "static_configs": [{"targets": [f"{host}:{at}"]}]}
                        for job, (host, at) in {"sirius": target, "prometheus": ("127.0.0.1", port)}.items()
                    ],
                    **(more or {}),
                }
            )
        )
        super().__init__(
            "prometheus",
            [
                tool("prometheus"),
                f"--config.file={configuration}",
                f"--storage.tsdb.path={folder / 'prometheus'}",
                f"--web.listen-address=127.0.0.1:{port}",
                "--enable-feature=exemplar-storage",
                "--web.enable-remote-write-receiver",
                "--log.level=warn",
            ],
            folder,
        )

    def is_ready(self) -> bool:
        """Whether it answers."""
        return answers_ok(f"{self.url}/-/ready")

    def query(self, expression: str) -> list[dict]:
        """The instant vector that an expression gives now."""
        return self._data("query", query=expression)["result"]

    def exemplars(self, selector: str) -> list[dict]:
        """The exemplars of the last minutes: `labels`, `value`, `timestamp`."""
        now = time.time()
        series = self._data("query_exemplars", query=selector, start=now - 600, end=now + 60)
        return [exemplar for each in series for exemplar in each["exemplars"]]

    def parse(self, expression: str) -> dict | str:
        """The syntax tree of an expression, or what is wrong with it."""
        answer = ask(f"{self.url}/api/v1/parse_query", query=expression).json()
        return answer["data"] if answer["status"] == "success" else answer["error"]

    def target(self) -> dict:
        """How scraping goes: `health`, `lastError`, ..."""
        targets = self._data("targets", state="active", scrapePool="sirius")["activeTargets"]
        return targets[0] if targets else {}

    def query_range(self, expression: str, start: float, end: float, step: float) -> list[dict]:
        """The series that an expression gives from `start` to `end`, in seconds of the Unix epoch."""
        return self._data("query_range", query=expression, start=start, end=end, step=step)["result"]

    def label_values(self, label: str, selector: str) -> list[str]:
        """The values that a label has in the series that a selector finds."""
        return self._data(f"label/{label}/values", **{"match[]": selector})

    def _data(self, path: str, **query: object) -> object:
        answer = ask(f"{self.url}/api/v1/{path}", **query)
        if answer.status != 200:
            raise Failure(f"Prometheus answered {path} {query} with {answer.status}: {answer.text()}")
        return answer.json()["data"]


def check_metrics(exposition: str) -> str:
    """What `promtool check metrics` has to say against an exposition in the classic text format."""
    result = subprocess.run(
        [tool("promtool"), "check", "metrics"], input=exposition, capture_output=True, text=True
    )
    return (result.stdout + result.stderr).strip() if result.returncode else ""

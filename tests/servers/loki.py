"""A Loki of the test's own."""

import json
import time
from dataclasses import dataclass
from pathlib import Path

from .http import answers_ok, ask
from .process import Failure, Process, free_ports
from .tools import tool

PAGE = 5000


@dataclass(frozen=True)
class Entry:
    """A line, when it was, and the labels of its stream."""

    nanoseconds: int
    line: str
    labels: dict[str, str]


class Loki(Process):
    """One process for everything, on disk; may be killed and started again."""

    def __init__(self, folder: Path) -> None:
        """Chooses its ports and writes its configuration."""
        port, grpc_port = free_ports(2)
        self.url = f"http://127.0.0.1:{port}"
        self.address = ("127.0.0.1", port)
        configuration = folder / "loki.json"
        configuration.write_text(json.dumps(_configuration(folder / "loki", port, grpc_port)))
        super().__init__("loki", [tool("loki"), f"-config.file={configuration}", "-log.level=warn"], folder)

    def is_ready(self) -> bool:
        """Whether it answers."""
        return answers_ok(f"{self.url}/ready")

    def entries(self, query: str, since: float) -> list[Entry]:
        """Everything from `since` (seconds of the Unix epoch) that a LogQL query finds, the oldest first."""
        found: dict[tuple[int, str, str], Entry] = {}
        start = int(since * 1e9)
        while True:
            page = self._page(query, start)
            found.update({(each.nanoseconds, each.line, str(each.labels)): each for each in page})
            if len(page) < PAGE:
                return list(found.values())
            # Lines of the same nanosecond may be on both sides of a page's end: from the last one again.
            if start == page[-1].nanoseconds:
                raise Failure(f"{PAGE} lines of one nanosecond cannot be told apart")
            start = page[-1].nanoseconds

    def query(self, query: str, since: float, step: float = 5) -> list[dict]:
        """The streams or series that a LogQL query finds from `since` until now, the newest lines first."""
        answer = ask(
            f"{self.url}/loki/api/v1/query_range",
            query=query,
            start=int(since * 1e9),
            end=int(time.time() * 1e9),
            step=step,
            limit=100,
        )
        if answer.status != 200:
            raise Failure(f"Loki answered {query} with {answer.status}: {answer.text()}")
        return answer.json()["data"]["result"]

    def labels(self) -> set[str]:
        """The names of all labels."""
        answer = ask(f"{self.url}/loki/api/v1/labels", start=int((time.time() - 3600) * 1e9))
        return set(answer.json().get("data", []))

    def _page(self, query: str, start: int) -> list[Entry]:
        answer = ask(
            f"{self.url}/loki/api/v1/query_range",
            query=query,
            start=start,
            end=int((time.time() + 60) * 1e9),
            limit=PAGE,
            direction="forward",
        )
        if answer.status != 200:
            raise Failure(f"Loki answered {query} with {answer.status}: {answer.text()}")
        streams = answer.json()["data"]["result"]
        entries = [
            Entry(int(at), line, each["stream"]) for each in streams for at, line, *_ in each["values"]
        ]
        return sorted(entries, key=lambda entry: entry.nanoseconds)


def _configuration(data: Path, port: int, grpc_port: int) -> dict:
    return {
        "auth_enabled": False,
        "analytics": {"reporting_enabled": False},
        "server": {
            "http_listen_address": "127.0.0.1",
            "http_listen_port": port,
            "grpc_listen_address": "127.0.0.1",
            "grpc_listen_port": grpc_port,
        },
        "common": {
            "instance_addr": "127.0.0.1",
            "path_prefix": str(data),
            "replication_factor": 1,
            "ring": {"kvstore": {"store": "inmemory"}},
            "storage": {
                "filesystem": {
                    "chunks_directory": str(data / "chunks"),
                    "rules_directory": str(data / "rules"),
                }
            },
        },
        "schema_config": {
            "configs": [
                {
                    "from": "2024-01-01",
                    "store": "tsdb",
                    "object_store": "filesystem",
                    "schema": "v13",
                    "index": {"prefix": "index_", "period": "24h"},
                }
            ]
        },
        # Ready at once, not after the quarter of a minute in which other members of a ring could appear.
        "ingester": {"lifecycler": {"min_ready_duration": "0s", "final_sleep": "0s"}},
        # Every answer is from what is stored now.
        "query_range": {"cache_results": False},
        "limits_config": {
            # As much as the tests send, and labels that are only what was sent.
            "ingestion_rate_mb": 1000,
            "ingestion_burst_size_mb": 1000,
            "per_stream_rate_limit": "1GB",
            "per_stream_rate_limit_burst": "1GB",
            "discover_service_name": [],
            "discover_log_levels": False,
        },
    }

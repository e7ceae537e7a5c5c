"""A Jaeger of the test's own: takes traces by OTLP, keeps them in memory, gives them back by their id."""

import json
from dataclasses import dataclass, field
from pathlib import Path

from .http import answers_ok, ask
from .process import Failure, Process, environment, free_ports
from .tools import tool

KEPT_TRACES = 200_000


@dataclass
class Span:
    """A span as the store has it."""

    trace_id: str
    span_id: str
    name: str
    service: str
    #: The parent's span id, or nothing for a root.
    parent: str | None
    #: Attributes, with the store's own (`span.kind`, `otel.status_code`, ...).
    attributes: dict[str, object]
    #: Trace and span ids of the spans that it is linked to.
    links: list[tuple[str, str]] = field(default_factory=list)


class Jaeger(Process):
    """Takes OTLP by gRPC on `otlp_grpc` and by HTTP on `otlp_http`."""

    def __init__(self, folder: Path) -> None:
        """Chooses its ports and writes its configuration."""
        grpc, http, query, query_grpc, health = free_ports(5)
        self.otlp_grpc, self.otlp_http = f"http://127.0.0.1:{grpc}", f"http://127.0.0.1:{http}"
        self.otlp_http_address = ("127.0.0.1", http)
        self.url, self._health = f"http://127.0.0.1:{query}", f"http://127.0.0.1:{health}/status"
        configuration = folder / "jaeger.json"
        configuration.write_text(json.dumps(_configuration(grpc, http, query, query_grpc, health)))
        # By default it would trace itself.
        env = environment(OTEL_TRACES_SAMPLER="always_off")
        super().__init__("jaeger", [tool("jaeger"), f"--config={configuration}"], folder, env)

    def is_ready(self) -> bool:
        """Whether it answers."""
        return answers_ok(self._health) and answers_ok(f"{self.url}/api/services")

    def trace(self, trace_id: str) -> list[Span]:
        """The spans of a trace; none when the store does not have it."""
        answer = ask(f"{self.url}/api/traces/{trace_id}")
        return _spans(answer.json()["data"]) if answer.status == 200 else []

    def traces(self, service: str, operation: str) -> list[list[Span]]:
        """The newest traces that have a span of this name."""
        answer = ask(f"{self.url}/api/traces", service=service, operation=operation, limit=100)
        if answer.status != 200:
            raise Failure(f"Jaeger answered a search for {operation} with {answer.status}: {answer.text()}")
        return [_spans([trace]) for trace in answer.json()["data"]]

    def services(self) -> list[str]:
        """The services that sent traces."""
        return ask(f"{self.url}/api/services").json()["data"] or []


def _spans(traces: list[dict]) -> list[Span]:
    spans = []
    for trace in traces:
        for span in trace["spans"]:
            references = span["references"]
            parent = next((each["spanID"] for each in references if each["refType"] == "CHILD_OF"), None)
            spans.append(
                Span(
                    trace_id=span["traceID"],
                    span_id=span["spanID"],
                    name=span["operationName"],
                    service=trace["processes"][span["processID"]]["serviceName"],
                    parent=parent,
                    attributes={tag["key"]: tag["value"] for tag in span["tags"]},
                    links=[
                        (each["traceID"], each["spanID"])
                        for each in references
                        if each["refType"] == "FOLLOWS_FROM"
                    ],
                )
            )
    return spans


def _configuration(grpc: int, http: int, query: int, query_grpc: int, health: int) -> dict:
    def at(port: int) -> dict:
        return {"endpoint": f"127.0.0.1:{port}"}

    return {
        "service": {
            "extensions": ["jaeger_storage", "jaeger_query", "healthcheckv2"],
            "pipelines": {"traces": {"receivers": ["otlp"], "exporters": ["jaeger_storage_exporter"]}},
            "telemetry": {"logs": {"level": "warn"}, "metrics": {"level": "none"}},
        },
        "extensions": {
            "healthcheckv2": {"use_v2": True, "http": at(health)},
            "jaeger_query": {"storage": {"traces": "memory"}, "http": at(query), "grpc": at(query_grpc)},
            "jaeger_storage": {"backends": {"memory": {"memory": {"max_traces": KEPT_TRACES}}}},
        },
        "receivers": {"otlp": {"protocols": {"grpc": at(grpc), "http": at(http)}}},
        "exporters": {"jaeger_storage_exporter": {"trace_storage": "memory"}},
    }

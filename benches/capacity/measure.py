"""The measured points: each kind of request, visits on each database, and how much telemetry a request makes."""

import re
import statistics
import time
from pathlib import Path

import record
from peers import load, pictures, services
from peers.machine import Cores
from peers.services import Service
from peers.sink import Sink
from peers.works import SIRIUS, Work
from servers.http import ask
from servers.mariadb import MariaDb
from servers.postgres import Postgres
from servers.process import Failure

_KINDS = {
    "picture": ("GET", "/api/v1/images/{small}/content", 200),
    "seeded": ("GET", "/api/v1/images/random?seed=capacity&as=image", 200),
    "facts": ("GET", "/api/v1/images/random", 200),
    "page": ("GET", "/", 200),
    "visit": ("POST", "/api/v1/visits", 201),
    "large": ("GET", "/api/v1/images/{large}/content", 200),
}
_VISIT = "visit"
_SENT_SECONDS = 3


def everything(folder: Path, cores: Cores, rounds: int, seconds: int) -> dict:
    """All points. Raises Failure."""
    sink = Sink()
    observed = {"SIRIUS_TRACES__ENDPOINT": sink.url, "SIRIUS_LOKI__URL": sink.url}
    drawn = folder / "pictures"
    pictures.write(drawn)
    first = services.sirius(SIRIUS, folder, drawn, cores, observed)
    first.ids = services.catalogue(folder, first).ids
    running = {"sqlite": first}
    for name, database in (("postgresql", Postgres(folder)), ("mariadb", MariaDb(folder))):
        database.command = cores.pinned(database.command, cores.server)
        database.start()
        running[name] = services.sirius(f"{SIRIUS}-{name}", folder, drawn, cores, observed, database)
    kinds = {kind: _work(kind) for kind in _KINDS}
    turns = [(("kinds", kind), first, work) for kind, work in kinds.items()]
    turns += [(("visits", name), server, kinds[_VISIT]) for name, server in running.items()]
    measured: dict[tuple[str, str], list[dict[str, float]]] = {key: [] for key, *_ in turns}
    for number in range(rounds):
        for key, server, work in turns if number % 2 == 0 else turns[::-1]:
            measured[key].append(load.measure(server, work, 0, seconds, cores))
            server.forget_lines()
    made: dict[str, dict] = {"kinds": {}, "visits": {}}
    for (part, name), figures in measured.items():
        made[part][name] = {key: statistics.median(each[key] for each in figures) for key in figures[0]}
        made[part][name]["bytes_each"] = made[part][name]["bytes"] / made[part][name]["rate"]
    return {
        **made,
        "telemetry": _telemetry(first, sink, kinds["facts"], cores, seconds),
        "image_bytes": _image_bytes(),
        "memory_mb": made["kinds"]["facts"]["memory_mb"],
    }


def _work(kind: str) -> Work:
    method, path, status = _KINDS[kind]
    return Work(kind, kind, method, path, status, None, (SIRIUS,))


def _telemetry(server: Service, sink: Sink, work: Work, cores: Cores, seconds: int) -> dict:
    """What a request makes of lines and spans, in bytes, and how many series there are."""
    counted, traces = "http_server_request_duration_seconds_count", "/v1/traces"
    before, spans_before = server.metric(counted), sink.bytes_by_path[traces]
    server.forget_lines()
    load.measure(server, work, 4, 2 * seconds, cores)
    # Spans are sent once a second.
    time.sleep(_SENT_SECONDS)
    requests = server.metric(counted) - before
    shown = ask(f"{server.process.admin_url}/metrics").text()
    return {
        "line_bytes": server.process.log.stat().st_size / requests,
        "span_bytes": (sink.bytes_by_path[traces] - spans_before) / requests,
        "series": sum(1 for line in shown.splitlines() if line and not line.startswith("#")),
        "exposition_bytes": len(shown.encode()),
    }


def _image_bytes() -> int:
    """What an image takes in memory, as `cargo bench --bench load` found it and docs/benchmarks.md says."""
    page = (record.REPOSITORY / "docs/benchmarks.md").read_text()
    match = re.search(r"^\| resident, an image \| (\d+) bytes", page, re.MULTILINE)
    if not match:
        raise Failure("docs/benchmarks.md does not say what an image takes in memory (resident, an image).")
    return int(match[1])

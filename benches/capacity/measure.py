"""The measured points: each kind of request, visits on each database, and how much telemetry a request makes."""

import re
import statistics
import time
from pathlib import Path

import record
from limits import knee, pace
from peers import load, pictures, services
from peers.machine import Cores
from peers.services import Service
from peers.sink import Sink
from peers.works import SIRIUS, Work
from servers.http import ask
from servers.mariadb import MariaDb
from servers.postgres import Postgres
from servers.process import Failure

from .model import KINDS, PACES

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
#: Milliseconds that a connection waits between two visits, so that few share a commit.
_SPARSE_MS = 32
_COMMITS, _COMMIT_SECONDS = "sirius_visit_batch_size_count", "sirius_visit_commit_duration_seconds_sum"


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
    turns = [(("kinds", kind), first, work, 0) for kind, work in kinds.items()]
    for name, server in running.items():
        turns += [(("visits", name), server, kinds[_VISIT], 0), (("sparse", name), server, kinds[_VISIT], _SPARSE_MS)]
    measured: dict[tuple[str, str], list[dict[str, float]]] = {key: [] for key, *_ in turns}
    for number in range(rounds):
        for key, server, work, think_ms in turns if number % 2 == 0 else turns[::-1]:
            measured[key].append(_counted(server, work, think_ms, seconds, cores))
    made: dict[str, dict] = {"kinds": {}, "visits": {}, "sparse": {}}
    for (part, name), figures in measured.items():
        made[part][name] = _medians(figures)
        made[part][name]["bytes_each"] = made[part][name]["bytes"] / made[part][name]["rate"]
    for kind in KINDS:
        for name, share in PACES.items():
            rate = share * made["kinds"][kind]["rate"]
            paced = [_paced(first, kinds[kind], rate, seconds, cores) for _ in range(rounds)]
            made["kinds"][kind][name] = _medians(paced)
    bent = knee.found(lambda steps: pace.run(first, steps, knee.MIX, cores))
    return {
        **made,
        "knee": {"rate": bent.rate, "busy": bent.busy},
        "telemetry": _telemetry(first, sink, kinds["facts"], cores, seconds),
        "image_bytes": _image_bytes(),
        "memory_mb": made["kinds"]["facts"]["memory_mb"],
    }


def _counted(server: Service, work: Work, think_ms: int, seconds: int, cores: Cores) -> dict[str, float]:
    """What `load.measure` says, how many commits a request had, and how long they took."""
    look = _Look(server)
    found = load.measure(server, work, think_ms, seconds, cores)
    server.forget_lines()
    return {**found, **look.commits(server, found["requests"])}


def _paced(server: Service, work: Work, rate: float, seconds: int, cores: Cores) -> dict[str, float]:
    """What a request takes when requests come whether others were answered or not. Raises Failure."""
    look = _Look(server)
    paced = pace.run(server, [pace.Step(rate, seconds)], [f"{work.method} {work.path}"], cores)
    answered = sum(piece["good"] for piece in paced.pieces)
    if not answered:
        raise Failure(f"{work.title}: nothing was answered at {rate:,.0f} a second.")
    return {"cpu_us": (server.cpu_seconds() - look.cpu) * 1e6 / answered, **look.commits(server, answered)}


class _Look:
    """What a server had done until now."""

    def __init__(self, server: Service) -> None:
        self.cpu, self.number, self.seconds = server.cpu_seconds(), server.metric(_COMMITS), server.metric(_COMMIT_SECONDS)

    def commits(self, server: Service, requests: float) -> dict[str, float]:
        """Since then: how many a request, and how long each took."""
        number, seconds = server.metric(_COMMITS) - self.number, server.metric(_COMMIT_SECONDS) - self.seconds
        return {"commits": number / requests, "commit_ms": seconds * 1000 / max(number, 1)}


def _medians(figures: list[dict[str, float]]) -> dict[str, float]:
    return {key: statistics.median(each[key] for each in figures) for key in figures[0]}


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

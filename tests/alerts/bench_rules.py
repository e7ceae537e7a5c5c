"""What a cycle of all rules takes on three days of ten replicas: `make bench-rules`.

Three days are written as OpenMetrics and made into blocks by promtool: every series that a rule reads, scraped each 15 s,
with as many routes and statuses as a busy replica has, and what the rules would have recorded in that time. Then a real
Prometheus evaluates alerts/rules, all groups every ten seconds instead of theirs, and says how long each took.
"""

import random
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from servers.http import ask
from servers.process import leave_on_signals, scratch_folder, wait_for
from servers.prometheus import Prometheus
from servers.tools import tool

from .cases import RULES

REPLICAS = 10
DAYS = 3
# Of what the rules recorded: the longest window.
RECORDED_DAYS = 30
SCRAPE_SECONDS, RECORD_SECONDS, CYCLE_SECONDS = 15, 30, 10
CYCLES = 8
DAY = 86400
# Seconds of a block of Prometheus.
BLOCK = 7200
ROUTES = [
    "/",
    "/images",
    "/images/{id}",
    "/statistics",
    "/assets/{name}",
    "/api/v1/images",
    "/api/v1/images/random",
    "/api/v1/images/{id}",
    "/api/v1/images/{id}/content",
    "/api/v1/tags",
    "/api/v1/visits",
    "/metrics",
]
STATUSES = ["200", "404", "500"]
COUNTERS = {
    "sirius_visits_total": [{}],
    "sirius_visit_failures_total": [
        {"reason": each} for each in ("busy", "timed_out", "unavailable", "stopping")
    ],
    "http_server_connections_refused_total": [
        {"reason": each} for each in ("too_many", "made_room", "accept_failed")
    ],
    "db_client_connection_timeouts_total": [{"db_system_name": "sqlite"}],
    "sirius_telemetry_dropped_total": [
        {"signal": signal, "reason": reason}
        for signal in ("logs", "loki", "traces")
        for reason in ("queue_full", "budget", "unavailable", "unconfirmed", "export_failed", "stopped")
    ],
}
GAUGES = {"up": 1, "sirius_catalogue_staleness_seconds": 0.5, "process_start_time_seconds": 1.7e9}


def main() -> int:
    """Prepares, measures, prints."""
    leave_on_signals()
    folder = scratch_folder()
    end = int(time.time()) // SCRAPE_SECONDS * SCRAPE_SECONDS
    begin = end - RECORDED_DAYS * DAY
    # A file for each block: promtool reads a file once for each block that it makes of it.
    starts = [begin, *range((begin // BLOCK + 1) * BLOCK, end, BLOCK)]
    samples = sum(
        _block(folder, *limits, end - DAYS * DAY) for limits in zip(starts, [*starts[1:], end], strict=True)
    )
    print(f"{samples:,} samples of {REPLICAS} replicas and {DAYS} days", flush=True)
    cycles = _measure(folder)
    for group in sorted(cycles[0], key=lambda group: -cycles[-1][group]):
        print(f"{1000 * sorted(cycle[group] for cycle in cycles)[len(cycles) // 2]:8.1f} ms  {group}")
    totals = sorted(1000 * sum(cycle.values()) for cycle in cycles)
    print(
        f"all groups, {len(totals)} cycles: median {totals[len(totals) // 2]:.1f} ms, at most {totals[-1]:.1f} ms"
    )
    return 0


def _block(folder: Path, begin: int, end: int, scraped_from: int) -> int:
    """Makes the block of a time, before a moment with recorded series only; gives the number of its samples."""
    path, count = folder / "block.txt", 0
    with path.open("w") as file:
        for kind, name, series in _families(recorded_only=end <= scraped_from):
            file.write(f"# TYPE {name.removesuffix('_total') if kind == 'counter' else name} {kind}\n")
            for labels, step, start, every in series:
                for at in range(begin, end, every):
                    file.write(f"{name}{{{labels}}} {start + step * (at // every):.12g} {at}\n")
                count += (end - begin) // every
        file.write("# EOF\n")
    command = [
        tool("promtool"),
        "tsdb",
        "create-blocks-from",
        "openmetrics",
        "--quiet",
        path,
        folder / "prometheus",
    ]
    subprocess.run([str(each) for each in command], check=True, stdout=subprocess.DEVNULL)
    path.unlink()
    return count


def _families(recorded_only: bool) -> Iterator[tuple[str, str, list[tuple[str, float, float, int]]]]:
    """Kind, name, and of each series labels, step, start and seconds between samples."""
    for slo in ("availability", "latency", "freshness"):
        labels = f'job="sirius",slo="{slo}"'
        for what, value in (("events", 1000), ("errors", 0.5)):
            yield "gauge", f"sirius:slo_{what}:rate5m", [(labels, 0, value, RECORD_SECONDS)]
            yield "gauge", f"sirius:slo_{what}:rate5m_sparse", [(labels, 0, value, 8 * RECORD_SECONDS)]
    if recorded_only:
        return
    chance = random.Random(7)
    replicas = [f'job="sirius",instance="10.0.0.{number}:8081"' for number in range(REPLICAS)]
    requests = [
        f'{replica},http_request_method="GET",http_route="{route}",http_response_status_code="{status}"'
        for replica in replicas
        for route in ROUTES
        for status in STATUSES
    ]
    rates = {labels: chance.randint(0, 200) for labels in requests}
    # Suffixes of a histogram; as families of their own they cost the same to read, and far less to write.
    name = "http_server_request_duration_seconds"
    counts = [(labels, rates[labels], 0, SCRAPE_SECONDS) for labels in requests]
    buckets = [(f'{labels},le="0.1"', 0.99 * rates[labels], 0, SCRAPE_SECONDS) for labels in requests]
    yield "unknown", f"{name}_count", counts
    yield "unknown", f"{name}_bucket", buckets
    for counter, sets in COUNTERS.items():
        series = [
            (
                ",".join([replica, *(f'{key}="{value}"' for key, value in labels.items())]),
                0,
                1,
                SCRAPE_SECONDS,
            )
            for replica in replicas
            for labels in sets
        ]
        yield "counter", counter, series
    for gauge, value in GAUGES.items():
        yield "gauge", gauge, [(replica, 0, value, SCRAPE_SECONDS) for replica in replicas]


def _measure(folder: Path) -> list[dict[str, float]]:
    """Seconds that each group took, in each of some cycles."""
    rules = folder / "rules"
    rules.mkdir()
    for path in RULES.glob("*.yaml"):
        text = re.sub(
            r"^    interval: \w+$", f"    interval: {CYCLE_SECONDS}s", path.read_text(), flags=re.MULTILINE
        )
        (rules / path.name).write_text(text)
    prometheus = Prometheus(folder, ("127.0.0.1", 9), {"rule_files": [f"{rules}/*.yaml"]})
    prometheus.start()
    cycles = []
    wait_for("a first cycle", 60, lambda: len(_durations(prometheus)) > 0)
    for _ in range(CYCLES):
        time.sleep(CYCLE_SECONDS)
        cycles.append(_durations(prometheus))
    prometheus.stop()
    # The first ones read from the disk what stays in memory afterwards.
    return cycles[2:]


def _durations(prometheus: Prometheus) -> dict[str, float]:
    text = ask(f"{prometheus.url}/metrics").text()
    found = re.findall(
        r'^prometheus_rule_group_last_duration_seconds\{rule_group="[^"]*;([^"]*)"\} (\S+)$', text, re.M
    )
    return {group: float(seconds) for group, seconds in found}


if __name__ == "__main__":
    sys.exit(main())

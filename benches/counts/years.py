"""What ten million visits and a million images change: the start, statements, a year of history, one image more and less."""

import concurrent.futures
import json
import sqlite3
import subprocess
import time
from statistics import median

from servers.process import wait_for
from servers.sirius import Sirius

from .served import Bench, Database, counted_over, metric

VISITS = 10_000_000
HOURS = 365 * 24
TIMES = 20
STARTS = 3
BATCHES = (1, 1000)


def measure(bench: Bench, databases: list[str], told: dict) -> dict:
    """By database."""
    places = [bench.database(key) for key in databases]
    with concurrent.futures.ThreadPoolExecutor(2) as filling:
        list(filling.map(lambda each: bench.fill(each, told["images"]), places))
    return {each.key: _measure(bench, each) for each in places}


def _measure(bench: Bench, on: Database) -> dict:
    _count_years(on)
    sirius = bench.sirius(on)
    # The first one imports what comes with Sirius.
    sirius.stop()
    starts = []
    for _ in range(STARTS):
        begun = time.monotonic()
        sirius.start()
        starts.append(time.monotonic() - begun)
        if len(starts) < STARTS:
            sirius.stop()
    history = [_elapsed(sirius, "/api/v1/visits/history?step=day&from=2025-01-01T00:00:00Z&to=2026-01-01T00:00:00Z") for _ in range(TIMES)]
    hours = [_elapsed(sirius, "/api/v1/visits/history?step=hour&from=2025-01-01T00:00:00Z&to=2026-01-01T00:00:00Z") for _ in range(TIMES)]
    seen = {images: _until_seen(sirius, images) for images in BATCHES}
    removed = {images: _removed(sirius, images) for images in BATCHES}
    found = {
        "start_s": median(starts),
        "history_ms": median(history) * 1000,
        "hours_ms": median(hours) * 1000,
        "slow": counted_over(sirius, "db_client_operation_duration_seconds", "0.05"),
        "seen_ms": {str(images): elapsed * 1000 for images, (elapsed, _) in seen.items()},
        "cpu_ms": {str(images): cpu * 1000 for images, (_, cpu) in seen.items()},
        "removed_ms": {str(images): elapsed * 1000 for images, elapsed in removed.items()},
    }
    sirius.stop()
    if on.server:
        on.server.kill()
    return found


def _count_years(on: Database) -> None:
    """Ten million visits, the same number in each hour of a year."""
    first = 482_136  # 2025-01-01T00:00:00Z, in hours since 1970
    each = VISITS // HOURS
    if on.server is None:
        file = sqlite3.connect(on.folder / "sirius.db")
        file.executemany("INSERT INTO visit_hours (hour, visits) VALUES (?, ?)", [(first + n, each) for n in range(HOURS)])
        file.execute("UPDATE visit_total SET total = ?", [each * HOURS])
        file.commit()
        file.close()
        return
    for begin in range(0, HOURS, 1000):
        rows = ", ".join(f"({first + n}, {each})" for n in range(begin, min(HOURS, begin + 1000)))
        on.server.query(f"INSERT INTO visit_hours (hour, visits) VALUES {rows}", "sirius")
    on.server.query(f"UPDATE visit_total SET total = {each * HOURS}", "sirius")


def _elapsed(sirius: Sirius, path: str) -> float:
    begun = time.monotonic()
    answer = sirius.ask(path)
    elapsed = time.monotonic() - begun
    if answer.status != 200:
        raise OSError(f"{path}: {answer.text()}")
    return elapsed


def _until_seen(sirius: Sirius, images: int) -> tuple[float, float]:
    """How long it takes until images are served that another process has entered, and the processor time of that."""
    manifest = sirius.data / f"{images}.jsonl"
    links = (f"https://example.org/{images}/{n}.jpg" for n in range(images))
    manifest.write_text("".join(json.dumps({"url": link, "title": link}) + "\n" for link in links))
    wanted = metric(sirius, "sirius_catalogue_images") + images
    command = [sirius.command[0], "import", "--data-dir", sirius.data, manifest]
    subprocess.run(command, env=sirius.env, check=True, capture_output=True)
    begun, cpu = time.monotonic(), metric(sirius, "process_cpu_seconds_total")
    wait_for("the images", 30, lambda: metric(sirius, "sirius_catalogue_images") >= wanted)
    return time.monotonic() - begun, metric(sirius, "process_cpu_seconds_total") - cpu


def _removed(sirius: Sirius, images: int) -> float:
    """How long the command takes that removes the newest ones."""
    ids, query = [], f"limit={min(100, images)}"
    while len(ids) < images:
        page = json.loads(sirius.ask(f"/api/v1/images?{query}").text())
        ids += [image["id"] for image in page["items"]]
        query = f"cursor={page['next_cursor']}"
    left = metric(sirius, "sirius_catalogue_images") - images
    command = [sirius.command[0], "images", "rm", "--data-dir", sirius.data, "--yes", *ids]
    begun = time.monotonic()
    subprocess.run(command, env=sirius.env, check=True, capture_output=True)
    elapsed = time.monotonic() - begun
    # What the next ones are is asked of a server that has seen it.
    wait_for("the removal", 30, lambda: metric(sirius, "sirius_catalogue_images") <= left)
    return elapsed

"""Running a suite in k6."""

import dataclasses
import datetime
import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

from . import watched
from .settings import FOLDER, Refused, Settings

#: Exit codes of k6 (errext/exitcodes) that say how a run that took place ended.
ENDED, BROKEN, INTERRUPTED = 0, 99, 105
SAMPLES, SUMMARY, LOG, PAGE = "samples.json.gz", "summary.json", "k6.log", "report.html"
# What the dashboard "Load test" shows of durations.
_STATISTICS = "p(50),p(95),p(99),max"


def program() -> Path:
    """The k6 that `make setup` installed, else the one on the path. Raises Refused."""
    ours = FOLDER.parent / ".tools/bin/k6"
    found = ours if ours.is_file() else shutil.which("k6")
    if not found:
        raise Refused("k6 is not installed: run `make setup`, or install it from https://k6.io.")
    return Path(found)


def new_folder(settings: Settings) -> Path:
    """A folder for the results, named after the time and the suite."""
    now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H%M%SZ")
    for more in ("", *(f"-{number}" for number in range(2, 100))):
        folder = settings.results / f"{now}{more}-{settings.suite}"
        try:
            folder.mkdir(parents=True)
            return folder
        except FileExistsError:
            continue
        except OSError as error:
            raise Refused(f"The results cannot be written to {folder}: {error.strerror}.") from None
    raise Refused(
        f"The results cannot be written to {settings.results}: it has a hundred runs of this second."
    )


def run(settings: Settings, folder: Path) -> int:
    """Runs the suite to its end, and gives k6's exit code."""
    told = folder / "settings.json"
    told.write_text(json.dumps(_settings(settings, folder), indent=2) + "\n")
    command = [program(), "run", "--no-color", "--out", f"json={folder / SAMPLES}"]
    command += ["--log-output", f"file={folder / LOG}", "--tag", f"testid={folder.name}"]
    if settings.remote_write:
        command += ["--out", "experimental-prometheus-rw"]
    is_watched = sys.stdout.isatty()
    command += [] if is_watched else ["--quiet"]
    process = subprocess.Popen(
        [*command, FOLDER / "suites" / f"{settings.suite}.js"],
        env=_environment(settings, folder, told),
        stdin=subprocess.DEVNULL,
        stdout=None if is_watched else subprocess.DEVNULL,
    )
    # Ctrl-C reaches k6, too, which then ends in order; what it has seen by then is told.
    before = {each: signal.signal(each, lambda *_: None) for each in (signal.SIGINT, signal.SIGTERM)}
    signal.signal(signal.SIGTERM, lambda *_: process.terminate())
    try:
        with watched.watching(settings, process.pid, folder):
            return process.wait()
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def _settings(settings: Settings, folder: Path) -> dict:
    told = dataclasses.asdict(settings)
    del told["results"], told["remote_write"]
    return {**told, "summary": str(folder / SUMMARY)}


def _environment(settings: Settings, folder: Path, told: Path) -> dict[str, str]:
    return {
        "K6_PROMETHEUS_RW_TREND_STATS": _STATISTICS,
        **os.environ,
        "LOADTEST_SETTINGS": str(told),
        "K6_NO_USAGE_REPORT": "true",
        # The page that is written at the end, without the server that shows it meanwhile.
        "K6_WEB_DASHBOARD": "true",
        "K6_WEB_DASHBOARD_PORT": "-1",
        "K6_WEB_DASHBOARD_EXPORT": str(folder / PAGE),
        # A short run has a page, too, and a long one no more points than a picture is wide.
        "K6_WEB_DASHBOARD_PERIOD": f"{max(1, round(settings.duration_seconds / 200))}s",
    }

"""k6, which plays people and writes what they see to a Prometheus."""

import subprocess
from pathlib import Path

from .process import Failure, environment
from .tools import tool

#: What the dashboard "Load test" shows of durations.
STATISTICS = "p(50),p(95),p(99),max"


def run(script: Path, prometheus: str, testid: str, **settings: str) -> str:
    """Runs a script to its end and gives what k6 says; `settings` are the script's. Raises Failure when k6 fails."""
    env = environment(
        K6_NO_USAGE_REPORT="true",
        K6_PROMETHEUS_RW_SERVER_URL=f"{prometheus}/api/v1/write",
        K6_PROMETHEUS_RW_TREND_STATS=STATISTICS,
        K6_PROMETHEUS_RW_PUSH_INTERVAL="1s",
        **settings,
    )
    # Whether its thresholds hold is another question: a machine under tests is no measure.
    command = [tool("k6"), "run", "--no-thresholds", "--no-color", "--out", "experimental-prometheus-rw"]
    command += ["--tag", f"testid={testid}", script]
    result = subprocess.run(command, env=env, capture_output=True, text=True)
    if result.returncode:
        raise Failure(f"k6 ended with status {result.returncode}\n{result.stdout}\n{result.stderr}")
    return result.stdout

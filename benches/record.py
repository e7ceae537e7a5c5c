"""What was measured last, as benches/measured.json keeps it, and the parts of docs/ that are made of it."""

import json
import os
import re
import subprocess
from datetime import UTC, datetime
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
MEASURED = REPOSITORY / "benches/measured.json"


def is_kept() -> bool:
    """Whether this run's figures are to be kept: KEEP=no only shows them."""
    return os.environ.get("KEEP") != "no"


def read() -> dict:
    """Everything, by the bench that measured it."""
    return json.loads(MEASURED.read_text())


def keep(bench: str, found: dict) -> None:
    """Puts a bench's figures in the place of those before, with when and of what they are."""
    everything = {**read(), bench: {**_circumstances(), **found}}
    _replace(MEASURED, json.dumps(everything, indent=1, sort_keys=True) + "\n")


def put(page: Path, name: str, text: str) -> None:
    """Puts a text between the marks `<!-- NAME: from here -->` and `<!-- NAME: to here -->` of a page."""
    begin, end = f"<!-- {name}: from here -->", f"<!-- {name}: to here -->"
    before = page.read_text()
    pattern = re.compile(f"{re.escape(begin)}.*?{re.escape(end)}", re.DOTALL)
    if len(pattern.findall(before)) != 1:
        raise ValueError(f"{page} has no place that is marked with {begin} and {end}")
    _replace(page, pattern.sub(lambda _: f"{begin}\n\n{text.strip()}\n\n{end}", before))


def machine() -> str:
    """The machine in a few words."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    model = next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), "processor")
    return f"{os.cpu_count()} cores, {model}, Linux {os.uname().release}"


def _circumstances() -> dict:
    commit = subprocess.run(
        ["git", "describe", "--always", "--dirty"], cwd=REPOSITORY, capture_output=True, text=True, check=False
    )
    now = datetime.now(UTC).isoformat(timespec="minutes")
    return {"at": now, "commit": commit.stdout.strip(), "machine": machine()}


def _replace(path: Path, text: str) -> None:
    """All at once: nobody finds half a file."""
    new = path.with_name(f"{path.name}.new")
    new.write_text(text)
    new.replace(path)

"""What is seen of both sides while a run is under way: Sirius' own metrics, the machine's processors, and k6's.

Looks are taken by a thread. What cannot be seen, such as the processors of a Sirius on another machine, is left out.
"""

import contextlib
import http.client
import json
import os
import re
import threading
import time
import urllib.request
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from .settings import Settings, is_loopback

FILE = "watched.json"
_TIMEOUT_SECONDS = 4
_MOST_LOOKS = 600
_SERIES = re.compile(r"^([a-z_0-9]+)(?:\{(.*)\})? (\S+)$", re.M)
_LABEL = re.compile(r'(\w+)="([^"]*)"')
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Look:
    """What was there at a moment."""

    #: Of the Unix epoch, in seconds.
    at: float
    #: By name: labels and values.
    series: dict[str, list[tuple[dict[str, str], float]]] = field(default_factory=dict)
    #: Processor seconds of k6 until now.
    k6_seconds: float | None = None
    #: Of k6's machine, if Sirius is there too: seconds until now that its cores idled.
    idle_seconds: float | None = None
    #: How many cores k6's machine has, and how many of them k6 may use.
    cores: int = 1
    k6_cores: int = 1

    def total(self, name: str, **labels: str) -> float | None:
        """The sum of a metric's series that have these labels; none if there is no such metric."""
        if name not in self.series:
            return None
        wanted = labels.items()
        return sum(value for found, value in self.series[name] if wanted <= found.items())

    def count(self) -> int:
        """How many series there are."""
        return sum(map(len, self.series.values()))


@contextlib.contextmanager
def watching(settings: Settings, k6: int, folder: Path) -> Iterator[None]:
    """Looks while the block runs, if there is an admin port to look at; k6 is its process."""
    if (admin := settings.admin) is None:
        yield
        return
    looks: list[Look] = []
    ended = threading.Event()
    every = max(0.5, settings.duration_seconds / _MOST_LOOKS)
    is_here = is_loopback(urlsplit(settings.target).hostname or "")

    def go_on() -> None:
        while not ended.wait(every):
            with contextlib.suppress(OSError, ValueError, http.client.HTTPException):
                looks.append(look(admin, k6, is_here))

    thread = threading.Thread(target=go_on, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join(2 * _TIMEOUT_SECONDS)
        (folder / FILE).write_text(json.dumps([asdict(each) for each in looks]))


def look(admin: str, k6: int, is_here: bool) -> Look:
    """What there is now; k6 is its process. Raises OSError and ValueError when Sirius cannot be asked."""
    # Whatever proxy is set does not know the way to this machine.
    proxies = {} if is_loopback(urlsplit(admin).hostname or "") else None
    opener = urllib.request.build_opener(urllib.request.ProxyHandler(proxies))
    with opener.open(f"{admin}/metrics", timeout=_TIMEOUT_SECONDS) as answer:
        text = answer.read().decode()
    cores = os.cpu_count() or 1
    seen = Look(time.time(), _series(text), _cpu_seconds(k6), cores=cores, k6_cores=_cores(k6) or cores)
    if is_here and (stat := _text(Path("/proc/stat"))):
        fields = stat.splitlines()[0].split()
        seen.idle_seconds = (int(fields[4]) + int(fields[5])) / _TICKS
    return seen


def read(folder: Path) -> list[Look]:
    """The looks of a run; none where there was nothing to look at."""
    path = folder / FILE
    return [Look(**each) for each in json.loads(path.read_text())] if path.exists() else []


def _series(text: str) -> dict[str, list[tuple[dict[str, str], float]]]:
    """Of an exposition, without the buckets of histograms, which nobody here asks for."""
    found: dict[str, list[tuple[dict[str, str], float]]] = defaultdict(list)
    for name, labels, value in _SERIES.findall(text):
        if not name.endswith("_bucket"):
            found[name].append((dict(_LABEL.findall(labels)), float(value)))
    return dict(found)


def _cpu_seconds(process: int) -> float | None:
    fields = _text(Path(f"/proc/{process}/stat")).rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS if fields else None


def _cores(process: int) -> int | None:
    try:
        return len(os.sched_getaffinity(process))
    except (OSError, AttributeError):
        return None


def _text(path: Path) -> str:
    """Nothing where there is no such thing, as on systems other than Linux."""
    try:
        return path.read_text()
    except OSError:
        return ""

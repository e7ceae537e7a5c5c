"""What k6 wrote of every single request: visitor numbers, the slowest requests, and how it went from second to second."""

import datetime
import gzip
import heapq
import json
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

SLOWEST = 5
#: The scenario of the looks at the admin port, which are no load (lib/watch.js).
WATCH = "watch"
VISITOR_NUMBER = "visitor_number"
_DURATION = "http_req_duration"
_CHECKS = "checks"


class Broken(Exception):
    """Samples that cannot be read, in one sentence."""


@dataclass
class Second:
    """What ended in one second."""

    requests: int = 0
    #: By promise: requests that were judged, and those that kept it.
    judged: Counter = field(default_factory=Counter)
    kept: Counter = field(default_factory=Counter)


@dataclass
class Samples:
    """What is worth knowing of all samples."""

    #: How often visitors got each number.
    visitors: Counter = field(default_factory=Counter)
    #: Answers by their status, 0 for none.
    statuses: Counter = field(default_factory=Counter)
    #: By the name of a check: how often it failed, and the trace of the first time.
    failed_checks: dict[str, tuple[int, str]] = field(default_factory=dict)
    #: Milliseconds, the request's name, its trace.
    slowest: list[tuple[float, str, str]] = field(default_factory=list)
    #: By the second of the Unix epoch.
    seconds: dict[int, Second] = field(default_factory=dict)

    def repeats(self) -> dict[int, int]:
        """The visitor numbers that more than one visitor got, and how many did."""
        return {number: count for number, count in sorted(self.visitors.items()) if count > 1}


def read(*paths: Path) -> Samples:
    """Reads the JSON output of one or more runs, gzipped or not. Raises Broken."""
    found = Samples()
    for metric, sample in (each for path in paths for each in _points(path)):
        value = sample["value"]
        if metric == VISITOR_NUMBER:
            found.visitors[int(value)] += 1
            continue
        if metric == _CHECKS:
            if not value:
                name = sample["tags"].get("check", "")
                count, first = found.failed_checks.get(name, (0, _trace(sample)))
                found.failed_checks[name] = (count + 1, first)
            continue
        second = found.seconds.setdefault(_second(sample["time"]), Second())
        if metric == _DURATION:
            if sample["tags"].get("scenario") == WATCH:
                continue
            second.requests += 1
            found.statuses[sample["tags"].get("status", "0")] += 1
            heapq.heappush(found.slowest, (value, sample["tags"].get("name", ""), _trace(sample)))
            if len(found.slowest) > SLOWEST:
                heapq.heappop(found.slowest)
        else:
            promise = metric.removeprefix("slo_")
            second.judged[promise] += 1
            second.kept[promise] += value
    found.slowest.sort(reverse=True)
    return found


def _points(path: Path) -> Iterator[tuple[str, dict]]:
    names = (VISITOR_NUMBER, f'{_DURATION}"', f'{_CHECKS}"', "slo_")
    wanted = tuple(f'{{"metric":"{name}'.encode() for name in names)
    opened = gzip.open if path.suffix == ".gz" else open
    try:
        with opened(path, "rb") as lines:
            # Most lines are of other metrics: they are not worth parsing.
            for line in lines:
                if line.startswith(wanted):
                    entry = json.loads(line)
                    if entry["type"] == "Point":
                        yield entry["metric"], entry["data"]
    except (OSError, EOFError, ValueError, KeyError, zlib.error) as error:
        raise Broken(f"{path} is not whole or not the JSON output of k6: {error}") from None


def _trace(sample: dict) -> str:
    return (sample.get("metadata") or {}).get("trace_id", "")


def _second(time: str) -> int:
    """Of a time as k6 writes it, with up to nine places behind the second."""
    whole, zone = time[:19], time[19:].lstrip(".0123456789")
    return int(datetime.datetime.fromisoformat(whole + (zone.replace("Z", "+00:00"))).timestamp())

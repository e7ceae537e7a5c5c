"""What a run is told, by variables of the environment, and where its load may go."""

import ipaddress
import json
import math
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

FOLDER = Path(__file__).resolve().parents[1]
_UNITS = {"s": 1, "m": 60, "h": 3600}
_LONGEST_SECONDS = 7 * 24 * 3600
_MOST_PER_SECOND = 1_000_000
_MOST_USERS = 100_000


class Refused(Exception):
    """Why there is no run, in one sentence."""


@dataclass(frozen=True)
class Suite:
    """How a suite runs unless it is told otherwise."""

    purpose: str
    #: Iterations a second.
    rate: float
    duration: str
    #: How long an iteration may take before there are too few users for the rate.
    seconds_each: float = 1
    #: Whether the promises may break: it looks for where they do.
    is_search: bool = False
    #: Whether it is long enough to show what grows.
    is_long: bool = False


SUITES = {
    "smoke": Suite("does everything work at all?", 1, "10s", 5),
    "average": Suite("an ordinary day", 20, "2m"),
    "stress": Suite("the busiest day that is planned for", 100, "5m"),
    "spike": Suite("ten times as many at once, and after", 200, "2m"),
    "soak": Suite("hours at one rate", 50, "1h", is_long=True),
    "breakpoint": Suite("at which rate is a promise broken?", 2000, "10m", 0.25, is_search=True),
    "journey": Suite("visitors with browsers", 2, "2m", 20),
}


@dataclass(frozen=True)
class Settings:
    """All that a run is told, valid."""

    suite: str
    #: Origins, such as http://127.0.0.1:8080.
    target: str
    admin: str | None
    rate: float
    duration_seconds: float
    users: int
    traced: float
    objectives: list[dict]
    results: Path
    #: Where a Prometheus takes what is written to it.
    remote_write: str | None

    @property
    def is_search(self) -> bool:
        """Whether the suite looks for where promises break."""
        return SUITES[self.suite].is_search

    @property
    def is_long(self) -> bool:
        """Whether memory, descriptors, tasks and series have to be flat."""
        return SUITES[self.suite].is_long


def read(suite: str, environment: Mapping[str, str] = os.environ) -> Settings:
    """Reads and checks everything. Raises Refused."""
    if suite not in SUITES:
        raise Refused(f"There is no suite {suite!r}: there are {', '.join(SUITES)}.")
    for name in ("K6_DURATION", "K6_ITERATIONS", "K6_VUS", "K6_STAGES"):
        if environment.get(name):
            raise Refused(
                f"{name} would make k6 throw the suite's arrival rates away: use RATE, DURATION and USERS."
            )
    # An empty variable is one that a Makefile passes on unset.
    given = {name: value for name, value in environment.items() if value}
    defaults = SUITES[suite]
    if "TARGET" not in given:
        raise Refused(
            "TARGET is not set: it says which Sirius to load, such as TARGET=http://127.0.0.1:8080."
        )
    allowed = {host.strip().lower() for host in given.get("ALLOW_TARGET", "").split(",")}
    rate = _number(given, "RATE", defaults.rate, 1 / 60, _MOST_PER_SECOND, "iterations a second")
    users = max(10, math.ceil(rate * defaults.seconds_each))
    return Settings(
        suite=suite,
        target=_origin(given, "TARGET", allowed),
        admin=_origin(given, "ADMIN", allowed) if "ADMIN" in given else None,
        rate=rate,
        duration_seconds=_duration(given.get("DURATION", defaults.duration)),
        users=round(_number(given, "USERS", min(users, _MOST_USERS), 1, _MOST_USERS, "virtual users")),
        traced=_number(given, "TRACED", 0.01, 0, 1, "the share of requests to trace"),
        objectives=objectives(Path(given.get("THRESHOLDS", FOLDER / "thresholds.json"))),
        results=Path(given.get("RESULTS", FOLDER / "results")).resolve(),
        remote_write=given.get("K6_PROMETHEUS_RW_SERVER_URL"),
    )


def objectives(path: Path) -> list[dict]:
    """The promises of a thresholds.json. Raises Refused."""
    try:
        found = json.loads(path.read_text())["objectives"]
        for each in found:
            if not (isinstance(each["name"], str) and 0 < each["objective"] < 1 and each.get("title")):
                raise ValueError(f"{each['name']!r} has no title or no objective between 0 and 1")
            if not isinstance(each.get("where"), dict):
                raise ValueError(f"{each['name']!r} does not say which requests it is about")
        if not found:
            raise ValueError("it has no objectives")
    except OSError as error:
        raise Refused(
            f"The thresholds {path} cannot be read ({error.strerror}): `make rules` writes them."
        ) from None
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        reason = f"{error} is missing" if isinstance(error, KeyError) else str(error)
        raise Refused(
            f"The thresholds {path} are broken ({reason}): `make rules` writes them anew."
        ) from None
    return found


def is_loopback(host: str) -> bool:
    """Whether an address or a name is this machine by definition; no name server is asked."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _origin(given: Mapping[str, str], name: str, allowed: set[str]) -> str:
    value = given[name]
    try:
        url = urlsplit(value)
        host, port = url.hostname, url.port
    except ValueError:
        host, port, url = None, None, urlsplit("")
    is_origin = url.path in ("", "/") and not (url.query or url.fragment or url.username)
    if url.scheme not in ("http", "https") or not host or not is_origin:
        raise Refused(
            f"{name} is {value!r}: it must be http or https, a host and a port, and nothing after it."
        )
    if not is_loopback(host) and host not in allowed:
        raise Refused(
            f"{name} is on {host}, which is not this machine: if you may load it, say so by ALLOW_TARGET={host}."
        )
    shown = f"[{host}]" if ":" in host else host
    return f"{url.scheme}://{shown}" + (f":{port}" if port else "")


def _number(
    given: Mapping[str, str], name: str, default: float, least: float, most: float, meaning: str
) -> float:
    try:
        value = float(given.get(name, default))
    except ValueError:
        value = math.nan
    if not least <= value <= most:
        raise Refused(
            f"{name} is {given[name]!r}: it must be a number from {least:.2g} to {most:g}, {meaning}."
        )
    return value


def _duration(text: str) -> float:
    match = re.fullmatch(r"(\d+)(s|m|h)", text)
    seconds = int(match[1]) * _UNITS[match[2]] if match else 0
    if not 1 <= seconds <= _LONGEST_SECONDS:
        raise Refused(
            f"DURATION is {text!r}: it must be a whole number with s, m or h, from 1s to 168h, such as 90s."
        )
    return seconds

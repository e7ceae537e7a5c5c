"""What was full first when a search ended: a limit, a processor, the database, or k6 itself."""

from collections.abc import Callable
from dataclasses import dataclass

from .watched import Look

#: What is used to this share counts as full.
FULL = 0.9
# From when it is full it must be so in this share of the looks that follow: a moment is no limit.
_MOSTLY = 0.8
_FEWEST = 2
# k6 measures its own pauses as the target's from well before all of its cores are taken: its collector runs there, too.
_K6_FULL = 0.7
_K6_SECONDS = 10
# A commit that takes longer than this takes half of what visits are promised.
_SLOW_COMMIT_SECONDS = 0.05
_DATABASE_WAIT_SECONDS = 0.05


@dataclass(frozen=True)
class Between:
    """Two looks, one after the other."""

    before: Look
    after: Look

    @property
    def seconds(self) -> float:
        """From one to the other."""
        return max(self.after.at - self.before.at, 1e-3)

    def rise(self, name: str, **labels: str) -> float:
        """By how much a counter rose a second; 0 if it is not there."""
        before, after = self.before.total(name, **labels), self.after.total(name, **labels)
        return 0.0 if after is None else max(after - (before or 0), 0) / self.seconds

    def now(self, name: str, **labels: str) -> float:
        """A gauge; 0 if it is not there."""
        return self.after.total(name, **labels) or 0.0


@dataclass(frozen=True)
class Sign:
    """Something that can be full, and the metric that shows it."""

    what: str
    #: How full it is, from 0 to 1.
    share: Callable[[Between], float]
    #: What the metric was, in words.
    evidence: Callable[[Between], str]
    #: From which share on it is.
    full: float = FULL
    #: Over how many seconds that is looked at, where a single look says little.
    seconds: float = 0


def first(looks: list[Look]) -> dict | None:
    """What was full first and stayed so: `what`, `evidence`, and how many `seconds` into the run; none if nothing was."""
    found = _full(SIGNS, looks) or _full((OTHERS,), looks)
    if not found:
        return None
    _, _, sign, pair = min(found, key=lambda each: each[:2])
    return {"what": sign.what, "evidence": sign.evidence(pair), "seconds": pair.after.at - looks[0].at}


def meanwhile(looks: list[Look]) -> str | None:
    """What both sides did in the end, for who has to look elsewhere; none if nobody looked."""
    if len(looks) < _FEWEST:
        return None
    pair = _pairs(looks, _K6_SECONDS)[-1]
    answered = pair.rise("http_server_request_duration_seconds_count")
    took_ms = 1000 * pair.rise("http_server_request_duration_seconds_sum") / answered if answered else 0.0
    return (
        f"In the end Sirius took {took_ms:.2f} ms a request (http_server_request_duration_seconds) and"
        f" {_sirius(pair):.2f} cores, k6 {_k6(pair):.2f} of the {pair.after.k6_cores} that it may use"
    )


def _full(signs: tuple[Sign, ...], looks: list[Look]) -> list[tuple[float, int, Sign, Between]]:
    """Those that are full: since when, their rank, they, and what was seen then."""
    found = []
    for rank, sign in enumerate(signs):
        pairs = _pairs(looks, sign.seconds)
        since = _since([sign.share(pair) >= sign.full for pair in pairs])
        if since is not None:
            found.append((pairs[since].after.at, rank, sign, pairs[since]))
    return found


def _pairs(looks: list[Look], seconds: float) -> list[Between]:
    """Each look with the last one that was so many seconds before; those of the beginning with the first."""
    found, before = [], 0
    for index, after in enumerate(looks[1:], start=1):
        while before + 1 < index and after.at - looks[before + 1].at >= seconds:
            before += 1
        found.append(Between(looks[before], after))
    return found


def _since(full: list[bool]) -> int | None:
    """The first of those that are full from which on most are."""
    for index, is_full in enumerate(full):
        rest = full[index:]
        if is_full and len(rest) >= _FEWEST and sum(rest) >= max(_FEWEST, _MOSTLY * len(rest)):
            return index
    return None


def _any(rate: Callable[[Between], float]) -> Callable[[Between], float]:
    """Full as soon as anything is refused."""
    return lambda pair: 1.0 if rate(pair) > 0 else 0.0


def _limited(pair: Between) -> float:
    return pair.rise("sirius_rate_limited_total")


def _unconnected(pair: Between) -> float:
    return pair.rise("http_server_connections_refused_total")


def _uncounted(pair: Between) -> float:
    return pair.rise("sirius_visit_failures_total", reason="busy") + pair.rise(
        "sirius_visit_failures_total", reason="timed_out"
    )


def _without_database(pair: Between) -> float:
    return pair.rise("sirius_visit_failures_total", reason="unavailable")


def _refused(reason: str) -> Callable[[Between], float]:
    return lambda pair: pair.rise("http_server_requests_refused_total", reason=reason)


_crowded, _late = _refused("too_many"), _refused("lag")


def _delay_seconds(pair: Between) -> float:
    """How long a task that could go on waited for a thread."""
    waits = pair.rise("tokio_scheduling_delay_seconds_count")
    return pair.rise("tokio_scheduling_delay_seconds_sum") / waits if waits else 0.0


def _busy(pair: Between) -> float:
    if pair.after.idle_seconds is None or pair.before.idle_seconds is None:
        return 0.0
    return 1 - (pair.after.idle_seconds - pair.before.idle_seconds) / pair.seconds / pair.after.cores


def _are_they(pair: Between) -> bool:
    return _sirius(pair) + _k6(pair) > pair.after.cores / 2


def _machine(pair: Between) -> float:
    # What others take on a busy machine says nothing of either.
    return _busy(pair) if _are_they(pair) else 0.0


def _others(pair: Between) -> float:
    return 0.0 if _are_they(pair) else _busy(pair)


def _k6_machine(pair: Between) -> float:
    return _k6(pair) / pair.after.k6_cores


def _k6(pair: Between) -> float:
    if pair.after.k6_seconds is None or pair.before.k6_seconds is None:
        return 0.0
    return (pair.after.k6_seconds - pair.before.k6_seconds) / pair.seconds


def _sirius(pair: Between) -> float:
    return pair.rise("process_cpu_seconds_total")


def _workers(pair: Between) -> float:
    return pair.rise("tokio_worker_busy_seconds_total") / max(pair.now("tokio_workers"), 1)


def _commit_seconds(pair: Between) -> float:
    commits = pair.rise("sirius_visit_commit_duration_seconds_count")
    return pair.rise("sirius_visit_commit_duration_seconds_sum") / commits if commits else 0.0


def _commits(pair: Between) -> float:
    """How much of the time one is under way. With short ones that is no limit: more visits share each."""
    share = pair.rise("sirius_visit_commit_duration_seconds_sum")
    return share if _commit_seconds(pair) > _SLOW_COMMIT_SECONDS else 0.0


def _wait_seconds(pair: Between) -> float:
    waits = pair.rise("db_client_connection_wait_time_seconds_count")
    return pair.rise("db_client_connection_wait_time_seconds_sum") / waits if waits else 0.0


def _pool(pair: Between) -> float:
    timeouts = pair.rise("db_client_connection_timeouts_total")
    return 1.0 if timeouts or _wait_seconds(pair) > _DATABASE_WAIT_SECONDS else 0.0


def _descriptors(pair: Between) -> float:
    return pair.now("process_open_fds") / max(pair.now("process_max_fds"), 1)


#: Of two that are full from the same look on, the earlier is told: refusals are certain, and say why themselves.
SIGNS = (
    Sign(
        "the quota of one client (limits.reads, limits.visits)",
        _any(_limited),
        lambda pair: f"sirius_rate_limited_total rose by {_limited(pair):,.0f} a second",
    ),
    Sign(
        "the connections that are allowed at a time (server.max_connections)",
        _any(_unconnected),
        lambda pair: (
            f"http_server_connections_refused_total rose by {_unconnected(pair):,.0f} a second while"
            f" http_server_connections was {pair.now('http_server_connections'):,.0f}"
        ),
    ),
    Sign(
        "the visits that may wait for the database (visits.max_waiting, visits.timeout)",
        _any(_uncounted),
        lambda pair: (
            f"sirius_visit_failures_total rose by {_uncounted(pair):,.0f} a second while sirius_visits_pending was"
            f" {pair.now('sirius_visits_pending'):,.0f} and a commit took {_commit_seconds(pair) * 1000:,.0f} ms"
        ),
    ),
    Sign(
        "the database, which could not be reached",
        _any(_without_database),
        lambda pair: (
            f"sirius_visit_failures_total rose by {_without_database(pair):,.0f} a second (unavailable)"
        ),
    ),
    Sign(
        "the requests that are allowed at a time (server.max_requests)",
        _any(_crowded),
        lambda pair: (
            f"http_server_requests_refused_total (too_many) rose by {_crowded(pair):,.0f} a second while"
            f" http_server_active_requests was {pair.now('http_server_active_requests'):,.0f}"
        ),
    ),
    Sign(
        "the processors of Sirius: requests waited for a thread (server.max_lag)",
        _any(_late),
        lambda pair: (
            f"http_server_requests_refused_total (lag) rose by {_late(pair):,.0f} a second while a task waited"
            f" {1000 * _delay_seconds(pair):,.0f} ms for a thread (tokio_scheduling_delay_seconds), with"
            f" {_sirius(pair):.2f} cores (process_cpu_seconds_total)"
        ),
    ),
    Sign(
        "the processors of the machine that Sirius and k6 share",
        _machine,
        lambda pair: (
            f"of {pair.after.cores} cores Sirius took {_sirius(pair):.2f} (process_cpu_seconds_total), k6"
            f" {_k6(pair):.2f}, and hardly anything was idle"
        ),
    ),
    Sign(
        "the processors of k6, and not Sirius: load it from a larger machine, or from several",
        _k6_machine,
        lambda pair: f"k6 took {_k6(pair):.2f} of the {pair.after.k6_cores} cores that it may use",
        _K6_FULL,
        _K6_SECONDS,
    ),
    Sign(
        "the threads of Sirius",
        _workers,
        lambda pair: (
            f"its {pair.now('tokio_workers'):.0f} were busy for {100 * _workers(pair):.0f} % of the time"
            f" (tokio_worker_busy_seconds_total), with {_sirius(pair):.2f} cores (process_cpu_seconds_total)"
        ),
    ),
    Sign(
        "the connections to the database",
        _pool,
        lambda pair: (
            f"one was waited for {_wait_seconds(pair) * 1000:,.0f} ms (db_client_connection_wait_time_seconds), and"
            f" db_client_connection_timeouts_total rose by {pair.rise('db_client_connection_timeouts_total'):,.0f}"
        ),
    ),
    Sign(
        "the database's disk",
        _commits,
        lambda pair: (
            f"a commit took {_commit_seconds(pair) * 1000:,.0f} ms and one was always under way"
            " (sirius_visit_commit_duration_seconds)"
        ),
    ),
    Sign(
        "the file descriptors of Sirius",
        _descriptors,
        lambda pair: (
            f"process_open_fds was {pair.now('process_open_fds'):,.0f} of {pair.now('process_max_fds'):,.0f}"
        ),
    ),
)

#: Only where nothing of Sirius or k6 is full.
OTHERS = Sign(
    "the processors of the machine, by other programs: measure again when it is quiet",
    _others,
    lambda pair: (
        f"of {pair.after.cores} cores {_busy(pair) * pair.after.cores:.2f} were busy, Sirius took"
        f" {_sirius(pair):.2f} of them and k6 {_k6(pair):.2f}"
    ),
)

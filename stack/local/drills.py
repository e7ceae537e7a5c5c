"""The ways in which something is broken on purpose, from outside or by `/faults` within, and which alert must tell of it."""

from collections.abc import Callable
from dataclasses import dataclass

from .stack import Stack

EVERYTHING = (("GET", "/"), ("GET", "/api/v1/images/random"), ("POST", "/api/v1/visits"))


@dataclass(frozen=True)
class Drill:
    """One of them."""

    name: str
    #: What is done, in a sentence.
    cause: str
    #: The alert whose notification is waited for; Watchdog is waited for to fall silent.
    alert: str
    inject: Callable[[Stack], None]
    lift: Callable[[Stack], None]
    #: What passes between the cause and the alert's condition: a duration of the rules, which a drill shortens ...
    window: str = "0s"
    #: ... and seconds of Sirius' own, which it does not.
    own_seconds: float = 0
    #: Seconds that the window takes in a stack which has only just begun, where that is not the window's part.
    without_history: float | None = None
    #: Seconds of traffic before the cause, so that there is something to compare with.
    healthy_seconds: float = 20
    replicas: int = 1
    #: Whether the stack needs a disk that can be filled.
    has_disk: bool = False
    requests: tuple[tuple[str, str], ...] = EVERYTHING
    #: Requests a second to each replica.
    rate: float = 20


def _move_database_away(stack: Stack) -> None:
    data = stack.folder / "sirius"
    (data / "sirius.db").rename(data / "sirius.db.away")


def _bring_database_back(stack: Stack) -> None:
    data = stack.folder / "sirius"
    (data / "sirius.db.away").rename(data / "sirius.db")


DRILLS = {
    drill.name: drill
    for drill in (
        Drill(
            "outage",
            "Sirius is killed",
            "SiriusDown",
            lambda stack: stack.sirius[0].kill(),
            lambda stack: stack.sirius[0].start(),
        ),
        Drill(
            "replica-killed",
            "one of two replicas is killed",
            "SiriusReplicaDown",
            lambda stack: stack.sirius[1].kill(),
            lambda stack: stack.sirius[1].start(),
            replicas=2,
        ),
        Drill(
            "database-down",
            "the database's file is moved away",
            "SiriusVisitsNotCommitting",
            _move_database_away,
            _bring_database_back,
            # More than half of the visits of five minutes.
            window="2m30s",
        ),
        Drill(
            "catalogue-stale",
            "the database's file is moved away, while nobody visits and pictures are asked for",
            "SiriusFreshnessBurnFast",
            _move_database_away,
            _bring_database_back,
            # 14.4 times the budget of an hour, once it is older than ten seconds.
            window="52s",
            own_seconds=10,
            requests=(("GET", "/api/v1/images/random"),),
        ),
        Drill(
            "errors-fast",
            "the database's file is moved away, and every third request is a visit",
            "SiriusAvailabilityBurnFast",
            _move_database_away,
            _bring_database_back,
            # 14.4 times the budget of an hour, 1.44 % of its requests, when a third of them fail.
            window="2m36s",
            # The whole of what a drill makes of an hour.
            healthy_seconds=65,
        ),
        Drill(
            "errors-slow",
            "the database's file is moved away, and one request of 220 is a visit",
            "SiriusAvailabilityBurnSlow",
            _move_database_away,
            _bring_database_back,
            # Three times the budget of a day, 0.3 % of its requests, when 0.45 % of them fail: two thirds of a day. A stack
            # that has only just begun has no more of a day than the seconds before the cause.
            window="16h",
            without_history=33,
            requests=(*(219 * (("GET", "/api/v1/images/random"),)), ("POST", "/api/v1/visits")),
            rate=110,
        ),
        Drill(
            "latency",
            "every answer takes 150 ms longer",
            "SiriusLatencyBurnFast",
            lambda stack: stack.begin_fault(kind="latency", ratio=1, latency_ms=150),
            lambda stack: stack.lift_faults(),
            # 14.4 times the budget of an hour, 14.4 % of its requests, when all of them are slow.
            window="8m38s",
            healthy_seconds=65,
        ),
        Drill(
            "pool-exhausted",
            "every connection to the database is taken",
            "SiriusPoolExhausted",
            lambda stack: stack.begin_fault(kind="pool_exhausted"),
            lambda stack: stack.lift_faults(),
            # So long whoever asks for a connection waits before it was in vain, and four do at a time: the fifth is one of the
            # second turn, or of Sirius itself.
            own_seconds=3,
            # Pages give up before; the history waits for a connection that reads.
            requests=(("GET", "/api/v1/visits/history"),),
        ),
        Drill(
            "disk-filling",
            "a file leaves 3 % of the disk",
            "SiriusDiskFilling",
            lambda stack: stack.disk.fill(0.03),
            lambda stack: stack.disk.empty(),
            has_disk=True,
        ),
        Drill(
            "loki-down",
            "Loki is killed",
            "SiriusTelemetryDropped",
            lambda stack: stack.loki.kill(),
            lambda stack: stack.loki.start(),
        ),
        Drill(
            "trace-store-down",
            "the trace store is killed",
            "SiriusTelemetryDropped",
            lambda stack: stack.jaeger.kill(),
            lambda stack: stack.jaeger.start(),
            # traces.export_timeout: so long spans are offered again.
            own_seconds=30,
        ),
        Drill(
            "prometheus-down",
            "Prometheus is killed",
            "Watchdog",
            lambda stack: stack.prometheus.kill(),
            lambda stack: stack.prometheus.start(),
        ),
    )
}

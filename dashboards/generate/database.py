"""Database: what Sirius asks it, how long that takes, and whether connections are to be had."""

from grafana_foundation_sdk.builders.dashboard import Dashboard

from .vocabulary import units
from .vocabulary.frame import page
from .vocabulary.layout import Section, line, section
from .vocabulary.links import LOGS_TRACES, OVERVIEW, RUNTIME, VISITS_IMAGES, to
from .vocabulary.panels import BAD, CALM, GOOD, WARN, About, Look, Number
from .vocabulary.panels import graph, heat, number
from .vocabulary.queries import Query, increase, quantile, rate, series, share
from .vocabulary.slo import defined

_OPERATION = "db_client_operation_duration_seconds"
_WAIT = "db_client_connection_wait_time_seconds"
_QUANTILES = [(0.5, "median"), (0.95, "p95"), (0.99, "p99")]
_COLORS = {"median": GOOD, "p95": WARN, "p99": BAD}
_FAILED = 'error_type!=""'
_USED = 'db_client_connection_state="used"'


def dashboard() -> Dashboard:
    """The dashboard."""
    return page(
        "sirius-database",
        "Database",
        "Whether the database answers, how long statements and waits for a connection take, and what fails. Pictures are"
        " served without it; visits are not counted, and changes to the catalogue do not appear.",
        _now(),
        _statements(),
        _connections(),
        _disk(),
    )


def _now() -> Section:
    connections = "db_client_connections"
    used = f"sum({series(connections, _USED)}) / sum({series(connections)})"
    failed = increase(f"{_OPERATION}_count", _FAILED)
    return section(
        "Now",
        line(
            4,
            number(
                About(
                    "Rate of statements",
                    "Statements a second, all instances together.",
                    "none at all although Sirius runs: it cannot reach the database; the lines say why.",
                ),
                units.OPERATIONS_PER_SECOND,
                Query(rate(f"{_OPERATION}_count"), "statements"),
                Number(base=CALM),
            ),
            number(
                About(
                    "Failed in this time",
                    "Statements that failed in the time that is shown.",
                    "Failures by cause, below, says how; the lines of the same time name the statement.",
                ),
                units.COUNT,
                Query(f"{failed} or vector(0)", "failed", instant=True),
                Number(limits=[(1, WARN)], decimals=0),
            ),
            number(
                About(
                    "p99 of statements",
                    "How long the slowest hundredth of the statements takes at least.",
                    "see which, below: a slow COMMIT or UPDATE is the disk, a slow SELECT is the database itself.",
                ),
                units.SECONDS,
                Query(quantile(0.99, _OPERATION), "p99"),
                Number(limits=[(0.05, WARN), (0.25, BAD)]),
            ),
            (
                number(
                    About(
                        "Connections in use",
                        "The part of the open connections that somebody is using.",
                        "at 100 % for long, requests wait: see the waits below, and what statements take so long.",
                        alerts=("SiriusPoolExhausted",),
                    ),
                    units.PART,
                    Query(used, "used"),
                    Number(limits=[(0.8, WARN), (1, BAD)], decimals=0),
                ),
                3,
            ),
            (
                number(
                    About(
                        "p99 of waits",
                        "How long the slowest hundredth of those who need a connection waits at least.",
                        "the pool is too small for what comes, or statements hold their connections for too long.",
                        alerts=("SiriusPoolExhausted",),
                    ),
                    units.SECONDS,
                    Query(quantile(0.99, _WAIT), "p99"),
                    Number(limits=[(0.05, WARN), (0.25, BAD)]),
                ),
                3,
            ),
            (
                number(
                    About(
                        "Given up in this time",
                        "How often no connection was to be had in time.",
                        "what had to be asked was not: visits are refused, changes to the catalogue come late.",
                        alerts=("SiriusPoolExhausted",),
                    ),
                    units.COUNT,
                    Query(increase("db_client_connection_timeouts_total"), "given up", instant=True),
                    Number(limits=[(1, BAD)], decimals=0),
                ),
                3,
            ),
            (
                number(
                    About(
                        "Risky settings",
                        "Settings of the database with which visits that were acknowledged may be lost when its power fails.",
                        "a line of each Sirius' start names them, and what they should be.",
                    ),
                    units.COUNT,
                    Query(f"max({series('sirius_database_risky_settings')})", "settings", instant=True),
                    Number(limits=[(1, WARN)], decimals=0),
                ),
                3,
            ),
        ),
    )


def _statements() -> Section:
    by = "db_operation_name"
    failed = rate(f"{_OPERATION}_count", _FAILED)
    return section(
        "Statements",
        line(
            8,
            graph(
                About(
                    "Statements by what they do",
                    "Statements a second.",
                    "more of one kind than requests explain: look for what asks again and again in the traces.",
                    see=(to(LOGS_TRACES, "Logs and traces"), to(VISITS_IMAGES, "Visits and images")),
                ),
                units.OPERATIONS_PER_SECOND,
                Query(rate(f"{_OPERATION}_count", by=f"db_system_name, {by}"), "{{db_system_name}} {{" + by + "}}"),
                look=Look(stacked=True),
            ),
            graph(
                About(
                    "Duration of statements",
                    "How long statements take in the database.",
                    "compare with the next: one kind of statement, or all of them.",
                    see=(to(OVERVIEW, "Overview"),),
                ),
                units.SECONDS,
                *(Query(quantile(part, _OPERATION), name) for part, name in _QUANTILES),
                look=Look(colors=_COLORS),
            ),
            graph(
                About(
                    "p95 by what they do",
                    "How long the slowest twentieth of each kind of statement takes at least.",
                    "COMMIT, and the UPDATE that counts visits: the disk. BEGIN: another writer, for SQLite. Others: locks, or a plan that changed.",
                ),
                units.SECONDS,
                Query(quantile(0.95, _OPERATION, by=by), "{{" + by + "}}"),
            ),
        ),
        line(
            8,
            graph(
                About(
                    "Failures by cause",
                    "Statements a second that failed.",
                    "full and denied: the disk and its rights. io and corrupt: stop writing, make a copy, restore. busy:"
                    " another process writes. closed: Sirius is stopping.",
                    see=(to(LOGS_TRACES, "Logs and traces"),),
                ),
                units.OPERATIONS_PER_SECOND,
                Query(rate(f"{_OPERATION}_count", _FAILED, by="error_type"), "{{error_type}}"),
                look=Look(stacked=True),
            ),
            graph(
                About(
                    "Part that fails",
                    "The part of all statements that failed.",
                    "a small part that stays is one kind of statement; all of them is the database or the way to it.",
                ),
                units.PART,
                Query(share(failed, rate(f"{_OPERATION}_count")), "failed"),
                look=Look(limits=[(0.01, WARN)], colors={"failed": BAD}),
            ),
            heat(
                About(
                    "Statements by their duration",
                    "How many statements took how long.",
                    "a second band above the first is what waits for something: a lock, or the disk.",
                ),
                units.SECONDS,
                Query(rate(f"{_OPERATION}_bucket", by="le"), "{{le}}"),
            ),
        ),
    )


def _connections() -> Section:
    state = "db_client_connection_state"
    return section(
        "Connections",
        line(
            8,
            graph(
                About(
                    "Connections by state",
                    "Connections that are open: idle, or used by somebody.",
                    "none idle for long means that requests wait for one.",
                    alerts=("SiriusPoolExhausted",),
                    see=(to(RUNTIME, "Runtime"),),
                ),
                units.COUNT,
                Query(
                    f"sum by (db_system_name, {state}) ({series('db_client_connections')})",
                    "{{db_system_name}} {{" + state + "}}",
                ),
                look=Look(stacked=True, colors={"idle": CALM, "used": WARN}),
            ),
            graph(
                About(
                    "Waits for a connection",
                    "How long those who need a connection wait for it.",
                    "waits that grow while statements do not are more work than connections; both growing are slow"
                    " statements.",
                    alerts=("SiriusPoolExhausted",),
                ),
                units.SECONDS,
                *(Query(quantile(part, _WAIT), name) for part, name in _QUANTILES),
                look=Look(colors=_COLORS),
            ),
            graph(
                About(
                    "Waits given up",
                    "How often a minute no connection was to be had in time, by instance.",
                    "one instance: its connections are stuck; restart it. All: the database is slow or full.",
                    alerts=("SiriusPoolExhausted",),
                ),
                units.COUNT,
                Query(increase("db_client_connection_timeouts_total", by="instance", over="1m"), "{{instance}}"),
                look=Look(limits=[(1, BAD)]),
            ),
        ),
    )


def _disk() -> Section:
    machine, volume = defined().targets["disk"], defined().targets["volume"]
    sources = [
        (
            "node_filesystem_avail_bytes",
            "node_filesystem_size_bytes",
            machine,
            "instance, mountpoint",
            "{{instance}} {{mountpoint}}",
        ),
        (
            "kubelet_volume_stats_available_bytes",
            "kubelet_volume_stats_capacity_bytes",
            volume,
            "persistentvolumeclaim",
            "{{persistentvolumeclaim}}",
        ),
    ]
    return section(
        "Disk",
        line(
            7,
            graph(
                About(
                    "Disk left",
                    "The part of the disk or the volume with Sirius's data that is free.",
                    "without room no visit is counted and nothing is taken in. Make room, or make the volume larger.",
                    alerts=("SiriusDiskFilling",),
                    see=(to(RUNTIME, "Runtime"),),
                ),
                units.PART,
                *(
                    Query(f"min by ({by}) ({free}{{{which}}} / {size}{{{which}}})", name)
                    for free, size, which, by, name in sources
                ),
                look=Look(limits=[(0.05, CALM)], highest=1),
            ),
            graph(
                About(
                    "Room left",
                    "The bytes that are free there.",
                    "a straight line down tells when it ends; visits need little, pictures and a long log much.",
                    alerts=("SiriusDiskFilling",),
                ),
                units.BYTES,
                *(Query(f"min by ({by}) ({free}{{{which}}})", name) for free, _, which, by, name in sources),
            ),
        ),
    )

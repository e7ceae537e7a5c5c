"""Overview: is Sirius well, and if not, where to look. The first page of whoever is on call, and of the wall."""

from generate.definition import Slo
from grafana_foundation_sdk.builders.dashboard import Dashboard

from .vocabulary import units
from .vocabulary.frame import page, streams
from .vocabulary.layout import Section, line, section
from .vocabulary.links import DATABASE, LOGS_TRACES, RUNTIME, SLO, VISITS_IMAGES, Link, lines_and_traces, to
from .vocabulary.panels import BAD, CALM, GOOD, WARN, About, Column, Look, Number, PanelBuilder
from .vocabulary.panels import graph, lines, number, table
from .vocabulary.queries import DURATION, JOBS, STREAMS, Query, quantile, rate, series, share
from .vocabulary.slo import alerts, defined, left, limit, promises, users

STATUS_COLORS = {"^2": GOOD, "^3": CALM, "^4": WARN, "^5": BAD}
QUANTILE_COLORS = {"median": GOOD, "p95": WARN, "p99": BAD}
_CLASS = '"class", "$1", "http_response_status_code", "(.).."'


def dashboard() -> Dashboard:
    """The dashboard."""
    return page(
        "sirius-overview",
        "Overview",
        "Is Sirius well? The promises and what is left of their budgets, rate, errors and duration of requests, and what"
        " is used up. Begin here, from a page or without one.",
        _promises(),
        _red(),
        _routes(),
        _saturation(),
        _from_outside(),
        _now(),
        choices=streams(),
    )


def _promises() -> Section:
    budgets = [_budget(slo) for slo in promises().values()]
    return section("What is promised", line(4, *budgets, _firing(), _instances(), _outside()))


def _budget(slo: Slo) -> PanelBuilder:
    about = About(
        f"Budget left: {slo.name}",
        f"What is left of what may go wrong in {defined().period}. The promise: {slo.title[0].lower()}{slo.title[1:]},"
        f" {slo.objective:.1%} of the time.",
        "below a quarter, put off what is risky; at nothing, only repair. The SLO dashboard says when it was spent.",
        alerts=alerts(slo.name),
        see=(to(SLO, "SLO and error budget"),),
    )
    look = Number(limits=[(0, WARN), (0.25, GOOD)], base=BAD, decimals=1, nothing="no rules")
    return number(about, units.PART, Query(left(slo), slo.name), look)


def _firing() -> PanelBuilder:
    about = About(
        "Alerts",
        "How many alerts fire that page somebody or make a ticket.",
        "the table at the end of this page names them; each leads to its runbook.",
    )
    query = Query(f'count(ALERTS{{alertstate="firing", severity=~"critical|warning", {JOBS}}}) or vector(0)', "firing")
    return number(about, units.COUNT, query, Number(limits=[(1, BAD)]))


def _instances() -> PanelBuilder:
    about = About(
        "Instances",
        "How many processes Prometheus reaches.",
        "look at Runtime for those that are gone or that start again and again; the log says why they stopped.",
        alerts=("SiriusDown", "SiriusAbsent", "SiriusReplicaDown"),
        see=(to(RUNTIME, "Runtime"),),
    )
    query = Query(f"sum({series('up')}) or vector(0)", "up")
    return number(about, units.COUNT, query, Number(limits=[(1, GOOD)], base=BAD))


def _outside() -> PanelBuilder:
    about = About(
        "Seen from outside",
        "Whether the probe that asks as a user does, through whatever is in front of Sirius, gets its answers.",
        "if all else here is well, the fault is between users and Sirius: name service, certificate, load balancer.",
        alerts=("SiriusUnreachable", "SiriusProbesMissing"),
    )
    words = {"1": ("answers", GOOD), "0": ("fails", BAD)}
    query = Query(f"min(probe_success{{{defined().targets['probes']}}})", "probe")
    return number(about, units.PLAIN, query, Number(words=words, course=False, nothing="no probe"))


def _red() -> Section:
    by_class = f"sum by (class) (label_replace(rate({series(DURATION + '_count', users())}[$__rate_interval]), {_CLASS}))"
    rates = graph(
        About(
            "Rate",
            "Requests of users that were answered, by the class of their status. Probes and scrapes are left out.",
            "a sudden fall without errors means that nobody comes through: look from outside. A sudden rise of 4xx is"
            " most often one client; the lines name its address.",
            see=(to(LOGS_TRACES, "Logs and traces"),),
        ),
        units.REQUESTS_PER_SECOND,
        Query(by_class, "{{class}}xx"),
        look=Look(stacked=True, colors=STATUS_COLORS),
    )
    failed = rate(f"{DURATION}_count", users(), 'http_response_status_code=~"5.."')
    errors = graph(
        About(
            "Errors",
            "The part of users' requests that was answered with 5xx. The line is what can be sustained for 30 days.",
            "see by route, below, which requests fail, and click on the route for their lines and traces.",
            alerts=alerts("availability"),
        ),
        units.PART,
        Query(share(failed, rate(f"{DURATION}_count", users())), "5xx"),
        look=Look(limits=[(promises()["availability"].budget, BAD)], colors={"5xx": BAD}),
    )
    parts = [(0.5, "median"), (0.95, "p95"), (0.99, "p99")]
    durations = graph(
        About(
            "Duration",
            "How long users wait for the head of an answer. The line is the promise of 100 ms for pictures and visits."
            " A dot is one request; a click on it opens its trace.",
            "open the trace of a dot at the top: it says whether the time went into the database, the store or the wait"
            " for a connection. By route, below, tells which requests are slow.",
            alerts=alerts("latency"),
            see=(to(DATABASE, "Database"),),
        ),
        units.SECONDS,
        *(Query(quantile(part, DURATION, users()), name, exemplars=part == 0.99) for part, name in parts),
        look=Look(limits=[(limit("latency"), BAD)], colors=QUANTILE_COLORS),
    )
    return section("Rate, errors, duration", line(8, rates, errors, durations))


def _routes() -> Section:
    click = (lines_and_traces(),)
    count = f"{DURATION}_count"
    all_of_them = rate(count, users(), by="http_route")
    failed = rate(count, users(), 'http_response_status_code=~"5.."', by="http_route")
    act = "click on the route: its traces and its lines of the same time say why."
    return section(
        "By route",
        line(
            8,
            graph(
                About("Rate by route", "Requests a second of each route.", act),
                units.REQUESTS_PER_SECOND,
                Query(all_of_them, "{{http_route}}"),
                look=Look(click=click),
            ),
            graph(
                About("Errors by route", "The part of each route's requests that was answered with 5xx.", act),
                units.PART,
                Query(share(failed, all_of_them), "{{http_route}}"),
                look=Look(click=click),
            ),
            graph(
                About("p99 by route", "How long the slowest hundredth of each route's requests took at least.", act),
                units.SECONDS,
                Query(quantile(0.99, DURATION, users(), by="http_route"), "{{http_route}}", exemplars=True),
                look=Look(click=click, limits=[(limit("latency"), BAD)]),
            ),
        ),
    )


def _saturation() -> Section:
    runtime = (to(RUNTIME, "Runtime"),)
    return section(
        "What is used up",
        line(
            6,
            graph(
                About(
                    "Under way",
                    "Requests that have come and whose answers are not yet handed over.",
                    "when it rises while the rate does not, something makes requests wait: compare Duration and Database.",
                    see=runtime,
                ),
                units.COUNT,
                Query(f"sum by (http_request_method) ({series('http_server_active_requests')})", "{{http_request_method}}"),
                look=Look(stacked=True),
            ),
            graph(
                About(
                    "Processor",
                    "Processors that are busy with Sirius, by instance.",
                    "when it stays at what the machine or the container has, start more instances or limit the rate.",
                    see=runtime,
                ),
                units.COUNT,
                Query(f"rate({series('process_cpu_seconds_total')}[$__rate_interval])", "{{instance}}"),
            ),
            graph(
                About(
                    "Memory",
                    "What is resident, by instance.",
                    "when it only ever rises, restart one instance, keep another to look at, and compare with Runtime.",
                    see=runtime,
                ),
                units.BYTES,
                Query(series("process_resident_memory_bytes"), "{{instance}}"),
            ),
            graph(
                About(
                    "Connections to the database",
                    "Connections in use, of all that are open.",
                    "when all are in use requests wait for one: see Database for what keeps them.",
                    see=(to(DATABASE, "Database"), to(VISITS_IMAGES, "Visits and images")),
                ),
                units.COUNT,
                Query(
                    f"sum by (db_client_connection_state) ({series('db_client_connections')})",
                    "{{db_client_connection_state}}",
                ),
                look=Look(stacked=True, colors={"idle": CALM, "used": WARN}),
            ),
        ),
    )


def _from_outside() -> Section:
    probes = defined().targets["probes"]
    day = 86400
    return section(
        "From outside",
        line(
            6,
            (
                graph(
                    About(
                        "Duration from outside",
                        "How long each phase of the outside probe's request takes.",
                        "resolve: the name service. connect and tls: the way. processing: what is in front, or Sirius.",
                        alerts=("SiriusUnreachable",),
                    ),
                    units.SECONDS,
                    Query(f"sum by (instance, phase) (probe_http_duration_seconds{{{probes}}})", "{{instance}} {{phase}}"),
                    look=Look(stacked=True),
                ),
                10,
            ),
            (
                graph(
                    About(
                        "Answers outside",
                        "The status of what the probe was answered last; 0 is no answer at all.",
                        "0: see the phases beside. 502 to 504 come from what is in front of Sirius, others from itself.",
                        alerts=("SiriusUnreachable", "SiriusProbesMissing"),
                    ),
                    units.PLAIN,
                    Query(f"max by (instance) (probe_http_status_code{{{probes}}})", "{{instance}}"),
                    look=Look(limits=[(400, BAD)]),
                ),
                10,
            ),
            (
                number(
                    About(
                        "Certificate lasts for",
                        "How long the certificate that users meet is still valid.",
                        "renew it; what was to do so by itself did not.",
                        alerts=("SiriusCertificateExpiring",),
                    ),
                    units.DURATION,
                    Query(f"min(probe_ssl_earliest_cert_expiry{{{probes}}}) - time()", "lasts"),
                    Number(limits=[(7 * day, WARN), (14 * day, GOOD)], base=BAD, course=False, nothing="no TLS"),
                ),
                4,
            ),
        ),
    )


def _now() -> Section:
    columns = [
        Column("alertname", "Alert", click=(Link("Runbook", "${runbooks}/${__value.raw}.md", elsewhere=True),)),
        Column("severity", "Severity"),
        Column("instance", "Instance"),
        Column("Value", "Firing"),
    ]
    firing = f'sum by (alertname, severity, instance) (ALERTS{{alertstate="firing", {JOBS}}})'
    return section(
        "Now",
        line(
            9,
            (
                table(
                    About(
                        "Alerts that fire",
                        "Each alert, also those that tell nobody. A click on a name opens its runbook.",
                        "the critical ones first.",
                    ),
                    units.COUNT,
                    Query(firing),
                    columns,
                    nothing="No alert fires.",
                ),
                9,
            ),
            (
                lines(
                    About(
                        "Newest warnings and errors",
                        "What the service says is wrong. A line that is opened has a link to its trace.",
                        "look for what they have in common, and for the first of them at Logs and traces.",
                        see=(to(LOGS_TRACES, "Logs and traces"),),
                    ),
                    STREAMS.replace("}", ', level=~"warn|error"}'),
                    most=50,
                ),
                15,
            ),
        ),
    )

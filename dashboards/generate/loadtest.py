"""Load test: what k6 does and sees, beside what Sirius says of the same time.

k6 writes its metrics to Prometheus (`--out experimental-prometheus-rw`), with the statistics that
`K6_PROMETHEUS_RW_TREND_STATS=p(50),p(95),p(99),max` names.
"""

from grafana_foundation_sdk.builders.dashboard import Dashboard

from .vocabulary import units
from .vocabulary.frame import label_values, page
from .vocabulary.layout import Section, line, section
from .vocabulary.links import DATABASE, LOGS_TRACES, OVERVIEW, RUNTIME, lines_and_traces, to
from .vocabulary.panels import BAD, CALM, GOOD, WARN, About, Look, Number
from .vocabulary.panels import graph, number
from .vocabulary.queries import DURATION, Query, quantile, rate, series, share
from .vocabulary.slo import limit, promises, users

_TEST = 'testid=~"$testid"'
_QUANTILES = [("p50", "median"), ("p95", "p95"), ("p99", "p99")]
_COLORS = {"median": GOOD, "p95": WARN, "p99": BAD, "max": CALM}


def dashboard() -> Dashboard:
    """The dashboard."""
    return page(
        "sirius-loadtest",
        "Load test",
        "What k6 asks and how it is answered, beside what Sirius says of the same time: where both agree the network is not"
        " what is slow. Thresholds are the promises of alerts/slo.yaml.",
        _test(),
        _users_view(),
        _service_view(),
        choices=[label_values("testid", "Test", "label_values(k6_vus, testid)", "Runs of k6, by their tag.", ".*")],
    )


def _k6(metric: str) -> str:
    return f"k6_{metric}{{{_TEST}}}"


def _k6_rate(metric: str, by: str = "") -> str:
    grouping = f"sum by ({by})" if by else "sum"
    return f"{grouping} (rate({_k6(metric)}[$__rate_interval]))"


def _test() -> Section:
    availability = promises()["availability"]
    slowest = f"max({_k6('http_req_duration_p99')})"
    return section(
        "The test",
        line(
            4,
            number(
                About(
                    "Virtual users",
                    "Users that k6 plays now.",
                    "when it stands at its most, k6 cannot keep its rate: give it more users, or Sirius is too slow.",
                ),
                units.COUNT,
                Query(f"sum({_k6('vus')})", "users"),
                Number(base=CALM, nothing="no test"),
            ),
            number(
                About("Requests", "Requests a second that k6 makes.", "less than asked for: see what is not begun."),
                units.REQUESTS_PER_SECOND,
                Query(_k6_rate("http_reqs_total"), "requests"),
                Number(base=CALM, nothing="no test"),
            ),
            number(
                About(
                    "Failed",
                    "The part of k6's requests that failed, as k6 sees it.",
                    "compare with the part that Sirius says failed: more here is the way between.",
                ),
                units.PART,
                Query(f"avg({_k6('http_req_failed_rate')})", "failed"),
                Number(limits=[(availability.budget, BAD)], nothing="no test", decimals=2),
            ),
            number(
                About(
                    "p99",
                    "What the slowest hundredth of k6's requests took at least, over the whole test so far.",
                    "above the promise: see by request which.",
                ),
                units.SECONDS,
                Query(slowest, "p99"),
                Number(limits=[(limit("latency"), BAD)], nothing="no test"),
            ),
            number(
                About(
                    "Checks passed",
                    "The part of the checks of answers' contents that passed.",
                    "Sirius answered something else than the test expects: k6's own output names the check.",
                ),
                units.PART,
                Query(f"avg({_k6('checks_rate')})", "passed"),
                Number(limits=[(1, GOOD)], base=BAD, nothing="no checks", decimals=1),
            ),
            number(
                About(
                    "Not begun",
                    "Iterations that were due and that no user was free for.",
                    "the test asks less than it says: give k6 more users before believing its durations.",
                ),
                units.COUNT,
                Query(f"sum({_k6('dropped_iterations_total')}) or vector(0)", "dropped"),
                Number(limits=[(1, WARN)], decimals=0),
            ),
        ),
    )


def _users_view() -> Section:
    return section(
        "As k6 sees it",
        line(
            8,
            graph(
                About(
                    "Users and iterations",
                    "Users that are busy, those that are ready, and iterations a second.",
                    "busy at the number of ready ones: they wait for answers; durations are then too good.",
                ),
                units.COUNT,
                Query(f"sum({_k6('vus')})", "busy"),
                Query(f"sum({_k6('vus_max')})", "ready"),
                Query(_k6_rate("iterations_total"), "iterations a second"),
            ),
            graph(
                About(
                    "Requests by name",
                    "Requests a second, by their name in the test.",
                    "one that stands still is one that hangs.",
                ),
                units.REQUESTS_PER_SECOND,
                Query(_k6_rate("http_reqs_total", by="name"), "{{name}}"),
                look=Look(stacked=True),
            ),
            graph(
                About(
                    "Requests by status",
                    "Requests a second, by the status of their answer; 0 is none.",
                    "429 is the quota: raise it for the test, or test less. 0 is the network or a full machine.",
                    see=(to(OVERVIEW, "Overview"),),
                ),
                units.REQUESTS_PER_SECOND,
                Query(_k6_rate("http_reqs_total", by="status"), "{{status}}"),
                look=Look(stacked=True, colors={"^2": GOOD, "^3": CALM, "^4": WARN, "^5": BAD, "^0": BAD}),
            ),
        ),
        line(
            8,
            graph(
                About(
                    "Duration of requests",
                    "How long k6 waited, over the whole test so far.",
                    "compare with what Sirius says, below: what is more here is network and queueing before it.",
                ),
                units.SECONDS,
                *(Query(f"max({_k6(f'http_req_duration_{part}')})", name) for part, name in _QUANTILES),
                Query(f"max({_k6('http_req_duration_max')})", "max"),
                look=Look(colors=_COLORS, limits=[(limit("latency"), BAD)], logarithmic=True),
            ),
            graph(
                About(
                    "p99 by name",
                    "The same for each request by its name.",
                    "look for that route on the Overview.",
                    see=(to(OVERVIEW, "Overview"),),
                ),
                units.SECONDS,
                Query(f"max by (name) ({_k6('http_req_duration_p99')})", "{{name}}"),
                look=Look(limits=[(limit("latency"), BAD)]),
            ),
            graph(
                About(
                    "Data",
                    "Bytes a second that k6 got and sent.",
                    "at the limit of the network durations grow while Sirius's do not.",
                ),
                units.BYTES_PER_SECOND,
                Query(_k6_rate("data_received_total"), "received"),
                Query(_k6_rate("data_sent_total"), "sent"),
            ),
        ),
    )


def _service_view() -> Section:
    failed = rate(f"{DURATION}_count", users(), 'http_response_status_code=~"5.."')
    parts = [(0.5, "median"), (0.95, "p95"), (0.99, "p99")]
    return section(
        "As Sirius sees it",
        line(
            8,
            graph(
                About(
                    "Rate",
                    "Requests a second that Sirius answered, by route.",
                    "less than k6 makes: they do not arrive, or were refused before they had a route.",
                    see=(to(OVERVIEW, "Overview"),),
                ),
                units.REQUESTS_PER_SECOND,
                Query(rate(f"{DURATION}_count", users(), by="http_route"), "{{http_route}}"),
                look=Look(stacked=True, click=(lines_and_traces(),)),
            ),
            graph(
                About(
                    "Duration",
                    "How long Sirius took until it handed over the head of an answer. A dot is a request with a trace.",
                    "open the trace of a dot at the top.",
                    see=(to(LOGS_TRACES, "Logs and traces"),),
                ),
                units.SECONDS,
                *(Query(quantile(part, DURATION, users()), name, exemplars=part == 0.99) for part, name in parts),
                look=Look(colors=_COLORS, limits=[(limit("latency"), BAD)], logarithmic=True),
            ),
            graph(
                About(
                    "Errors",
                    "The part of users' requests that was answered with 5xx.",
                    "click through to the lines: they say why.",
                    see=(to(LOGS_TRACES, "Logs and traces"),),
                ),
                units.PART,
                Query(share(failed, rate(f"{DURATION}_count", users())), "5xx"),
                look=Look(colors={"5xx": BAD}, limits=[(promises()["availability"].budget, BAD)]),
            ),
        ),
        line(
            7,
            graph(
                About(
                    "Processor",
                    "Processors that are busy with each instance.",
                    "at what it may have: that is the limit that the test found.",
                    see=(to(RUNTIME, "Runtime"),),
                ),
                units.COUNT,
                Query(f"rate({series('process_cpu_seconds_total')}[$__rate_interval])", "{{instance}}"),
            ),
            graph(
                About(
                    "Memory",
                    "What is resident of each instance.",
                    "it must level off; if it does not, run the test for longer and compare.",
                    see=(to(RUNTIME, "Runtime"),),
                ),
                units.BYTES,
                Query(series("process_resident_memory_bytes"), "{{instance}}"),
            ),
            graph(
                About(
                    "Waits for the database",
                    "How long the slowest hundredth waits for a connection, and statements take, at least.",
                    "waits that grow: more visits than the disk can take.",
                    see=(to(DATABASE, "Database"),),
                ),
                units.SECONDS,
                Query(quantile(0.99, "db_client_connection_wait_time_seconds"), "connection"),
                Query(quantile(0.99, "db_client_operation_duration_seconds"), "statement"),
            ),
            graph(
                About(
                    "Visits",
                    "Visits a second that were counted, and those that were not.",
                    "visits that are refused (busy) are the limit of the database that the test found.",
                ),
                units.PER_SECOND,
                Query(rate("sirius_visits_total"), "counted"),
                Query(rate("sirius_visit_failures_total"), "not acknowledged"),
                look=Look(colors={"not acknowledged": BAD, "^counted": GOOD}),
            ),
        ),
    )

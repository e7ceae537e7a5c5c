"""Logs and traces: from a time and a route to single requests, and from an id to all that is known of one."""

from grafana_foundation_sdk.builders import dashboard as sdk
from grafana_foundation_sdk.builders.dashboard import Dashboard
from grafana_foundation_sdk.models.dashboard import VariableOption

from .vocabulary import units
from .vocabulary.frame import label_values, page, streams
from .vocabulary.layout import Section, line, section
from .vocabulary.links import OVERVIEW, TELEMETRY, to
from .vocabulary.panels import BAD, CALM, WARN, About, Look
from .vocabulary.panels import graph, line_graph, lines, traces
from .vocabulary.queries import DURATION, JOBS, STREAMS, Query, quantile
from .vocabulary.slo import limit

#: Lines of the chosen routes that contain what was looked for; what is no request has no route and matches `.*`.
_CHOSEN = f'{STREAMS.replace("}", ", level=~`$level`}")} |= `$trace_id` |= `$search` | json | route=~`$route`'
_REQUESTS = f'{STREAMS} |= `target":"sirius::request"` |= `$trace_id` | json | route=~`$route`'
_SPANS = '{ resource.service.name =~ "$service" && span.http.route =~ "$route"'


def dashboard() -> Dashboard:
    """The dashboard."""
    return page(
        "sirius-logs-traces",
        "Logs and traces",
        "Single requests: the lines that Sirius wrote and the traces that it sent, of the chosen time, route and level. With"
        " a trace id, as X-Trace-Id of an answer or a problem document has it, all that is known of one request.",
        _seen(),
        _requests(),
        _lines(),
        _traces(),
        choices=[*streams(), _route(), _level(), *_texts()],
    )


def _route() -> sdk.QueryVariable:
    of = f"label_values({DURATION}_count{{{JOBS}}}, http_route)"
    return label_values("route", "Route", of, "Only requests of these routes.", ".*")


def _level() -> sdk.CustomVariable:
    variable = sdk.CustomVariable("level").label("Level").description("Only lines of these levels.")
    variable.values("error,warn,info,debug,trace").multi(True).include_all(True).all_value(".+")
    return variable.current(VariableOption(selected=True, text="All", value="$__all"))


def _texts() -> list[sdk.TextBoxVariable]:
    return [
        sdk.TextBoxVariable("trace_id").label("Trace id").default_value("").description("Of one request, 32 digits."),
        sdk.TextBoxVariable("search").label("Search").default_value("").description("Only lines with this text."),
    ]


def _seen() -> Section:
    return section(
        "When",
        line(
            6,
            graph(
                About(
                    "Slowest requests",
                    "How long the slowest hundredth of the chosen routes' requests took at least. Each dot is a request"
                    " that has a trace; a click on it opens that.",
                    "choose a dot from the top and read its trace from left to right: the longest bar is the cause.",
                    see=(to(OVERVIEW, "Overview"),),
                ),
                units.SECONDS,
                Query(quantile(0.99, DURATION, 'http_route=~"$route"', by="http_route"), "{{http_route}}", exemplars=True),
                look=Look(limits=[(limit("latency"), BAD)]),
            ),
            line_graph(
                About(
                    "Lines by level",
                    "Lines in each interval.",
                    "see what the errors and warnings say, below. No lines at all: they do not arrive; see Telemetry health.",
                    see=(to(TELEMETRY, "Telemetry health"),),
                ),
                units.COUNT,
                Query(f"sum by (level) (count_over_time({STREAMS} [$__interval]))", "{{level}}"),
                look=Look(stacked=True, colors={"error": BAD, "warn": WARN, "info": CALM}),
            ),
        ),
    )


def _requests() -> Section:
    median_and_slow = [
        Query(f"quantile_over_time({part}, {_REQUESTS} | unwrap duration_ms [$__interval]) by (route)", f"{{{{route}}}} {name}")
        for part, name in [(0.99, "p99")]
    ]
    return section(
        "Requests, from their lines",
        line(
            6,
            line_graph(
                About(
                    "Requests by status",
                    "Lines of requests in each interval, by status.",
                    "which status rose, and on which route: choose that above, and read the lines.",
                ),
                units.COUNT,
                Query(f"sum by (status) (count_over_time({_REQUESTS} [$__interval]))", "{{status}}"),
                look=Look(stacked=True),
            ),
            line_graph(
                About(
                    "p99 by route",
                    "What the lines say of durations, of every request and not only of those with a trace.",
                    "it must agree with the metric; if it does not, lines are lost (see Telemetry health).",
                    see=(to(TELEMETRY, "Telemetry health"),),
                ),
                units.MILLISECONDS,
                *median_and_slow,
            ),
            line_graph(
                About(
                    "Failed by route",
                    "Lines of requests that were answered with 5xx, in each interval.",
                    "their lines are below: choose the route above.",
                ),
                units.COUNT,
                Query(f"sum by (route) (count_over_time({_REQUESTS} | status >= 500 [$__interval]))", "{{route}}"),
                look=Look(stacked=True),
            ),
        ),
    )


def _lines() -> Section:
    slow = f"{_REQUESTS} | duration_ms > {limit('latency') * 1000:g}"
    return section(
        "Lines",
        line(
            12,
            lines(
                About(
                    "All that was chosen",
                    "The newest lines of the chosen routes and levels, with what was looked for. A line that is opened has"
                    " a link to its trace.",
                    "begin with the first error of the incident, not with the last.",
                ),
                _CHOSEN,
                most=500,
            ),
            lines(
                About(
                    "Slow requests",
                    f"Lines of requests that took longer than {limit('latency') * 1000:g} ms.",
                    "open one and follow the link to its trace.",
                ),
                slow,
            ),
        ),
    )


def _traces() -> Section:
    milliseconds = limit("latency") * 1000
    return section(
        "Traces",
        line(
            8,
            traces(
                About(
                    "Failed",
                    "Traces of requests that were answered with 5xx: all of them are kept, sampled or not.",
                    "open one: the span with the error says what failed.",
                    see=(to(OVERVIEW, "Overview"),),
                ),
                f"{_SPANS} && span.http.response.status_code >= 500 }}",
            ),
            traces(
                About(
                    "Slow",
                    f"Traces of requests that took longer than {milliseconds:g} ms.",
                    "the longest span within is what it waited for: the database, the store of pictures, a commit.",
                ),
                f"{_SPANS} && duration > {milliseconds:g}ms && kind = server }}",
            ),
            traces(
                About(
                    "All that are sampled",
                    "The newest traces of the chosen routes.",
                    "none at all: they do not arrive; see Telemetry health.",
                    see=(to(TELEMETRY, "Telemetry health"),),
                ),
                f"{_SPANS} && kind = server }}",
            ),
        ),
    )

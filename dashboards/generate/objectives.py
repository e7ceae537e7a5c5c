"""SLO and error budget: what is promised, what is left of it, and how fast it goes."""

from generate.definition import Slo
from generate.durations import seconds
from grafana_foundation_sdk.builders.dashboard import Dashboard

from .vocabulary import units
from .vocabulary.frame import page
from .vocabulary.layout import Section, line, section
from .vocabulary.links import OVERVIEW, VISITS_IMAGES, lines_and_traces, to
from .vocabulary.panels import BAD, CALM, GOOD, WARN, About, Look, Number, PanelBuilder
from .vocabulary.panels import bars, graph, number
from .vocabulary.queries import DURATION, JOBS, Query, quantile, rate, series
from .vocabulary.slo import alerts, bad, burn_limits, defined, left, limit, promises, speed, users

_WHERE = {
    "availability": "see Errors by route on the Overview for which requests fail",
    "latency": "see p99 by route on the Overview, and the trace of a dot there",
    "freshness": "see the catalogue at Visits and images: the database, or the way to it",
}


def dashboard() -> Dashboard:
    """The dashboard."""
    return page(
        "sirius-slo",
        "SLO and error budget",
        f"What Sirius promises over {defined().period}, what is left of the errors that it may make, and how fast they are made."
        " The promises are defined in alerts/slo.yaml.",
        *(_promise(each) for each in promises().values()),
        _events(),
        since="now-24h",
    )


def _promise(slo: Slo) -> Section:
    return section(
        f"{slo.name.title()}: {slo.title}, {slo.objective:.1%} of {defined().period}",
        line(4, _good(slo), _left(slo), _exhausted(slo), _windows(slo)),
        line(7, _course(slo), _burning(slo)),
    )


def _good(slo: Slo) -> PanelBuilder:
    return number(
        About(
            f"Good: {slo.name}",
            f"The part that was good in the last {defined().period}, the promise being {slo.objective:.1%}.",
            f"the promise is broken; {_WHERE[slo.name]}.",
            see=(to(OVERVIEW, "Overview"),),
        ),
        units.PART,
        Query(f"1 - {bad(slo, defined().period)}", "good"),
        Number(limits=[(slo.objective, GOOD)], base=BAD, decimals=3, nothing="no rules"),
    )


def _left(slo: Slo) -> PanelBuilder:
    return number(
        About(
            f"Budget left: {slo.name}",
            f"What is left of the {slo.budget:.1%} that may go wrong in {defined().period}. Below 0 more went wrong.",
            "below a quarter, put off what is risky; at nothing, only repair.",
            alerts=alerts(slo.name),
        ),
        units.PART,
        Query(left(slo), "left"),
        Number(limits=[(0, WARN), (0.25, GOOD)], base=BAD, decimals=1, nothing="no rules"),
    )


def _exhausted(slo: Slo) -> PanelBuilder:
    return number(
        About(
            f"Lasts for: {slo.name}",
            "How long what is left of the budget lasts if it goes on burning as in the last six hours.",
            f"less than a day is urgent whatever else the alerts say; {_WHERE[slo.name]}.",
        ),
        units.DURATION,
        Query(f"clamp_min({left(slo)}, 0) * {seconds(defined().period)} / ({speed(slo, '6h')} > 0)", "lasts"),
        Number(limits=[(86400, WARN), (7 * 86400, GOOD)], base=BAD, course=False, nothing="for ever"),
    )


def _windows(slo: Slo) -> PanelBuilder:
    each = (
        f'label_replace({speed(slo, window)}, "window", "{window}", "", "")'
        for window in defined().windows
        if window != defined().period
    )
    return bars(
        About(
            f"Burn rate now: {slo.name}",
            "How many times faster than can be sustained the budget burned over each window.",
            "a short window that is high and long ones that are low are a fault that has begun just now; the other way"
            " round it is over.",
        ),
        units.COUNT,
        Query(" or ".join(each), "{{window}}", instant=True),
        limits=burn_limits(),
    )


def _course(slo: Slo) -> PanelBuilder:
    return graph(
        About(
            f"Budget over time: {slo.name}",
            f"What was left of the budget of {defined().period} at each moment.",
            "a cliff is one incident, and its time tells which: compare with the deployments marked here. A slope is a"
            " small fault that lasts.",
            see=(to(OVERVIEW, "Overview"),),
        ),
        units.PART,
        Query(left(slo), "left"),
        look=Look(limits=[(0, CALM)], colors={"left": CALM}, highest=1),
    )


def _burning(slo: Slo) -> PanelBuilder:
    pairs = [when for burn in defined().burns for when in burn.when]
    told = ", ".join(f"{when.burn:g} times over {when.long} and {when.short}" for when in pairs)
    # Those that page; the slow ones are in the bars above.
    shown = [window for when in pairs[:2] for window in (when.short, when.long)]
    return graph(
        About(
            f"Burn rate: {slo.name}",
            f"How many times faster than can be sustained the budget burns, over several windows. Somebody is told at"
            f" {told}; the lines are those speeds.",
            f"both windows of a pair above its line are what fires an alert. {_WHERE[slo.name].capitalize()}.",
            alerts=alerts(slo.name),
        ),
        units.COUNT,
        *(Query(speed(slo, window), window) for window in shown),
        look=Look(limits=burn_limits()),
    )


def _events() -> Section:
    failed = rate(f"{DURATION}_count", users(), 'http_response_status_code=~"5.."', by="http_route")
    quick = rate(f"{DURATION}_bucket", users(), f'le="{limit("latency"):g}"', by="http_route")
    slow = f"{rate(f'{DURATION}_count', users(), by='http_route')} - {quick} > 0"
    return section(
        "What spent it",
        line(
            8,
            graph(
                About(
                    "Failures by route",
                    "Answers with 5xx a second: what spends the budget of availability.",
                    "click on a route for its lines and traces.",
                    see=(to(OVERVIEW, "Overview"),),
                ),
                units.REQUESTS_PER_SECOND,
                Query(failed, "{{http_route}}"),
                look=Look(stacked=True, click=(lines_and_traces(),)),
            ),
            graph(
                About(
                    "Slow answers by route",
                    f"Answers a second that took longer than {limit('latency') * 1000:g} ms. Those of random images and visits spend"
                    " the budget of latency.",
                    "click on a route for its lines and traces.",
                ),
                units.REQUESTS_PER_SECOND,
                Query(slow, "{{http_route}}"),
                look=Look(stacked=True, click=(lines_and_traces(),)),
            ),
            graph(
                About(
                    "Staleness",
                    "How far the catalogue of each instance is behind the database. The line is the promise.",
                    "one instance: restart it. All of them: the database; see Visits and images.",
                    alerts=alerts("freshness"),
                    see=(to(VISITS_IMAGES, "Visits and images"),),
                ),
                units.SECONDS,
                Query(series("sirius_catalogue_staleness_seconds"), "{{instance}}"),
                look=Look(limits=[(limit("freshness"), BAD)]),
            ),
        ),
        line(7, _requests(), _firing()),
    )


def _requests() -> PanelBuilder:
    failed = 'http_response_status_code=~"5.."'
    promised = 'http_route=~"/|/api/v1/images/random|/api/v1/visits"'
    return graph(
        About(
            "Requests behind it",
            "How long the slowest of a hundred took, of those that failed and of those to which the promise of latency holds."
            " A dot is one request; a click on it opens its trace.",
            "open a dot of what failed or the highest one: its trace says where the time went, its lines say why it failed.",
            see=(to(OVERVIEW, "Overview"),),
        ),
        units.SECONDS,
        Query(quantile(0.99, DURATION, users(), failed), "failed", exemplars=True),
        Query(quantile(0.99, DURATION, users(), promised), "promised", exemplars=True),
        look=Look(limits=[(limit("latency"), BAD)], colors={"failed": BAD, "promised": CALM}),
    )


def _firing() -> PanelBuilder:
    return graph(
        About(
            "Alerts over time",
            "When which alert fired.",
            "what began first is most often the cause of what came after it.",
        ),
        units.COUNT,
        Query(f'sum by (alertname) (ALERTS{{alertstate="firing", severity=~"critical|warning", {JOBS}}})', "{{alertname}}"),
        look=Look(stacked=True),
    )


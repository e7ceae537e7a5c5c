"""Telemetry health: whether what Sirius says of itself arrives, and whether alerts would."""

from grafana_foundation_sdk.builders.dashboard import Dashboard

from .vocabulary import units
from .vocabulary.frame import page
from .vocabulary.layout import Section, line, section
from .vocabulary.links import LOGS_TRACES, RUNTIME, to
from .vocabulary.panels import BAD, CALM, GOOD, WARN, About, Look, Number
from .vocabulary.panels import graph, number
from .vocabulary.queries import JOBS, Query, increase, rate, series, share

_DROPPED = "sirius_telemetry_dropped_total"


def dashboard() -> Dashboard:
    """The dashboard."""
    return page(
        "sirius-telemetry",
        "Telemetry health",
        "Whether metrics, lines and traces arrive where they are to be looked at, and whether alerts would reach anybody."
        " Users notice nothing of what is wrong here; whoever is on call does.",
        _now(),
        _records(),
        _scrapes(),
        _alerting(),
    )


def _now() -> Section:
    return section(
        "Now",
        line(
            4,
            number(
                About(
                    "Lost in this time",
                    "Records that Sirius made of itself and that did not arrive, in the time that is shown.",
                    "Records lost, below, says which and why. What was left out on purpose (budget) is not counted here.",
                    alerts=("SiriusTelemetryDropped",),
                ),
                units.COUNT,
                Query(increase(_DROPPED, 'reason!~"budget|stopped"'), "lost", instant=True),
                Number(limits=[(1, WARN)], decimals=0),
            ),
            number(
                About(
                    "Failed deliveries",
                    "Times that sending records away failed, in the time that is shown.",
                    "the lines on standard output say why; they do not go over the network.",
                    see=(to(LOGS_TRACES, "Logs and traces"),),
                ),
                units.COUNT,
                Query(increase("sirius_telemetry_export_failures_total"), "failed", instant=True),
                Number(limits=[(1, WARN)], decimals=0),
            ),
            number(
                About(
                    "Scraped",
                    "Of the processes that Prometheus knows, the part that it reaches.",
                    "what is not scraped is on no dashboard and in no alert: see Runtime for which.",
                    alerts=("SiriusMetricsMissing",),
                    see=(to(RUNTIME, "Runtime"),),
                ),
                units.PART,
                Query(f"avg({series('up')})", "scraped"),
                Number(limits=[(1, GOOD)], base=BAD, decimals=0),
            ),
            number(
                About(
                    "Watchdog",
                    "An alert that always fires, so that a switch outside tells when nothing arrives any more.",
                    "rules are not evaluated or this is another Prometheus. While it is silent no alert reaches anybody.",
                    alerts=("Watchdog",),
                ),
                units.PLAIN,
                Query(f'count(ALERTS{{alertname="Watchdog", alertstate="firing", {JOBS}}}) or vector(0)', "watchdog"),
                Number(words={"0": ("silent", BAD)}, limits=[(1, GOOD)], base=BAD, course=False),
            ),
        ),
    )


def _records() -> Section:
    by = "signal"
    offered = "sirius_telemetry_offered_total"
    return section(
        "Records of Sirius itself",
        line(
            8,
            graph(
                About(
                    "Records lost",
                    "Records a second that did not arrive, and why: more came than could be taken away (queue_full, budget),"
                    " nobody was there (unavailable), nobody confirmed (unconfirmed), it was refused (export_failed), or"
                    " Sirius stopped (stopped).",
                    "unavailable and unconfirmed: look at Loki or the collector. queue_full: more is said than goes away;"
                    " raise the limits or lower the level. budget is meant so.",
                    alerts=("SiriusTelemetryDropped", "SiriusTelemetryOverBudget"),
                ),
                units.PER_SECOND,
                Query(rate(_DROPPED, by="signal, reason"), "{{signal}}: {{reason}}"),
                look=Look(stacked=True),
            ),
            graph(
                About(
                    "Part that is lost",
                    "Of what was to be sent away, the part that did not arrive.",
                    "all of it: whoever takes it is away. A part: it is slow, or more comes than it takes.",
                    alerts=("SiriusTelemetryDropped",),
                ),
                units.PART,
                Query(share(rate(_DROPPED, 'signal="loki"', by=by), rate(offered, 'signal="loki"', by=by)), "{{signal}}"),
                look=Look(limits=[(0.001, WARN)]),
            ),
            graph(
                About(
                    "Waiting to be sent",
                    "Records that wait, by signal and instance.",
                    "a rise is a receiver that has become slow; at its limit records are lost and counted.",
                ),
                units.COUNT,
                Query(
                    f"sum by (instance, signal) ({series('sirius_telemetry_queue_length')})", "{{instance}} {{signal}}"
                ),
            ),
        ),
        line(
            7,
            graph(
                About(
                    "Offered and delivered",
                    "Records a second that were to be sent away, and those that are known to have arrived.",
                    "offered without delivered: nothing arrives; the difference waits or is lost.",
                ),
                units.PER_SECOND,
                Query(rate(offered, by=by), "{{signal}} offered"),
                Query(rate("sirius_telemetry_delivered_total", by=by), "{{signal}} delivered"),
                look=Look(colors={"offered$": CALM, "delivered$": GOOD}),
            ),
            graph(
                About(
                    "Deliveries that failed",
                    "How often a minute sending records away failed.",
                    "one now and then is repeated and costs nothing; many in a row are an outage of the receiver.",
                    alerts=("SiriusTelemetryDropped",),
                    see=(to(LOGS_TRACES, "Logs and traces"),),
                ),
                units.COUNT,
                Query(increase("sirius_telemetry_export_failures_total", by=by, over="1m"), "{{signal}}"),
            ),
        ),
    )


def _scrapes() -> Section:
    return section(
        "Scrapes",
        line(
            7,
            graph(
                About(
                    "Duration of a scrape",
                    "How long Prometheus takes to get the metrics of each instance.",
                    "near the timeout (10 s by default) scrapes are lost: look at the number of series beside.",
                    alerts=("SiriusMetricsMissing",),
                ),
                units.SECONDS,
                Query(series("scrape_duration_seconds"), "{{instance}}"),
            ),
            graph(
                About(
                    "Series of an instance",
                    "How many samples a scrape of each instance brings. It is bounded: no client can add any.",
                    "a number that grows without end is a fault of Sirius: report it, with the version.",
                ),
                units.COUNT,
                Query(series("scrape_samples_scraped"), "{{instance}}"),
            ),
        ),
    )


def _alerting() -> Section:
    return section(
        "Alerting",
        line(
            7,
            graph(
                About(
                    "Duration of the rules",
                    "How long Prometheus takes to evaluate each group of rules of Sirius.",
                    "when it comes near the interval of the group (30 s) alerts come late: give Prometheus more, or ask it"
                    " less.",
                ),
                units.SECONDS,
                Query('prometheus_rule_group_last_duration_seconds{rule_group=~".*sirius.*"}', "{{rule_group}}"),
            ),
            graph(
                About(
                    "Rules that failed",
                    "Evaluations of Sirius's rules that failed, in five minutes.",
                    "the log of Prometheus names the rule. Until it is mended its alerts do not fire.",
                ),
                units.COUNT,
                Query(
                    'increase(prometheus_rule_evaluation_failures_total{rule_group=~".*sirius.*"}[5m])', "{{rule_group}}"
                ),
                look=Look(limits=[(1, BAD)]),
            ),
            graph(
                About(
                    "Notifications that failed",
                    "Notifications that Alertmanager could not deliver, a second, by receiver.",
                    "somebody is not told: use another channel, and look at Alertmanager's log for the answer it got.",
                ),
                units.PER_SECOND,
                Query(
                    "sum by (integration) (rate(alertmanager_notifications_failed_total[$__rate_interval]))",
                    "{{integration}}",
                ),
                look=Look(stacked=True),
            ),
        ),
    )

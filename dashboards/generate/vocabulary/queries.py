"""Queries, within what the person chose at the top of the dashboard: namespace, job and instance."""

from dataclasses import dataclass

#: What the person chose, for Sirius's own series.
SCOPE = 'namespace=~"$namespace", job=~"$job", instance=~"$instance"'
#: The same for what is recorded or fires for all instances of a job together.
JOBS = 'namespace=~"$namespace", job=~"$job"'
#: The lines of the chosen service.
STREAMS = '{service_name=~"$service", deployment_environment=~"$environment"}'

DURATION = "http_server_request_duration_seconds"


@dataclass(frozen=True)
class Query:
    """An expression, and what its series are called."""

    expr: str
    #: A name, in which `{{label}}` stands for the label's value.
    name: str = ""
    #: Only the newest value is wanted.
    instant: bool = False
    #: Traces of single requests are wanted as dots beside it.
    exemplars: bool = False


def series(metric: str, *matchers: str) -> str:
    """A metric's series, as far as they are chosen."""
    return f"{metric}{{{', '.join([SCOPE, *matchers])}}}"


def rate(metric: str, *matchers: str, by: str = "") -> str:
    """How often a second, all instances together, for each value of the labels `by`."""
    return f"{total('sum', by)} (rate({series(metric, *matchers)}[$__rate_interval]))"


def increase(metric: str, *matchers: str, by: str = "", over: str = "$__range") -> str:
    """How often in a time, by default in all that is shown."""
    return f"{total('sum', by)} (increase({series(metric, *matchers)}[{over}]))"


def quantile(part: float, histogram: str, *matchers: str, by: str = "") -> str:
    """The value below which a part of the observations was."""
    labels = f"le, {by}" if by else "le"
    return f"histogram_quantile({part}, {rate(f'{histogram}_bucket', *matchers, by=labels)})"


def mean(histogram: str, *matchers: str, by: str = "") -> str:
    """The arithmetic mean of the observations."""
    return f"{rate(f'{histogram}_sum', *matchers, by=by)} / {rate(f'{histogram}_count', *matchers, by=by)}"


def share(some: str, all_of_them: str) -> str:
    """The part of one in the other; nothing where there is no other, and 0 where there is no such part."""
    return f"({some} or 0 * {all_of_them}) / ({all_of_them} > 0)"


def total(operator: str, by: str = "") -> str:
    """`sum by (label)`, or `sum` alone."""
    return f"{operator} by ({by})" if by else operator

"""The service's promises, from alerts/slo.yaml as the rules have them, and the series that those record.

`generate` is alerts/generate, which PYTHONPATH leads to, as it does where rules are made.
"""

import functools

from generate import burn, catalogue, definition
from generate.definition import Definition, Slo

from .panels import BAD, WARN, Limits
from .queries import JOBS

_COLORS = {"warning": WARN, "critical": BAD}


@functools.cache
def defined() -> Definition:
    """All of the definition, valid. Raises generate.definition.Wrong."""
    return definition.read(catalogue.read())


def promises() -> dict[str, Slo]:
    """Each promise by its name."""
    return {each.name: each for each in defined().slos}


def limit(name: str) -> float:
    """Seconds above which an answer, or the age of the catalogue, breaks a promise."""
    indicator = promises()[name].indicator
    return indicator.slower_than or indicator.above


def users() -> str:
    """The condition on series of requests that are of users, as availability has it."""
    return promises()["availability"].indicator.where


def others() -> str:
    """The opposite: of probes and scrapers, and for what is none of ours."""
    return users().replace("!~", "=~")


def bad(slo: Slo, window: str) -> str:
    """The part that was bad over a window, of the job that is worst off."""
    return f'max ({burn.series("error_ratio", window)}{{slo="{slo.name}", {JOBS}}})'


def speed(slo: Slo, window: str) -> str:
    """How many times faster than can be sustained the budget burned over a window."""
    return f"{bad(slo, window)} / {slo.budget:.10g}"


def left(slo: Slo) -> str:
    """The part of the period's budget that is left; negative when more is spent than there was."""
    return f'min (sirius:slo_error_budget_remaining:ratio{{slo="{slo.name}", {JOBS}}})'


def alerts(name: str) -> tuple[str, ...]:
    """The alerts on the budget of a promise, the most urgent first."""
    return tuple(burn.alert_name(promises()[name], each) for each in defined().burns)


def burn_limits() -> Limits:
    """From which speed of burning on a ticket is made, and from which on somebody is paged."""
    return sorted((when.burn, _COLORS[each.severity]) for each in defined().burns for when in each.when)

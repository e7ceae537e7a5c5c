"""Recording rules of the indicators, and the alerts that fire when their budgets burn too fast.

`sirius:slo_events:rate5m{slo="availability"}`, `sirius:slo_errors:rate5m` and their quotient
`sirius:slo_error_ratio:rate5m` are recorded for each window, by `namespace` (where targets have one) and `job`. Windows
up to an hour are taken from the metrics themselves. Longer ones add up what was recorded over the shortest: that costs
two series instead of hundreds, weighs each request the same, and takes what is missing for nothing, so that the first
minutes of a deployment are not taken for a whole day.

With a `Clock` that makes time shorter the series keep their names: dashboards and runbooks work in a drill, too.
"""

from collections.abc import Callable, Iterator
from itertools import chain

from . import durations
from .definition import Burn, Definition, Indicator, Slo, When
from .durations import Clock
from .links import annotations

GROUP = "namespace, job"
# The longest window that is taken from the metrics themselves.
_DIRECT_SECONDS = 3600
# Of the windows that are not: they move slowly.
_LONG_INTERVAL = "2m"
# Those longer than this move slower still, and add up what is kept of the shortest at that interval: an eighth of the
# samples. The interval stays below five minutes, after which Prometheus takes a series for gone.
_LONG_SECONDS = 6 * 3600
_DAYS_INTERVAL = "4m"
_SPARSE = "_sparse"
_FIRES_ON_THROUGH_GAPS = "3m"


def groups(definition: Definition, clock: Clock) -> list[dict]:
    """The rule groups: short windows, long ones, days and budgets, alerts."""
    length = {window: durations.seconds(window) for window in definition.windows}
    direct = [window for window in length if length[window] <= _DIRECT_SECONDS]
    long = [window for window in length if _DIRECT_SECONDS < length[window] <= _LONG_SECONDS]
    days = [window for window in length if length[window] > _LONG_SECONDS]

    def group(name: str, interval: str, rules: Iterator[dict]) -> dict:
        return {"name": f"sirius-slo-{name}", "interval": clock.text(interval), "rules": list(rules)}

    def recorded(windows: list[str]) -> Iterator[dict]:
        for slo in definition.slos:
            for window in windows:
                yield from _recorded(definition, slo, window, clock)

    def each(of_slo: Callable[[Definition, Slo], list[dict]]) -> Iterator[dict]:
        return (rule for slo in definition.slos for rule in of_slo(definition, slo))

    alerts = (_alert(definition, slo, burn, clock) for slo in definition.slos for burn in definition.burns)
    return [
        group("windows", definition.evaluation_interval, recorded(direct)),
        group("long-windows", _LONG_INTERVAL, recorded(long)),
        group("days", _DAYS_INTERVAL, chain(each(_kept), recorded(days), each(_budget))),
        group("alerts", definition.evaluation_interval, alerts),
    ]


def alert_name(slo: Slo, burn: Burn) -> str:
    """Such as SiriusAvailabilityBurnFast."""
    return f"Sirius{slo.name.capitalize()}{burn.name}"


def series(what: str, window: str) -> str:
    """The name of a recorded series; `what` is events, errors or error_ratio."""
    return f"sirius:slo_{what}:rate{window}"


def _recorded(definition: Definition, slo: Slo, window: str, clock: Clock) -> list[dict]:
    if durations.seconds(window) <= _DIRECT_SECONDS:
        events, errors = _direct(definition, slo, window, clock)
    else:
        events, errors = (_added_up(definition, slo, what, window, clock) for what in ("events", "errors"))
    ratio = f"{series('errors', window)}{_of(slo)}\n/\n({series('events', window)}{_of(slo)} > 0)"
    rules = [("events", events), ("errors", errors), ("error_ratio", ratio)]
    return [
        {"record": series(what, window), "expr": expr, "labels": {"slo": slo.name}} for what, expr in rules
    ]


def _direct(definition: Definition, slo: Slo, window: str, clock: Clock) -> tuple[str, str]:
    indicator, range_ = slo.indicator, clock.text(window)
    where = _looked_at(definition, indicator)
    if indicator.above is not None:
        steps = f"[{range_}:{clock.text(definition.evaluation_interval)}]"
        looks = f"{indicator.metric}{{{where}}}"
        return (
            f"sum by ({GROUP}) (avg_over_time((0 * {looks} + 1){steps}))",
            f"sum by ({GROUP}) (avg_over_time(({looks} > bool {indicator.above:g}){steps}))",
        )

    def rate(suffix: str, more: str) -> str:
        return f"sum by ({GROUP}) (rate({indicator.metric}{suffix}{{{where}{more}}}[{range_}]))"

    # What has just been recorded need not be added up again.
    events = f"{series('events', window)}{_of(slo)}"
    if indicator.bad:
        # 0, and not absent, where nothing has ever failed.
        errors = f"{rate('_count', ', ' + indicator.bad)}\nor on ({GROUP})\n0 * {events}"
    else:
        quick = rate("_bucket", f', le="{indicator.bucket}"')
        errors = f"clamp_min(\n  {events}\n  - on ({GROUP})\n  {quick},\n  0\n)"
    return rate("_count", ""), errors


def _kept(definition: Definition, slo: Slo) -> list[dict]:
    """What the shortest window recorded, kept at the longer interval for the longest windows."""
    base = definition.windows[0]
    return [
        {
            "record": series(what, base) + _SPARSE,
            "expr": f"{series(what, base)}{_of(slo)}",
            "labels": {"slo": slo.name},
        }
        for what in ("events", "errors")
    ]


def _added_up(definition: Definition, slo: Slo, what: str, window: str, clock: Clock) -> str:
    dense = durations.seconds(window) <= _LONG_SECONDS
    name = series(what, definition.windows[0]) + ("" if dense else _SPARSE)
    interval = clock.seconds(definition.evaluation_interval if dense else _DAYS_INTERVAL)
    count = clock.seconds(window) / interval
    return f"sum_over_time({name}{_of(slo)}[{clock.text(window)}]) / {count:.10g}"


def _budget(definition: Definition, slo: Slo) -> list[dict]:
    labels = {"slo": slo.name}
    remaining = f"1 - {series('error_ratio', definition.period)}{_of(slo)} / {slo.budget:.10g}"
    return [
        {"record": "sirius:slo_objective:ratio", "expr": f"vector({slo.objective:.10g})", "labels": labels},
        {"record": "sirius:slo_error_budget_remaining:ratio", "expr": remaining, "labels": labels},
    ]


def _alert(definition: Definition, slo: Slo, burn: Burn, clock: Clock) -> dict:
    conditions = [_condition(definition, slo, burn, when, clock) for when in burn.when]
    windows = " or ".join(f"{when.burn:g} times over {when.long} and {when.short}" for when in burn.when)
    value = "{{ $value | humanizePercentage }}"
    name = alert_name(slo, burn)
    return {
        "alert": name,
        "expr": "\nor\n".join(conditions),
        "keep_firing_for": clock.text(_FIRES_ON_THROUGH_GAPS),
        "labels": {"severity": burn.severity, "slo": slo.name},
        "annotations": {
            "summary": f"{slo.summary.format(value=value)} (the objective allows {slo.budget * 100:.4g}%)",
            "description": f"Promised for {slo.objective * 100:.6g}% of {definition.period}: {slo.title[0].lower()}{slo.title[1:]}. "
            f"The error budget burns faster than it lasts: {windows}.",
            **annotations(definition, name, "sirius-slo"),
        },
    }


def _condition(definition: Definition, slo: Slo, burn: Burn, when: When, clock: Clock) -> str:
    """One pair of windows. The value is the short one's: what people feel now."""
    of, threshold = _of(slo), f"{when.burn * slo.budget:.10g}"
    parts = [f"{series('error_ratio', each)}{of} > {threshold}" for each in (when.short, when.long)]
    if slo.at_least:
        parts.append(f"{series('errors', when.long)}{of} * {clock.seconds(when.long):.10g} >= {slo.at_least}")
    if slo.more_than_share and burn.severity == "critical":
        looks = f"{slo.indicator.metric}{{{_looked_at(definition, slo.indicator)}}}"
        parts.append(
            f"on ({GROUP})\n  count by ({GROUP}) (max_over_time({looks}[{clock.text(when.short)}]) > {slo.indicator.above:g})"
            f"\n  > {slo.more_than_share:g} * count by ({GROUP}) ({looks})"
        )
    return "(\n  " + "\n  and ".join(parts) + "\n)"


def _of(slo: Slo) -> str:
    return f'{{slo="{slo.name}"}}'


def _looked_at(definition: Definition, indicator: Indicator) -> str:
    return ", ".join(filter(None, [definition.targets["sirius"], indicator.where]))

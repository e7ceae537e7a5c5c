"""Reads alerts/slo.yaml. All that is wrong with it is said at once: where, what, and what is allowed."""

import difflib
from dataclasses import dataclass
from pathlib import Path

import yaml

from . import durations
from .catalogue import REPOSITORY, Catalogue

SEVERITIES = ("critical", "warning", "info")
PATH = REPOSITORY / "alerts/slo.yaml"


class Wrong(Exception):
    """All that is wrong with a definition, a line each."""

    def __init__(self, errors: list[str]) -> None:
        """At least one."""
        self.errors = errors
        super().__init__("\n".join(errors))


@dataclass(frozen=True)
class Indicator:
    """What is counted: events of a histogram, or looks at a gauge."""

    metric: str
    #: PromQL matchers, without braces, of all that counts; empty for all.
    where: str
    #: PromQL matchers of what is bad among it, if that is told by labels.
    bad: str | None = None
    #: Seconds; what takes longer is bad.
    slower_than: float | None = None
    #: The bucket of it, as `le` spells it.
    bucket: str | None = None
    #: A gauge that is higher is bad.
    above: float | None = None


@dataclass(frozen=True)
class Slo:
    """A promise."""

    name: str
    title: str
    objective: float
    indicator: Indicator
    #: What an alert says that users feel; `{value}` is the ratio of what is bad.
    summary: str
    #: Bad events in the long window without which nobody is told.
    at_least: int = 0
    #: Share of the replicas that must be concerned for a page.
    more_than_share: float = 0

    @property
    def budget(self) -> float:
        """The ratio of what may be bad."""
        return round(1 - self.objective, 12)


@dataclass(frozen=True)
class When:
    """Two windows over which the budget burns too fast."""

    burn: float
    long: str
    short: str


@dataclass(frozen=True)
class Burn:
    """An alert that each promise has."""

    name: str
    severity: str
    when: tuple[When, ...]


@dataclass(frozen=True)
class Definition:
    """All of slo.yaml, valid."""

    #: Matchers by what they select: sirius, probes, volume, disk, container.
    targets: dict[str, str]
    #: The value of the label `job` of Sirius' targets.
    job: str
    grafana: str
    runbooks: str
    scrape_interval: str
    evaluation_interval: str
    period: str
    windows: tuple[str, ...]
    burns: tuple[Burn, ...]
    slos: tuple[Slo, ...]


def read(catalogue: Catalogue, path: Path = PATH) -> Definition:
    """Reads and checks a definition. Raises Wrong."""
    try:
        raw = yaml.safe_load(path.read_text())
    except yaml.YAMLError as error:
        raise Wrong([f"{path.name} is no YAML: {error}"]) from error
    return check(raw, catalogue)


def check(raw: object, catalogue: Catalogue) -> Definition:
    """Makes a definition of what a YAML file has. Raises Wrong."""
    return _Reader(catalogue).definition(raw)


class _Reader:
    """Goes through it once and gathers what is wrong."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self.errors: list[str] = []

    def definition(self, raw: object) -> Definition:
        """The whole."""
        raw = self._mapping(
            "slo.yaml",
            raw,
            required=(
                "targets",
                "links",
                "scrape_interval",
                "evaluation_interval",
                "period",
                "windows",
                "alerts",
                "slos",
            ),
        )
        targets, job = self._targets(raw.get("targets"))
        links = self._mapping("links", raw.get("links"), required=("grafana", "runbooks"))
        for name in ("grafana", "runbooks"):
            self._url(f"links.{name}", links.get(name))
        intervals = {
            name: self._duration(name, raw.get(name))
            for name in ("scrape_interval", "evaluation_interval", "period")
        }
        windows = self._windows(raw.get("windows"), raw.get("period"), intervals["scrape_interval"])
        burns = tuple(
            self._burn(index, each, windows) for index, each in self._list("alerts", raw.get("alerts"))
        )
        self._no_twins("alerts", [burn.name for burn in burns])
        slos = tuple(self._slo(index, each) for index, each in self._list("slos", raw.get("slos")))
        self._no_twins("slos", [slo.name for slo in slos])
        self._staircase(burns)
        self._reachable(burns, slos)
        if self.errors:
            raise Wrong(self.errors)
        return Definition(
            targets=targets,
            job=job,
            grafana=links["grafana"].rstrip("/"),
            runbooks=links["runbooks"].rstrip("/"),
            scrape_interval=raw["scrape_interval"],
            evaluation_interval=raw["evaluation_interval"],
            period=raw["period"],
            windows=tuple(windows),
            burns=burns,
            slos=slos,
        )

    # --- targets, windows, alerts

    def _targets(self, raw: object) -> tuple[dict[str, str], str]:
        names = ("sirius", "probes", "volume", "disk", "container")
        raw = self._mapping("targets", raw, required=names)
        allowed = {
            "sirius": self.catalogue.target_labels,
            "probes": self.catalogue.target_labels,
            "volume": {"persistentvolumeclaim", "namespace"},
            "disk": {"mountpoint", "device", "fstype", "instance", "job"},
            "container": {"container", "namespace", "pod"},
        }
        matchers = {
            name: self._matchers(f"targets.{name}", raw.get(name), allowed[name])
            for name in names
            if name in raw
        }
        job = (raw.get("sirius") or {}).get("job") if isinstance(raw.get("sirius"), dict) else None
        if "sirius" in raw and not isinstance(job, str):
            self._wrong("targets.sirius.job", job, "the one value that the label job of Sirius' targets has")
        return matchers, job if isinstance(job, str) else ""

    def _windows(self, raw: object, period: object, scrape: float | None) -> list[str]:
        windows = []
        for index, window in self._list("windows", raw):
            length = self._duration(f"windows[{index}]", window)
            if length is None:
                continue
            if scrape and length < 4 * scrape:
                self._wrong(
                    f"windows[{index}]", window, f"at least four scrapes, {durations.text(4 * scrape)}"
                )
            if windows and length <= durations.seconds(windows[-1]):
                self._wrong(f"windows[{index}]", window, f"longer than the one before it, {windows[-1]}")
            windows.append(window)
        if windows and windows[-1] != period:
            self._wrong("windows", windows[-1], f"the last one is the period of the objectives, {period}")
        return windows

    def _burn(self, index: int, raw: object, windows: list[str]) -> Burn:
        where = f"alerts[{index}]"
        raw = self._mapping(where, raw, required=("name", "severity", "when"))
        if raw.get("severity") not in SEVERITIES:
            self._wrong(f"{where}.severity", raw.get("severity"), f"one of {', '.join(SEVERITIES)}")
        pairs = [
            self._when(f"{where}.when[{at}]", each, windows)
            for at, each in self._list(f"{where}.when", raw.get("when"))
        ]
        return Burn(
            self._text(f"{where}.name", raw.get("name")), str(raw.get("severity")), tuple(filter(None, pairs))
        )

    def _when(self, where: str, raw: object, windows: list[str]) -> When | None:
        raw = self._mapping(where, raw, required=("burn", "long", "short"))
        known = True
        for name in ("long", "short"):
            if name in raw and raw[name] not in windows:
                self._wrong(f"{where}.{name}", raw[name], f"one of the windows, {', '.join(windows)}")
                known = False
        burn = self._number(f"{where}.burn", raw.get("burn"), 0, 10_000, "how many times too fast, 1 or more")
        if burn is not None and burn < 1:
            self._wrong(f"{where}.burn", burn, "how many times too fast, 1 or more")
        return (
            When(burn, raw["long"], raw["short"])
            if known and burn and {"long", "short"} <= raw.keys()
            else None
        )

    def _staircase(self, burns: tuple[Burn, ...]) -> None:
        """The slower the burning, the longer both windows: pairs that overlap would tell the same thing twice."""
        steps = sorted((when for burn in burns for when in burn.when), key=lambda when: -when.burn)
        for when in steps:
            if durations.seconds(when.short) >= durations.seconds(when.long):
                self.errors.append(
                    f"alerts: at {when.burn:g}x the short window {when.short} overlaps the long one {when.long}: it must be shorter"
                )
        for faster, slower in zip(steps, steps[1:]):
            for side in ("long", "short"):
                first, second = getattr(faster, side), getattr(slower, side)
                if durations.seconds(first) >= durations.seconds(second) or faster.burn == slower.burn:
                    self.errors.append(
                        f"alerts: the {side} windows at {faster.burn:g}x ({first}) and {slower.burn:g}x ({second}) overlap: "
                        "a slower burn must have longer windows"
                    )

    def _reachable(self, burns: tuple[Burn, ...], slos: tuple[Slo, ...]) -> None:
        """An alert that would need more than 100 % of bad events never fires."""
        for slo in slos:
            for when in (when for burn in burns for when in burn.when):
                if slo.objective and when.burn * slo.budget >= 1:
                    self.errors.append(
                        f"slos.{slo.name}.objective: with {slo.objective:g} an alert at {when.burn:g}x could never fire: "
                        f"the objective must be over {1 - 1 / when.burn:.4g}"
                    )

    # --- promises

    def _slo(self, index: int, raw: object) -> Slo:
        name = raw.get("name") if isinstance(raw, dict) and isinstance(raw.get("name"), str) else None
        where = f"slos.{name}" if name else f"slos[{index}]"
        raw = self._mapping(
            where,
            raw,
            required=("name", "title", "objective", "indicator", "summary"),
            optional=("at_least", "more_than_share"),
        )
        summary = self._text(f"{where}.summary", raw.get("summary"))
        if summary and "{value}" not in summary:
            self._wrong(f"{where}.summary", summary, "a sentence with {value}, the ratio of what is bad")
        share = self._number(
            f"{where}.more_than_share", raw.get("more_than_share", 0), 0, 0.99, "a share from 0 to 0.99"
        )
        at_least = self._number(
            f"{where}.at_least", raw.get("at_least", 0), 0, 1_000_000, "a number of bad events"
        )
        return Slo(
            name=self._text(f"{where}.name", raw.get("name")),
            title=self._text(f"{where}.title", raw.get("title")),
            objective=self._objective(where, raw.get("objective")),
            indicator=self._indicator(f"{where}.indicator", raw.get("indicator")),
            summary=summary,
            at_least=int(at_least or 0),
            more_than_share=share or 0,
        )

    def _objective(self, where: str, value: object) -> float:
        allowed = "a share from 0.5 to below 1"
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            if 0.5 <= value < 1:
                return float(value)
            if 50 <= value < 100:
                allowed += f": for {value:g} % write {value / 100:.10g}"
            elif 0 < value < 0.5:
                allowed += f": if {value:g} is the budget, write {1 - value:.10g}"
        self._wrong(f"{where}.objective", value, allowed)
        return 0.0

    def _indicator(self, where: str, raw: object) -> Indicator:
        raw = self._mapping(
            where, raw, optional=("histogram", "gauge", "where", "bad", "slower_than", "above")
        )
        kinds = [kind for kind in ("histogram", "gauge") if kind in raw]
        ways = {"histogram": ("bad", "slower_than"), "gauge": ("above",)}
        if len(kinds) != 1:
            self._wrong(where, " and ".join(kinds) or "neither", "a histogram or a gauge")
            return Indicator("", "")
        [kind] = kinds
        used = [way for way in ("bad", "slower_than", "above") if way in raw]
        if len(used) != 1 or used[0] not in ways[kind]:
            self._wrong(where, " and ".join(used) or "neither", f"a {kind} has {' or '.join(ways[kind])}")
        name = str(raw[kind])
        labels = self._metric(f"{where}.{kind}", name, kind)
        bucket = (
            self._bucket(f"{where}.slower_than", raw.get("slower_than"), name)
            if "slower_than" in raw
            else None
        )
        if "above" in raw:
            self._number(f"{where}.above", raw["above"], 0, 10**12, "a number")
        return Indicator(
            metric=name,
            where=self._matchers(f"{where}.where", raw.get("where", {}), labels),
            bad=self._matchers(f"{where}.bad", raw["bad"], labels) if "bad" in raw else None,
            slower_than=raw.get("slower_than"),
            bucket=bucket,
            above=raw.get("above"),
        )

    def _metric(self, where: str, name: str, kind: str) -> frozenset[str] | None:
        metric = self.catalogue.metrics.get(name)
        if metric and metric.kind == kind:
            return metric.labels
        of_kind = [each for each, known in self.catalogue.metrics.items() if known.kind == kind]
        self._wrong(where, name, f"a {kind} of docs/telemetry.md{_similar(name, of_kind)}")
        return None

    def _bucket(self, where: str, value: object, name: str) -> str | None:
        metric = self.catalogue.metrics.get(name)
        if metric is None:
            return None
        found = [
            bound for bound in metric.buckets if isinstance(value, (int, float)) and float(bound) == value
        ]
        if not found:
            self._wrong(where, value, f"one of the buckets of {name}, {', '.join(metric.buckets)}")
        return found[0] if found else None

    # --- helpers

    def _matchers(self, where: str, raw: object, labels: frozenset[str] | set[str] | None) -> str:
        """PromQL of `{label: value}`, `{label: [values]}`, `{label: {not: [values]}}`, `{label: {like: "5.."}}`."""
        parts = []
        for label, value in raw.items() if isinstance(raw, dict) else []:
            if labels is not None and label not in labels:
                self._wrong(
                    f"{where}.{label}",
                    label,
                    f"one of the labels {', '.join(sorted(labels))}{_similar(label, labels)}",
                )
            if isinstance(value, str) and value:
                parts.append(f"{label}={_quoted(value)}")
            elif values := _strings(value):
                parts.append(f"{label}=~{_quoted('|'.join(map(_escaped, values)))}")
            elif isinstance(value, dict) and value.keys() == {"not"} and (values := _strings(value["not"])):
                parts.append(f"{label}!~{_quoted('|'.join(map(_escaped, values)))}")
            elif isinstance(value, dict) and value.keys() == {"like"} and isinstance(value["like"], str):
                parts.append(f"{label}=~{_quoted(value['like'])}")
            else:
                self._wrong(
                    f"{where}.{label}",
                    value,
                    "a text, a list of texts, {not: [texts]} or {like: a regular expression}",
                )
        if not isinstance(raw, dict):
            self._wrong(where, raw, "labels with their values")
        return ", ".join(parts)

    def _mapping(self, where: str, raw: object, required: tuple = (), optional: tuple = ()) -> dict:
        if not isinstance(raw, dict):
            self._wrong(where, raw, f"a mapping with {', '.join(required or optional)}")
            return {}
        for name in required:
            if name not in raw:
                self.errors.append(f"{where}: {name} is missing")
        for name in raw:
            if name not in required + optional:
                self._wrong(
                    where,
                    name,
                    f"one of {', '.join(required + optional)}{_similar(str(name), required + optional)}",
                )
        return raw

    def _list(self, where: str, raw: object) -> list[tuple[int, object]]:
        if isinstance(raw, list) and raw:
            return list(enumerate(raw))
        self._wrong(where, raw, "a list that is not empty")
        return []

    def _text(self, where: str, value: object) -> str:
        if isinstance(value, str) and value:
            return value
        self._wrong(where, value, "a text")
        return ""

    def _url(self, where: str, value: object) -> None:
        if not isinstance(value, str) or not value.startswith(("http://", "https://")):
            self._wrong(where, value, "an address that begins with http:// or https://")

    def _number(self, where: str, value: object, least: float, most: float, allowed: str) -> float | None:
        if isinstance(value, (int, float)) and not isinstance(value, bool) and least <= value <= most:
            return value
        self._wrong(where, value, allowed)
        return None

    def _duration(self, where: str, value: object) -> float | None:
        try:
            return durations.seconds(value)
        except ValueError:
            self._wrong(where, value, "a duration such as 30s, 5m, 1h or 3d")
            return None

    def _no_twins(self, where: str, names: list[str]) -> None:
        for name in sorted({name for name in names if name and names.count(name) > 1}):
            self.errors.append(f"{where}: {name} is there {names.count(name)} times")

    def _wrong(self, where: str, value: object, allowed: str) -> None:
        self.errors.append(f"{where}: {value!r} is not allowed: {allowed}")


def _strings(value: object) -> list[str]:
    return value if isinstance(value, list) and all(isinstance(each, str) for each in value) else []


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _escaped(text: str) -> str:
    """A text as a regular expression (RE2) that matches nothing else."""
    return "".join(f"\\{each}" if each in r"\.+*?()|[]{}^$" else each for each in text)


def _similar(name: str, known: object) -> str:
    close = difflib.get_close_matches(name, list(known), n=1)
    return f" (did you mean {close[0]}?)" if close else ""

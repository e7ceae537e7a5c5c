"""What a PromQL expression names, and whether there is such a thing."""

import functools
import re
from collections.abc import Iterator

import yaml

from generate import catalogue
from generate.catalogue import REPOSITORY
from servers.process import scratch_folder
from servers.prometheus import Prometheus

from .cases import RULES

# Of all series.
_ANY_LABEL = {"__name__"}


@functools.cache
def prometheus() -> Prometheus:
    """One that parses; it scrapes nothing that is there."""
    server = Prometheus(scratch_folder(), ("127.0.0.1", 9))
    server.start()
    return server


@functools.cache
def series() -> dict[str, frozenset[str]]:
    """Every series that may be named, with its labels: the catalogue, the short list of others, what rules record."""
    found = catalogue.read().series()
    for path in RULES.glob("*.yaml"):
        for group in yaml.safe_load(path.read_text())["groups"]:
            for rule in group["rules"]:
                if "record" in rule:
                    found[rule["record"]] = frozenset({"namespace", "job", *rule["labels"]})
    return found


@functools.cache
def values() -> dict[tuple[str, str], frozenset[str]]:
    """The closed sets of docs/telemetry.md: by series and label, the values that there are."""
    text = (
        (REPOSITORY / "docs/telemetry.md")
        .read_text()
        .partition("### All labels")[2]
        .partition("### Buckets")[0]
    )
    found = {}
    for label, metrics, allowed in re.findall(r"^\| `(\w+)` \| ([^|]*) \| [^|]* \| ([^|]*) \|$", text, re.M):
        for metric in re.findall(r"`(\w+)`", metrics):
            for suffix in ("", "_bucket", "_count", "_sum"):
                found[metric + suffix, label] = frozenset(re.findall(r"`([^`]+)`", allowed))
    return found


def complaints(expression: str) -> list[str]:
    """All that is wrong with an expression: its grammar, series, labels and values that there are not."""
    tree = prometheus().parse(expression)
    if isinstance(tree, str):
        return [tree]
    selectors = list(_selectors(tree))
    wrong = []
    for selector in selectors:
        name = selector["name"]
        if name not in series():
            wrong.append(f"there is no series {name}")
            continue
        for matcher in selector["matchers"]:
            wrong += _matcher(name, matcher)
    labels = _ANY_LABEL.union(*(series().get(selector["name"], frozenset()) for selector in selectors))
    wrong += [f"no series here has the label {label}" for label in _grouping(tree) if label not in labels]
    return wrong


def _matcher(name: str, matcher: dict) -> Iterator[str]:
    label, value = matcher["name"], matcher["value"]
    if label not in series()[name] | _ANY_LABEL:
        yield f"{name} has no label {label}"
    allowed = values().get((name, label))
    # Nothing is a value, too: that the label is not there.
    if not allowed or not value:
        return
    alternatives = value.split("|") if matcher["type"] in ("=~", "!~") else [value]
    for each in alternatives:
        if not any(re.fullmatch(each, known) for known in allowed):
            yield f"{name} has no {label} {each!r}: one of {', '.join(sorted(allowed))}"


def _nodes(tree: object) -> Iterator[dict]:
    if isinstance(tree, dict):
        if "type" in tree and isinstance(tree["type"], str):
            yield tree
        for child in tree.values():
            yield from _nodes(child)
    elif isinstance(tree, list):
        for child in tree:
            yield from _nodes(child)


def _selectors(tree: object) -> Iterator[dict]:
    return (node for node in _nodes(tree) if node["type"] in ("vectorSelector", "matrixSelector"))


def _grouping(tree: object) -> Iterator[str]:
    for node in _nodes(tree):
        yield from node.get("grouping") or []
        matching = node.get("matching") or {}
        yield from (matching.get("labels") or []) + (matching.get("include") or [])

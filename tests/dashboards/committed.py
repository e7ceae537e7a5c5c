"""The dashboards as they are committed, in the shape in which tests look at them."""

import functools
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
DIRECTORY = REPOSITORY / "dashboards"
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"|`[^`]*`')


@dataclass(frozen=True)
class Query:
    """What a panel asks."""

    panel: "Panel"
    #: prometheus, loki or tempo.
    kind: str
    expr: str
    #: Only the newest value is asked for.
    instant: bool
    exemplars: bool
    raw: dict

    def __str__(self) -> str:
        return f"{self.panel}, query {self.raw['refId']}: {self.expr}"


@dataclass(frozen=True)
class Panel:
    """A panel or the title of a row."""

    dashboard: str
    raw: dict

    @property
    def kind(self) -> str:
        """`row`, `timeseries`, ..."""
        return self.raw["type"]

    @property
    def place(self) -> tuple[int, int, int, int]:
        """Left, top, width, height."""
        return tuple(self.raw["gridPos"][side] for side in "xywh")

    @property
    def queries(self) -> list[Query]:
        """All of them."""
        return [
            Query(
                self,
                target["datasource"]["type"],
                target.get("expr", target.get("query")),
                target.get("instant", False),
                target.get("exemplar", False),
                target,
            )
            for target in self.raw.get("targets", [])
        ]

    @property
    def links(self) -> list[dict]:
        """Those of the panel, of its series and of its columns."""
        fields = self.raw.get("fieldConfig", {})
        found = [*self.raw.get("links", []), *fields.get("defaults", {}).get("links", [])]
        for override in fields.get("overrides", []):
            for each in override["properties"]:
                found += each["value"] if each["id"] == "links" else []
        return found

    def __str__(self) -> str:
        return f"{self.dashboard}: {self.raw['title']}"


@functools.cache
def dashboards() -> dict[str, dict]:
    """All of them by the name of their file, without its ending."""
    return {path.stem: json.loads(path.read_text()) for path in sorted(DIRECTORY.glob("*.json"))}


def panels(rows: bool = False) -> Iterator[Panel]:
    """All panels of all dashboards; the titles of rows only when they are wanted."""
    for name, dashboard in dashboards().items():
        for raw in dashboard["panels"]:
            if rows or raw["type"] != "row":
                yield Panel(name, raw)


def queries(kind: str) -> Iterator[Query]:
    """The queries of all panels to one kind of data source."""
    for panel in panels():
        yield from (query for query in panel.queries if query.kind == kind)


def metrics(expr: str) -> set[str]:
    """The names of series that an expression in PromQL asks for: those that are followed by a selector or stand alone."""
    bare = re.sub(r"\{[^}]*\}", "{}", _QUOTED.sub('""', expr))
    bare = re.sub(r"\b(by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)", " ", bare)
    names = re.findall(r"\b[a-zA-Z_:][a-zA-Z0-9_:]*\b(?!\s*\()", re.sub(r"\[[^\]]*\]|\$\w+|\b\d[\w.]*", " ", bare))
    return set(names) - _WORDS


def labels(expr: str) -> set[str]:
    """The labels that an expression in PromQL names in selectors and groupings."""
    bare = _QUOTED.sub('""', expr)
    found = set()
    for selector in re.findall(r"\{([^}]*)\}", bare):
        found |= set(re.findall(r"(\w+)\s*[=!]", selector))
    for group in re.findall(r"\b(?:by|without|on|ignoring|group_left|group_right)\s*\(([^)]*)\)", bare):
        found |= set(re.findall(r"\w+", group))
    return found


_WORDS = {"or", "and", "unless", "bool", "offset", "Inf", "inf", "NaN", "sum", "min", "max", "avg", "count"}

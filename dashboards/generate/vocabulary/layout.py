"""How panels lie: rows with a title, in them lines of panels of one height that fill the 24 columns.

Grafana gives a column 55 pixels on a screen that is 1366 wide, so that a panel of 6 columns is the narrowest with a
readable graph, and one of 3 with a readable number.
"""

from dataclasses import dataclass

from grafana_foundation_sdk.builders.dashboard import Dashboard, Row
from grafana_foundation_sdk.models.dashboard import GridPos

from .panels import PanelBuilder

COLUMNS = 24


@dataclass(frozen=True)
class Line:
    """Panels side by side. A whole number behind a panel is its width, the others share what is left."""

    height: int
    panels: list[tuple[PanelBuilder, int]]


@dataclass(frozen=True)
class Section:
    """A title and the lines below it."""

    title: str
    lines: tuple[Line, ...]


def line(height: int, *panels: PanelBuilder | tuple[PanelBuilder, int]) -> Line:
    """A line of panels; refuses widths that do not fill it exactly."""
    given = [panel if isinstance(panel, tuple) else (panel, 0) for panel in panels]
    rest = COLUMNS - sum(width for _, width in given)
    sharing = sum(1 for _, width in given if not width)
    if rest != 0 and (not sharing or rest % sharing):
        raise ValueError(f"{len(panels)} panels do not fill {COLUMNS} columns: {rest} are left for {sharing}")
    return Line(height, [(panel, width or rest // sharing) for panel, width in given])


def section(title: str, *lines: Line) -> Section:
    """A row of Grafana's, with its title."""
    return Section(title, lines)


def put(dashboard: Dashboard, sections: list[Section]) -> None:
    """Lays the sections one below the other. Panels are numbered as they lie."""
    top = number = 0
    for each in sections:
        number += 1
        dashboard.with_row(Row(each.title).id(number).grid_pos(GridPos(x=0, y=top, w=COLUMNS, h=1)))
        top += 1
        for row in each.lines:
            left = 0
            for panel, width in row.panels:
                number += 1
                panel.id(number).grid_pos(GridPos(x=left, y=top, w=width, h=row.height))
                dashboard.with_panel(panel)
                left += width
            top += row.height

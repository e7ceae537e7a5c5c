"""A picture of the processor time of a request: for each work its peers, the shorter the better."""

from html import escape

from .works import FLASK, SIRIUS, SIRIUS_MARIADB, SIRIUS_OFF, TITLES, WORKS

_WIDTH, _LEFT, _RIGHT = 960, 250, 110
_BAR, _GAP, _TITLE = 18, 6, 40
_THEIRS, _TEXT, _PAPER = "#9e9e9e", "#222222", "#ffffff"
_OURS = {SIRIUS: "#1565c0", SIRIUS_MARIADB: "#1565c0", SIRIUS_OFF: "#90caf9"}


def svg(made: dict) -> str:
    """The whole picture; a work has a scale of its own."""
    parts, y = [], 50
    for work in WORKS:
        bars = _bars(work.key, made)
        if not bars:
            continue
        parts.append(_text(_LEFT, y + 22, work.title, weight=600))
        y += _TITLE - 8
        longest = max(figure for _, figure in bars)
        for key, figure in bars:
            width = figure / longest * (_WIDTH - _LEFT - _RIGHT)
            colour = _OURS.get(key, _THEIRS)
            parts.append(_text(_LEFT - 8, y + 14, TITLES[key], anchor="end"))
            parts.append(f'<rect x="{_LEFT}" y="{y}" width="{width:.1f}" height="{_BAR}" fill="{colour}"/>')
            parts.append(_text(_LEFT + width + 6, y + 14, f"{figure:,.1f} µs"))
            y += _BAR + _GAP
        y += 8
    title = "Processor time of a request, user and system; with a database, its time as well"
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {y + 10}" role="img"'
        f' font-family="system-ui, sans-serif" font-size="14" fill="{_TEXT}">\n<title>{title}</title>\n'
        f'<rect width="{_WIDTH}" height="{y + 10}" fill="{_PAPER}"/>'
    )
    return "\n".join([head, _text(20, 32, title, weight=600, size=18), *parts, "</svg>"]) + "\n"


def _bars(work: str, made: dict) -> list[tuple[str, float]]:
    """At the same load where there was one."""
    found: dict[str, float] = {}
    for each in made["figures"]:
        if each["work"] == work and (each["pace"] == "same" or each["service"] not in found):
            found[each["service"]] = each["cpu_us"]["median"] + each["database_us"]["median"]
    return sorted(found.items(), key=lambda bar: (bar[0] == FLASK, bar[1]))


def _text(x: float, y: float, text: str, anchor: str = "start", weight: int = 400, size: int = 14) -> str:
    return (
        f'<text x="{x:.1f}" y="{y}" text-anchor="{anchor}" font-weight="{weight}" font-size="{size}">'
        f"{escape(text)}</text>"
    )

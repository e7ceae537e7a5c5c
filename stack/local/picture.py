"""A drill as a picture: what was broken, when, and when who was told, over what people felt."""

from collections.abc import Callable
from html import escape
from pathlib import Path

WIDTH, HEIGHT = 960, 430
LEFT, RIGHT, TOP, BOTTOM = 70, 30, 60, 300
INK, LINE, PAGE, GRID = "#222222", "#c62828", "#1565c0", "#dddddd"


def draw(
    path: Path, title: str, curve: list[tuple[float, float]], events: list[tuple[float, str]], of: str
) -> None:
    """Writes an SVG. Times are seconds since the cause; the curve is a ratio from 0 to 1, named by `of`."""
    first, last = min(at for at, _ in curve), max([at for at, _ in curve] + [at for at, _ in events])

    def x(at: float) -> float:
        return LEFT + (at - first) / (last - first) * (WIDTH - LEFT - RIGHT)

    def y(ratio: float) -> float:
        return BOTTOM - ratio * (BOTTOM - TOP)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'font-family="system-ui, sans-serif" font-size="14" fill="{INK}">',
        f"<title>{escape(title)}</title>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
        f'<text x="{LEFT}" y="28" font-size="18" font-weight="600">{escape(title)}</text>',
        f'<text x="{LEFT}" y="48">{escape(of)}</text>',
        *_grid(x, y, first, last),
        f'<polyline fill="none" stroke="{LINE}" stroke-width="2.5" points="'
        + " ".join(f"{x(at):.1f},{y(ratio):.1f}" for at, ratio in curve)
        + '"/>',
        *_events(x, events),
        "</svg>",
    ]
    path.write_text("\n".join(parts) + "\n")


def _grid(x: Callable[[float], float], y: Callable[[float], float], first: float, last: float) -> list[str]:
    lines = []
    for percent in (0, 25, 50, 75, 100):
        at = y(percent / 100)
        lines.append(f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{at:.1f}" y2="{at:.1f}" stroke="{GRID}"/>')
        lines.append(f'<text x="{LEFT - 8}" y="{at + 5:.1f}" text-anchor="end">{percent}%</text>')
    step = next(step for step in (5, 10, 20, 30, 60, 120, 300, 600) if (last - first) / step <= 10)
    for seconds in range(int(first // step * step), int(last) + 1, step):
        if seconds >= first:
            lines.append(
                f'<text x="{x(seconds):.1f}" y="{BOTTOM + 20}" text-anchor="middle">{seconds} s</text>'
            )
    return lines


def _events(x: Callable[[float], float], events: list[tuple[float, str]]) -> list[str]:
    """A line for each, its words below, one row a word, so that none covers another."""
    lines = []
    for row, (at, what) in enumerate(events):
        here, below = x(at), BOTTOM + 42 + 18 * row
        end = "end" if here > WIDTH / 2 else "start"
        lines.append(
            f'<line x1="{here:.1f}" x2="{here:.1f}" y1="{TOP}" y2="{below}" stroke="{PAGE}" stroke-dasharray="4 3"/>'
        )
        shift = -6 if end == "end" else 6
        lines.append(
            f'<text x="{here + shift:.1f}" y="{below}" text-anchor="{end}" fill="{PAGE}" '
            f'stroke="#ffffff" stroke-width="4" paint-order="stroke">'
            f"{at:.0f} s: {escape(what)}</text>"
        )
    return lines

"""Durations as Prometheus writes them."""

import re

_SECONDS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_PART = re.compile(r"(\d+)(ms|s|m|h|d|w)")
PATTERN = r"(?:\d+(?:ms|[smhdw]))+"


def seconds(text: str) -> float:
    """How long `5m`, `1h30m`, ... is. Raises ValueError for anything else."""
    if not isinstance(text, str) or not re.fullmatch(PATTERN, text):
        raise ValueError(f"{text!r} is no duration such as 30s, 5m, 1h or 3d")
    return sum(int(number) * _SECONDS[unit] for number, unit in _PART.findall(text))


def text(duration: float) -> str:
    """The shortest way to write so many seconds, exact to the millisecond."""
    left, parts = round(duration * 1000), ""
    for unit, each in [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)]:
        if left >= each:
            parts += f"{left // each}{unit}"
            left %= each
    return parts or "0s"


class Clock:
    """Makes every duration `factor` times shorter, for drills; nothing becomes shorter than `shortest` seconds."""

    def __init__(self, factor: float = 1, shortest: float = 1) -> None:
        """A factor of 1 changes nothing."""
        self.factor, self.shortest = factor, shortest

    def seconds(self, duration: str) -> float:
        """How long a duration of the definition lasts."""
        scaled = seconds(duration) / self.factor
        return scaled if self.factor == 1 or not scaled else max(self.shortest, scaled)

    def text(self, duration: str) -> str:
        """The same, for Prometheus."""
        return text(self.seconds(duration))

    def expression(self, promql: str) -> str:
        """An expression with all its ranges, resolutions and offsets shortened."""

        def scale(match: re.Match) -> str:
            return re.sub(PATTERN, lambda duration: self.text(duration[0]), match[0])

        return re.sub(rf"\[{PATTERN}(?::(?:{PATTERN})?)?\]|\boffset\s+{PATTERN}", scale, promql)

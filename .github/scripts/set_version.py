#!/usr/bin/env python3
"""Writes a release's version into what names it: Cargo.toml, Cargo.lock, the charts, and what is made of the charts.

    set_version.py 1.2.3

Refuses, and writes nothing, when one of the places is not where it is expected.
"""

import re
import sys
from pathlib import Path

# In each file, what stands before the version, and after it.
PLACES = [
    ("Cargo.toml", r'(\A\[package\]\nname = "sirius"\nversion = ")[^"]+(")'),
    ("Cargo.lock", r'(\n\[\[package\]\]\nname = "sirius"\nversion = ")[^"]+(")'),
]
CHART_PLACES = [r"(^version: )\S+()$", r"(^appVersion: )\S+()$"]
# Where the umbrella names the chart that it is made of.
DEPENDENCY = r"(^  - name: sirius\n    version: )\S+()$"
# What `make charts` writes of it; that it would write the same, a test says.
GENERATED = ["deploy/manifests/*.yaml", "charts/*/README.md"]
MENTIONS = [
    r"(helm\.sh/chart: sirius-)\S+()$",
    r'(app\.kubernetes\.io/version: ")[^"]+(")',
    r"(image: \S+/sirius:)[^\s@]+()$",
    r"(^\| file://\.\./sirius \| sirius \| )\S+( \|$)",
]


def replaced(name: str, text: str, pattern: str, version: str) -> str:
    """The text with the version in its one place."""
    new, count = re.subn(pattern, rf"\g<1>{version}\g<2>", text, flags=re.MULTILINE)
    if count != 1:
        raise ValueError(f"{name}: expected one place that is {pattern}, found {count}")
    return new


def changes(root: Path, version: str) -> dict[Path, str]:
    """The new text of each file that names the version."""
    texts = {}
    for name, pattern in PLACES:
        texts[root / name] = replaced(name, (root / name).read_text(), pattern, version)
    for chart in sorted(root.glob("charts/*/Chart.yaml")):
        text = chart.read_text()
        for pattern in [*CHART_PLACES, *([DEPENDENCY] if "\ndependencies:\n" in text else [])]:
            text = replaced(str(chart.relative_to(root)), text, pattern, version)
        texts[chart] = text
    for path in sorted(path for pattern in GENERATED for path in root.glob(pattern)):
        text = path.read_text()
        for pattern in MENTIONS:
            text = re.sub(pattern, rf"\g<1>{version}\g<2>", text, flags=re.MULTILINE)
        texts[path] = text
    return texts


if __name__ == "__main__":
    if len(sys.argv) != 2 or not re.fullmatch(r"\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?", sys.argv[1]):
        sys.exit(__doc__)
    try:
        for path, new_text in changes(Path.cwd(), sys.argv[1]).items():
            path.write_text(new_text)
    except (OSError, ValueError) as error:
        sys.exit(f"set_version.py: {error}")

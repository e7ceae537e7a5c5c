"""The umbrella's values against the real parts, which have no schemas of their own: a typo would pass in silence.

`python -m charts.parts` needs `helm dependency build charts/sirius-stack` before, and so the internet; the pipeline runs
it. It fails for each value of ours that its part does not know, and renders the whole with every file of values.
"""

import io
import re
import sys
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

from .helm import CHARTS, Refused, objects, template
from .stack import COMBINATIONS

STACK = CHARTS / "sirius-stack"

#: What goes into a program's own configuration as it is: the charts do not know its keys.
FREE = {"loki": ["loki.limits_config"], "tempo": ["tempo.storage.trace"]}
#: Values that templates read and the file of values does not name.
UNNAMED = {"prometheus-blackbox-exporter": ["fullnameOverride"]}


@dataclass
class Part:
    """What a part says of its values."""

    #: Its defaults, and below their names those of the charts within it.
    values: dict
    #: Keys that are only shown in comments.
    hints: set[str]


def unknown(ours: dict, part: Part, theirs: dict, path: str = "") -> Iterator[str]:
    """Values of ours that are none of theirs. What is empty there takes anything."""
    for key, value in ours.items():
        place = f"{path}.{key}" if path else key
        if key not in theirs:
            if key not in part.hints:
                yield place
        elif isinstance(value, dict) and isinstance(theirs[key], dict) and theirs[key]:
            yield from unknown(value, part, theirs[key], place)


def real_parts(folder: Path) -> dict[str, Part]:
    """The parts that `helm dependency build` has brought."""
    return {path.name.rpartition("-")[0]: _part(path) for path in sorted(folder.glob("charts/*.tgz"))}


def _part(archive: Path) -> Part:
    values: dict = {}
    hints: set[str] = set()
    with tarfile.open(archive) as tar:
        files = [each for each in tar.getmembers() if each.name.endswith("/values.yaml")]
        # The innermost first: what an outer chart says of it counts for more.
        for file in sorted(files, key=lambda each: -each.name.count("/")):
            text = (tar.extractfile(file) or io.BytesIO()).read().decode()
            hints |= set(re.findall(r"^\s*#+\s*(\w+):", text, re.MULTILINE))
            inner = file.name.split("/")[2:-1:2]
            at = values
            for name in inner:
                at = at.setdefault(name, {})
            _merge(at, yaml.safe_load(text) or {})
    return Part(values, hints)


def _merge(into: dict, other: dict) -> None:
    for key, value in other.items():
        if isinstance(value, dict) and isinstance(into.get(key), dict):
            _merge(into[key], value)
        else:
            into[key] = value


def complaints(folder: Path) -> Iterator[str]:
    """What is wrong with our values, by file and part."""
    files = [STACK / "values.yaml", *sorted(STACK.glob("values/*.yaml")), *sorted(STACK.glob("ci/*.yaml"))]
    for path in files:
        values = yaml.safe_load(path.read_text()) or {}
        for name, part in real_parts(folder).items():
            # Sirius has a schema.
            if name == "sirius":
                continue
            ours = {key: value for key, value in (values.get(name) or {}).items() if key != "enabled"}
            for place in unknown(ours, part, part.values):
                free = any(place.startswith(f"{each}.") for each in FREE.get(name, []))
                if not free and place not in UNNAMED.get(name, []):
                    yield f"{path.name}: {name}.{place} is no value of {name}"


def main(folder: Path) -> int:
    """Says what is wrong; 1 if anything is."""
    if missing := {"kube-prometheus-stack", "loki", "tempo", "alloy"} - real_parts(folder).keys():
        print(f"{', '.join(sorted(missing))} missing: run helm dependency build charts/sirius-stack")
        return 1
    wrong = list(complaints(folder))
    for name, files in COMBINATIONS.items():
        try:
            rendered = objects(template(folder, *files))
        except Refused as refused:
            wrong.append(f"{name}: {refused}")
        else:
            print(f"{name}: {len(rendered)} objects")
    print("\n".join(wrong) or "Every value is known to its part.")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]) if len(sys.argv) > 1 else STACK))

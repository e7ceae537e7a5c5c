"""What in charts/ and deploy/manifests is made of other files.

`python -m charts.generate` writes it, with `--check` it says what would change; the tests do the latter.
"""

import itertools
import json
import subprocess
import sys
from pathlib import Path

from servers.tools import REPOSITORY, tool

from .configuration import schema as configuration_schema
from .helm import CHARTS, template

MANIFESTS = REPOSITORY / "deploy" / "manifests"
CHART = CHARTS / "sirius"

HEAD = "# Rendered from charts/sirius and {values} by `make charts`: change these, not this.\n"


def outputs() -> dict[Path, str]:
    """Every generated file with what it must hold."""
    return {**_schema(), **_readmes(), **_manifests()}


def stale(wanted: dict[Path, str]) -> list[Path]:
    """Files that nothing makes any more."""
    there = MANIFESTS.glob("*.yaml")
    return sorted(path for path in there if path not in wanted)


def drift() -> list[str]:
    """What is not as it should be, a line each."""
    wanted = outputs()
    changed = [
        f"{_short(path)} is not what it is made of: run make charts"
        for path, text in wanted.items()
        if not path.is_file() or path.read_text() != text
    ]
    return changed + [
        f"{_short(path)} is made of nothing any more: run make charts" for path in stale(wanted)
    ]


def write() -> None:
    """Makes everything as it should be."""
    # The schema first: what is rendered after it is held to it.
    for make in (_schema, _readmes, _manifests):
        for path, text in make().items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
    for path in stale(outputs()):
        path.unlink()


def _schema() -> dict[Path, str]:
    path = CHART / "values.schema.json"
    schema = json.loads(path.read_text())
    schema["definitions"]["config"] = configuration_schema()
    return {path: json.dumps(schema, indent=2, ensure_ascii=False) + "\n"}


def _readmes() -> dict[Path, str]:
    charts = [path.parent for path in sorted(CHARTS.glob("*/README.md.gotmpl"))]
    return {chart / "README.md": _helm_docs(chart) for chart in charts}


def _helm_docs(chart: Path) -> str:
    run = subprocess.run(
        [
            tool("helm-docs"),
            "--dry-run",
            "--chart-search-root",
            chart,
            "--template-files",
            "README.md.gotmpl",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    lines = [line.rstrip() for line in run.stdout.strip().splitlines()]
    return "\n".join(lines) + "\n"


def _manifests() -> dict[Path, str]:
    rendered = {}
    for values in sorted((MANIFESTS / "values").glob("*.yaml")):
        name = values.stem
        head = HEAD.format(values=f"values/{values.name}") + _opening(values)
        text = template(CHART, values, release="sirius", namespace="sirius", hooks=False)
        rendered[MANIFESTS / f"{name}.yaml"] = head + text.replace(
            "app.kubernetes.io/managed-by: Helm", "app.kubernetes.io/managed-by: kubectl"
        )
    return rendered


def _opening(values: Path) -> str:
    """The comment that a file of values begins with: it is for the reader of the manifest, too."""
    lines = values.read_text().splitlines(keepends=True)
    return "".join(itertools.takewhile(lambda line: line.startswith("#"), lines))


def _short(path: Path) -> Path:
    return path.relative_to(REPOSITORY)


if __name__ == "__main__":
    if sys.argv[1:] == ["--check"]:
        problems = drift()
        print("\n".join(problems) or "Everything is what it is made of.")
        sys.exit(1 if problems else 0)
    write()

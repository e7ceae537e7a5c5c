"""The charts by the linters and test runners of the trade."""

import re
import subprocess
import unittest

import yaml

from servers.process import scratch_folder
from servers.tools import REPOSITORY, tool

from . import stack
from .helm import CHARTS, helm, value_files

CHART = CHARTS / "sirius"


class Lint(unittest.TestCase):
    """helm lint, helm-unittest, helm package."""

    def test_helm_lint_has_nothing_to_say(self) -> None:
        """Strictly, with every file of values."""
        for path in value_files("sirius"):
            with self.subTest(path.stem):
                self.assertIn("0 chart(s) failed", helm("lint", "--strict", CHART, "--values", path))
        umbrella = stack.with_stand_ins(scratch_folder())
        for name, files in stack.COMBINATIONS.items():
            with self.subTest(name):
                arguments = [each for path in files for each in ("--values", path)]
                self.assertIn("0 chart(s) failed", helm("lint", umbrella, *arguments))

    def test_helm_unittest_passes(self) -> None:
        """The suites in charts/sirius/tests."""
        run = subprocess.run([tool("helm-unittest"), "--strict", CHART], capture_output=True, text=True)
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)
        suites = len(list((CHART / "tests").glob("*_test.yaml")))
        self.assertIn(f"Test Suites: {suites} passed, {suites} total", run.stdout)

    def test_a_package_holds_what_it_needs_and_no_tests(self) -> None:
        """As it is published."""
        folder = scratch_folder()
        helm("package", CHART, "--destination", folder)
        [archive] = folder.glob("sirius-*.tgz")
        listing = subprocess.run(["tar", "-tzf", archive], capture_output=True, text=True, check=True).stdout
        names = {line.split("/", 1)[1] for line in listing.splitlines()}
        self.assertLessEqual(
            {"Chart.yaml", "values.yaml", "values.schema.json", "README.md", "files/test.sh"}, names
        )
        self.assertFalse(
            {name for name in names if name.startswith(("ci/", "tests/")) or name.endswith(".gotmpl")}
        )


class Versions(unittest.TestCase):
    """Chart and program belong together."""

    def test_the_charts_have_the_version_of_the_program(self) -> None:
        """That of Cargo.toml, in all places."""
        program = re.search(r'^version = "(.+)"$', (REPOSITORY / "Cargo.toml").read_text(), re.MULTILINE)[1]
        charts = [
            yaml.safe_load((CHARTS / name / "Chart.yaml").read_text()) for name in ("sirius", "sirius-stack")
        ]
        self.assertEqual(
            {chart["version"] for chart in charts} | {chart["appVersion"] for chart in charts}, {program}
        )
        [part] = [each for each in charts[1]["dependencies"] if each["name"] == "sirius"]
        self.assertEqual(part["version"], program)

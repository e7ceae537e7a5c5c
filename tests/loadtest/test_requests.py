"""The library of requests is what the OpenAPI document says, and the thresholds what alerts/slo.yaml says."""

import json
import shutil
import subprocess
import unittest
from pathlib import Path

import yaml

from generate import definition
from runner import settings, thresholds
from servers.process import Failure, environment, scratch_folder
from servers.sirius import binary
from servers.tools import REPOSITORY, tool

HERE = REPOSITORY / "tests/loadtest"


def types_of(document: Path, output: Path) -> None:
    """The TypeScript types of an OpenAPI document."""
    command = [tool("openapi-typescript"), document, "--output", output]
    result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode:
        raise Failure(f"openapi-typescript failed: {result.stdout}{result.stderr}")


class Types(unittest.TestCase):
    """tsc on a copy of the library and the suites."""

    @classmethod
    def setUpClass(cls) -> None:
        # For editors, too.
        cls.types = REPOSITORY / "loadtest/lib/openapi.d.ts"
        types_of(REPOSITORY / "openapi/openapi.json", cls.types)

    def setUp(self) -> None:
        self.folder = scratch_folder()
        for part in ("lib", "suites"):
            shutil.copytree(REPOSITORY / "loadtest" / part, self.folder / "loadtest" / part)
        (self.folder / "tests/loadtest").mkdir(parents=True)
        shutil.copy(HERE / "tsconfig.json", self.folder / "tests/loadtest")
        (self.folder / "tests/loadtest/node_modules").symlink_to((HERE / "node_modules").resolve())

    def errors(self) -> str:
        """What tsc says."""
        command = [tool("tsc"), "--project", self.folder / "tests/loadtest", "--pretty", "false"]
        result = subprocess.run(command, capture_output=True, text=True)
        self.assertEqual(result.returncode != 0, "error TS" in result.stdout, result.stdout + result.stderr)
        return result.stdout

    def change(self, name: str, old: str, new: str) -> None:
        """Makes a mistake in a file of the copy."""
        path = self.folder / "loadtest/lib" / name
        text = path.read_text()
        self.assertIn(old, text)
        path.write_text(text.replace(old, new, 1))

    def test_the_library_is_right(self) -> None:
        self.assertEqual(self.errors(), "")

    def test_mistakes_are_seen(self) -> None:
        # Together, because each run of tsc takes seconds; each has a file and a word of its own.
        self.change("api.js", 'method: "POST", path: "/visits"', 'method: "POST", path: "/visit"')
        self.change("api.js", 'method: "GET", path: "/tags"', 'method: "POST", path: "/tags"')
        self.change("api.js", "getVisits:", "readVisits:")
        self.change("api.js", 'query: { as: "redirect" }', 'query: { as: "redirection" }')
        self.change("mix.js", "limit: 20", "maximum: 20")
        self.change("page.js", "step.next_cursor", "step.cursor")
        errors = self.errors()
        wanted = (
            "'\"/visit\"'",
            "'\"POST\"'",
            '"readVisits"\' is not assignable',
            "'maximum'",
            "'cursor'",
            "redirection",
        )
        for word in wanted:
            self.assertIn(word, errors)


class Thresholds(unittest.TestCase):
    """loadtest/thresholds.json against alerts/slo.yaml."""

    def test_the_committed_ones_are_the_definitions(self) -> None:
        self.assertEqual(thresholds.PATH.read_text(), thresholds.text(), "run make rules")

    def test_loadtests_can_read_them(self) -> None:
        names = [each["name"] for each in settings.objectives(thresholds.PATH)]
        self.assertEqual(names, ["availability", "latency", "freshness"])

    def test_what_k6_cannot_see_is_refused(self) -> None:
        raw = yaml.safe_load(definition.PATH.read_text())
        failed = {"error_type": {"like": ".+"}}
        raw["slos"][0]["indicator"] = {"histogram": "db_client_operation_duration_seconds", "bad": failed}
        path = scratch_folder() / "slo.yaml"
        path.write_text(yaml.safe_dump(raw))
        with self.assertRaises(definition.Wrong) as caught:
            thresholds.text(path)
        self.assertIn("load tests see no other histogram", str(caught.exception))

    def test_a_broken_definition_is_refused(self) -> None:
        path = scratch_folder() / "slo.yaml"
        path.write_text("slos: [")
        with self.assertRaises(definition.Wrong):
            thresholds.text(path)


class Configuration(unittest.TestCase):
    """loadtest/sirius.toml against the default configuration."""

    def test_nothing_differs_but_the_quotas(self) -> None:
        command = [binary(), "config", "show", "--json", "--config", REPOSITORY / "loadtest/sirius.toml"]
        shown = json.loads(subprocess.run(command, env=environment(), capture_output=True, check=True).stdout)
        quotas = (f"limits.{kind}.{part}" for kind in ("reads", "visits") for part in ("burst", "per_second"))
        differ = {name: each["value"] for name, each in shown.items() if each["origin"] != "default"}
        self.assertEqual(differ, dict.fromkeys(quotas, 1_000_000))
        self.assertIs(shown["limits.enabled"]["value"], True)

"""The settings that the chart makes are those of Sirius, which looks at them itself."""

import json
import subprocess
import tomllib
import unittest
from pathlib import Path

import yaml

from servers.process import environment, leave_on_signals, scratch_folder
from servers.sirius import Sirius, binary
from servers.tools import REPOSITORY, tool

from . import configuration, generate
from .helm import CHARTS, objects, template, value_files

CHART = CHARTS / "sirius"
SECRETS = "/etc/sirius/secrets"


def setUpModule() -> None:
    """A stopped run leaves nothing behind."""
    leave_on_signals()


class Accepted(unittest.TestCase):
    """By `sirius config check`."""

    def test_sirius_takes_the_file_of_every_value_file(self) -> None:
        """With its secrets in place of files that are only in a pod."""
        for path in value_files("sirius"):
            with self.subTest(path.stem):
                toml = settings_of(objects(template(CHART, path)))
                folder = scratch_folder()
                said = check(folder, toml)
                self.assertEqual(said, "")

    def test_numbers_switches_and_lists_of_words_arrive_as_what_they_are(self) -> None:
        """TOML tells 50 from 50.0 and true from "true"."""
        sets = {
            "config.limits.reads.per_second": "1000000",
            "config.limits.enabled": "false",
            "config.traces.sampler_ratio": "0.25",
            "config.cache.max_bytes": "1099511627776",
            "config.log.filter": '"info,sirius::http=\\"<debug>\\""',
            "config.shutdown.unready_delay": "null",
        }
        parsed = tomllib.loads(settings_of(objects(template(CHART, sets=sets))))
        self.assertEqual(parsed["limits"], {"enabled": False, "reads": {"per_second": 1_000_000}})
        self.assertIs(type(parsed["limits"]["reads"]["per_second"]), int)
        self.assertEqual(parsed["traces"]["sampler_ratio"], 0.25)
        self.assertEqual(parsed["cache"]["max_bytes"], 1 << 40)
        self.assertEqual(parsed["log"]["filter"], 'info,sirius::http="<debug>"')
        self.assertNotIn("unready_delay", parsed["shutdown"])

    def test_the_schema_knows_every_setting_and_no_other(self) -> None:
        """It is made of the document that the code makes."""
        known = {key for key, _, _ in configuration.settings()}
        run = subprocess.run(
            [binary(), "config", "show", "--json"],
            capture_output=True,
            check=True,
            env=environment(),
            cwd="/",
        )
        self.assertEqual(known, set(json.loads(run.stdout)))


class Drift(unittest.TestCase):
    """What is made of other files is what they make."""

    def test_nothing_has_drifted(self) -> None:
        """Rules, dashboards, the schema of the settings, READMEs, plain manifests."""
        self.assertEqual(generate.drift(), [])


class Rules(unittest.TestCase):
    """Alerts and dashboards in objects are the files."""

    def test_rules_in_objects_pass_promtool_and_are_the_files(self) -> None:
        """Not a brace is lost."""
        rendered = [each for each in _monitored() if each["kind"] == "PrometheusRule"]
        files = sorted((REPOSITORY / "alerts" / "rules").glob("*.yaml"))
        self.assertEqual(len(rendered), len(files))
        for path in files:
            with self.subTest(path.name):
                [mine] = [each for each in rendered if each["metadata"]["name"].endswith(f"-{path.stem}")]
                self.assertEqual(mine["spec"], yaml.safe_load(path.read_text()))
                copy = scratch_folder() / "rules.yaml"
                copy.write_text(yaml.safe_dump(mine["spec"]))
                run = subprocess.run(
                    [tool("promtool"), "check", "rules", copy], capture_output=True, text=True
                )
                self.assertEqual(run.returncode, 0, run.stdout + run.stderr)

    def test_dashboards_in_objects_are_the_files(self) -> None:
        """To the byte."""
        rendered = [each for each in _monitored() if "grafana_dashboard" in each["metadata"]["labels"]]
        files = sorted((REPOSITORY / "dashboards").glob("*.json"))
        held = {name: text for each in rendered for name, text in each["data"].items()}
        self.assertEqual({name: text.strip() for name, text in held.items()},
                         {path.name: path.read_text().strip() for path in files})  # fmt: skip


class TestOfTheRelease(unittest.TestCase):
    """What `helm test` runs, against a real Sirius."""

    def test_the_script_passes_where_sirius_runs_and_fails_where_it_does_not(self) -> None:
        """As the pod has it."""
        sirius = Sirius(scratch_folder())
        sirius.start()
        good = run_test(sirius.url)
        wrong = run_test(sirius.admin_url)
        sirius.stop()
        self.assertEqual(good.returncode, 0, good.stdout + good.stderr)
        self.assertIn("visit 1 was counted", good.stdout)
        self.assertNotEqual(wrong.returncode, 0)
        self.assertIn("FAILED: /healthz does not answer 200", wrong.stdout)


def run_test(url: str) -> subprocess.CompletedProcess[str]:
    """The container of the test's pod, without its image."""
    pod = next(each for each in objects(template(CHART)) if each["kind"] == "Pod")
    [container] = pod["spec"]["containers"]
    script = container["args"][0].replace("--retry 5", "--retry 0")
    command = [*container["command"], script]
    return subprocess.run(
        command, capture_output=True, text=True, env=environment(SIRIUS_URL=url), timeout=60
    )


def settings_of(rendered: list[dict]) -> str:
    """The file that the pod gets."""
    [file] = [
        each["data"]["sirius.toml"]
        for each in rendered
        if each["kind"] == "ConfigMap" and "sirius.toml" in each["data"]
    ]
    return file


def check(folder: Path, toml: str) -> str:
    """What Sirius says against a file; nothing when it takes it."""
    for key in ("admin-token", "database-password", "loki-password", "loki-token"):
        (folder / key).write_text("0123456789abcdef0123456789abcdef\n")
    file = folder / "sirius.toml"
    file.write_text(toml.replace(SECRETS, str(folder)))
    run = subprocess.run(
        [binary(), "config", "check", "--config", file],
        capture_output=True,
        text=True,
        env=environment(),
        cwd=folder,
    )
    return "" if run.returncode == 0 else run.stdout + run.stderr


def _monitored() -> list[dict]:
    sets = {"monitoring.rules.enabled": "true", "monitoring.dashboards.enabled": "true"}
    return objects(template(CHART, sets=sets))

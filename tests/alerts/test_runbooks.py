"""Runbooks: one for each alert, whole, and every query and command in them is tried."""

import os
import re
import subprocess
import unittest

from servers.alertmanager import Alertmanager
from servers.process import scratch_folder
from servers.sirius import Sirius, binary
from servers.tools import REPOSITORY, tool

from .cases import alert_rules
from .promql import complaints, prometheus
from .test_alertmanager import SECRETS

RUNBOOKS = REPOSITORY / "docs/runbooks"
SECTIONS = [
    "Meaning",
    "What people feel",
    "Confirm",
    "Causes",
    "Mitigate",
    "Escalate",
    "Afterwards",
]
# What needs a cluster, an init system, a public address or another user's processes is checked by bash only, not run.
NOT_HERE = ("kubectl", "journalctl", "systemctl", "openssl", "fuser", "curl -sS http://127.0.0.1:3100")


def runbooks() -> dict[str, str]:
    """The text of each, by alert."""
    return {path.stem: path.read_text() for path in RUNBOOKS.glob("*.md") if path.stem != "README"}


def blocks(text: str, language: str) -> list[str]:
    """What stands in fences of a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


class Runbooks(unittest.TestCase):
    """docs/runbooks."""

    def test_there_is_one_for_each_alert(self) -> None:
        self.assertEqual(sorted(runbooks()), sorted(alert_rules()))

    def test_they_have_all_sections_and_lead_somewhere(self) -> None:
        for alert, text in runbooks().items():
            with self.subTest(alert):
                self.assertTrue(text.startswith(f"# {alert}\n"))
                self.assertEqual(re.findall(r"^## (.*)$", text, re.MULTILINE), SECTIONS)
                for heading, body in re.findall(r"^##+ (.*)\n([^#]*)", text, re.MULTILINE):
                    self.assertTrue(body.strip() or heading == "Causes", f"{heading} is empty")
                for link in re.findall(r"\]\((?!http)([^)#]+)", text):
                    self.assertTrue((RUNBOOKS / link).is_file(), f"{link} leads nowhere")

    def test_each_cause_has_something_to_copy(self) -> None:
        for alert, text in runbooks().items():
            causes = text.partition("## Causes\n")[2].partition("\n## ")[0]
            for cause in causes.split("\n### ")[1:]:
                with self.subTest(alert, cause=cause.splitlines()[0]):
                    self.assertRegex(cause, r"```(promql|logql|sh)\n|`[^`]+`")

    def test_each_promql_query_names_what_there_is_and_runs(self) -> None:
        tried = 0
        for alert, text in runbooks().items():
            for query in blocks(text, "promql"):
                with self.subTest(alert, query=query):
                    self.assertEqual(complaints(query), [])
                    prometheus().query(query)
                    tried += 1
        self.assertGreater(tried, 60)

    def test_each_logql_query_is_one(self) -> None:
        for alert, text in runbooks().items():
            for query in blocks(text, "logql"):
                with self.subTest(alert, query=query):
                    result = subprocess.run(
                        [tool("logcli"), "fmt"], input=query, capture_output=True, text=True, timeout=30
                    )
                    self.assertEqual(result.returncode, 0, result.stderr)


class Commands(unittest.TestCase):
    """What runbooks say to copy into a shell."""

    @classmethod
    def setUpClass(cls) -> None:
        cls.folder = scratch_folder()
        cls.sirius = Sirius(cls.folder, name="data")
        cls.alertmanager = Alertmanager(cls.folder, REPOSITORY / "alerts/alertmanager.yml")
        cls.sirius.start()
        cls.alertmanager.start()
        for name, content in SECRETS.items():
            (cls.folder / name).write_text(content)
        # The paths of the repository, as who copies a command sees them.
        for name in ("alerts", "data"):
            if not (cls.folder / name).exists():
                (cls.folder / name).symlink_to(REPOSITORY / name)
        (cls.folder / "bin").mkdir()
        (cls.folder / "bin/sirius").symlink_to(binary())

    def test_each_command(self) -> None:
        tried = 0
        oncall = {"oncall": (REPOSITORY / "docs/oncall.md").read_text()}
        for alert, text in {**runbooks(), **oncall}.items():
            for block in blocks(text, "sh"):
                with self.subTest(alert, block=block):
                    self.assertEqual(self._bash("-n", "-c", block).returncode, 0)
                    if not block.startswith(NOT_HERE):
                        result = self._bash("-e", "-c", self._here(block))
                        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
                        self.assertTrue(result.stdout.strip(), "it says something")
                        tried += 1
        self.assertGreater(tried, 15)

    def _here(self, block: str) -> str:
        addresses = {
            "http://127.0.0.1:8080": self.sirius.url,
            "http://127.0.0.1:8081": self.sirius.admin_url,
            "http://127.0.0.1:9090": prometheus().url,
            "http://127.0.0.1:9093": self.alertmanager.url,
            "/etc/alertmanager/secrets": str(self.folder),
        }
        for usual, here in addresses.items():
            block = block.replace(usual, here)
        return block

    def _bash(self, *arguments: str) -> subprocess.CompletedProcess:
        path = f"{self.folder / 'bin'}:{tool('promtool').parent}:{os.environ['PATH']}"
        return subprocess.run(
            ["bash", *arguments],
            cwd=self.folder,
            env={**os.environ, "PATH": path},
            capture_output=True,
            text=True,
            timeout=60,
        )


class Links(unittest.TestCase):
    """The links of alerts lead to files that there are."""

    def test_runbook_urls(self) -> None:
        for alert, (_, rule) in alert_rules().items():
            url = rule["annotations"]["runbook_url"]
            with self.subTest(alert):
                self.assertTrue(url.endswith(f"/docs/runbooks/{alert}.md"), url)
                self.assertTrue((RUNBOOKS / f"{alert}.md").is_file())

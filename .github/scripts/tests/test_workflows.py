"""What holds for every workflow, and for what it calls."""

import re
import unittest

import yaml

from .helpers import REPOSITORY

WORKFLOWS = sorted((REPOSITORY / ".github/workflows").glob("*.yml"))


class Workflows(unittest.TestCase):
    """The workflows."""

    def test_actions_are_pinned_each_to_one_commit(self) -> None:
        pins: dict[str, set[str]] = {}
        for path in WORKFLOWS:
            for line in re.findall(r"uses: (?!\./)(.*)", path.read_text()):
                match = re.fullmatch(r"([\w./-]+)@([0-9a-f]{40}) # (v\d+\.\d+\.\d+)", line)
                self.assertTrue(match, f"{path.name}: {line}")
                pins.setdefault(match[1], set()).add(f"{match[2]} {match[3]}")
        self.assertGreater(len(pins), 5)
        self.assertEqual({action: commits for action, commits in pins.items() if len(commits) > 1}, {})

    def test_each_may_read_and_what_else_a_job_needs(self) -> None:
        for path in WORKFLOWS:
            workflow = yaml.safe_load(path.read_text())
            self.assertEqual(workflow["permissions"], {"contents": "read"}, path.name)
            self.assertIn("group", workflow["concurrency"], path.name)
            for name, job in workflow["jobs"].items():
                granted = job.get("permissions", {})
                self.assertNotIn(granted, ("write-all", "read-all"), f"{path.name}: {name}")
                # What starts from a stranger's pull request may change nothing but its comments.
                if "pull_request" in workflow[True]:
                    changes = {scope for scope, level in granted.items() if level == "write"}
                    self.assertLessEqual(changes, {"pull-requests", "id-token"}, f"{path.name}: {name}")
                if "uses" not in job:
                    self.assertLessEqual(job["timeout-minutes"], 120, f"{path.name}: {name}")

    def test_nothing_of_an_event_is_part_of_a_script(self) -> None:
        """What strangers write (messages, titles, names of branches) reaches scripts as variables only."""
        for path in WORKFLOWS:
            for name, job in yaml.safe_load(path.read_text())["jobs"].items():
                for step in job.get("steps", []):
                    held = re.findall(r"\$\{\{(.*?)\}\}", step.get("run", ""))
                    self.assertLessEqual({each.strip() for each in held}, {"github.workspace"}, f"{path.name}: {name}")

    def test_prod_and_the_infrastructure_wait_for_people(self) -> None:
        deploy = yaml.safe_load((REPOSITORY / ".github/workflows/deploy.yml").read_text())["jobs"]["deploy"]
        self.assertEqual(deploy["environment"]["name"], "${{ inputs.environment }}")
        apply = yaml.safe_load((REPOSITORY / ".github/workflows/terraform.yml").read_text())["jobs"]["apply"]
        self.assertEqual(apply["environment"], "infrastructure-${{ matrix.environment }}")

    def test_what_they_call_is_there_and_may_be_run(self) -> None:
        for path in WORKFLOWS:
            for script in re.findall(r"\.github/scripts/[\w.]+", path.read_text()):
                self.assertTrue((REPOSITORY / script).stat().st_mode & 0o111, f"{path.name}: {script}")

    def test_helm_is_the_one_of_the_tests(self) -> None:
        module = (REPOSITORY / "tools/go/helm/go.mod").read_text()
        version = re.search(r"helm\.sh/helm/v4 (v[\d.]+)", module)[1]
        named = [text for path in WORKFLOWS for text in re.findall(r"version: (v[\d.]+)\n", path.read_text())]
        self.assertEqual(set(named), {version})

    def test_the_variables_are_documented(self) -> None:
        documented = (REPOSITORY / "docs/pipelines.md").read_text()
        text = "".join(path.read_text() for path in WORKFLOWS)
        for name in sorted(set(re.findall(r"\b(?:vars|secrets)\.(\w+)", text))):
            service_account = re.fullmatch(r"GCP_(PLAN|APPLY|RELEASE|DEPLOY)_SERVICE_ACCOUNT", name)
            wanted = f"GCP_{service_account[1]}_" if service_account else f"`{name}`"
            self.assertIn(wanted, documented, name)

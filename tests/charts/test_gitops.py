"""Argo CD's Applications: in which order, with which values, and that nothing fights them."""

import re
import subprocess
import unittest
from pathlib import Path

import yaml

from servers.process import scratch_folder
from servers.tools import REPOSITORY

from . import gitops, stack
from .helm import CHARTS, objects, template


class Applications(unittest.TestCase):
    """What the roots lead to."""

    def test_each_root_leads_to_its_environment(self) -> None:
        """In this repository's main."""
        for environment in gitops.ENVIRONMENTS:
            root = yaml.safe_load((gitops.FOLDER / f"{environment}.yaml").read_text())
            self.assertEqual(root["spec"]["source"]["path"], f"deploy/argocd/{environment}")
            self.assertTrue((REPOSITORY / root["spec"]["source"]["path"]).is_dir())

    def test_definitions_come_before_the_stack_and_the_stack_before_the_service(self) -> None:
        """And the project before all of them."""
        for environment in gitops.ENVIRONMENTS:
            waves = {each["metadata"]["name"]: gitops.wave(each) for each in gitops.everything(environment)}
            ordered = sorted(waves, key=lambda name: waves[name])
            ending = ["", "-crds", "-stack", "-service"]
            self.assertEqual(ordered, [f"sirius-{environment}{each}" for each in ending])
            self.assertEqual(len(set(waves.values())), len(waves), "each waits for the one before")

    def test_the_definitions_are_those_of_the_script(self) -> None:
        """One version for those who use Argo CD and those who do not."""
        script = (CHARTS / "install-crds").read_text()
        version = re.search(r"^version=(\S+)$", script, re.MULTILINE)[1]
        for environment in gitops.ENVIRONMENTS:
            [crds] = [
                each for each in gitops.applications(environment) if each["metadata"]["name"].endswith("crds")
            ]
            self.assertEqual(crds["spec"]["source"]["targetRevision"], version)
            self.assertIs(crds["spec"]["syncPolicy"]["automated"]["prune"], False)

    def test_their_values_are_taken_by_the_charts(self) -> None:
        """Each file is there, and what it makes is nothing that would be fought about."""
        umbrella = stack.with_stand_ins(scratch_folder())
        for environment in gitops.ENVIRONMENTS:
            for application in gitops.applications(environment):
                source = application["spec"]["source"]
                if "path" not in source:
                    continue
                with self.subTest(application["metadata"]["name"]):
                    chart = (
                        umbrella if source["path"].endswith("sirius-stack") else REPOSITORY / source["path"]
                    )
                    files = gitops.value_files(application)
                    release = source["helm"]["releaseName"]
                    rendered = objects(template(chart, *files, release=release, namespace="sirius"))
                    kinds = {each["kind"] for each in rendered}
                    self.assertEqual("Deployment" in kinds, source["path"] == "charts/sirius")
                    for each in rendered:
                        if each["kind"] == "Deployment":
                            self.assertNotIn("replicas", each["spec"], "the autoscaler's")

    def test_the_tag_is_one_that_the_pipeline_can_change(self) -> None:
        """A plain value, once, of the form `sha-` and eight of a commit."""
        for environment in gitops.ENVIRONMENTS:
            text = (gitops.FOLDER / "values" / f"{environment}.yaml").read_text()
            self.assertEqual(len(re.findall(r"^  tag: sha-[0-9a-f]{8}$", text, re.MULTILINE)), 1)
            self.assertRegex(yaml.safe_load(text)["image"]["tag"], "^sha-[0-9a-f]{8}$")

    def test_a_project_allows_what_its_applications_need_and_no_more(self) -> None:
        """Their sources and namespaces."""
        for environment in gitops.ENVIRONMENTS:
            [project] = [each for each in gitops.everything(environment) if each["kind"] == "AppProject"]
            allowed = project["spec"]
            spaces = {each["namespace"] for each in allowed["destinations"]}
            self.assertNotIn("*", spaces)
            for application in gitops.applications(environment):
                spec = application["spec"]
                self.assertEqual(spec["project"], project["metadata"]["name"])
                self.assertIn(spec["source"]["repoURL"], allowed["sourceRepos"])
                self.assertIn(spec["destination"]["namespace"], spaces)


class Yours(unittest.TestCase):
    """deploy/make-it-yours, in a copy of the repository."""

    def setUp(self) -> None:
        self.copy = scratch_folder() / "copy"
        self.copy.mkdir()
        listed = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=REPOSITORY,
            capture_output=True,
            check=True,
        )
        there = [name for name in listed.stdout.split(b"\0") if (REPOSITORY / name.decode()).exists()]
        subprocess.run(
            ["xargs", "-0", "cp", "-P", "--parents", "-t", self.copy],
            cwd=REPOSITORY,
            input=b"\0".join(there),
            check=True,
        )
        self.run_it("git", "init", "--quiet")
        self.run_it("git", "add", "--all")

    def run_it(self, *command: str | Path, fails: bool = False) -> str:
        done = subprocess.run(command, cwd=self.copy, capture_output=True, text=True)
        self.assertEqual(done.returncode != 0, fails, done.stdout + done.stderr)
        return done.stdout + done.stderr

    def named(self, name: str) -> set[str]:
        """The files that still have it."""
        done = subprocess.run(
            ["git", "grep", "-lF", name, "--", ":!docs/deploy.md", ":!tests/charts/test_gitops.py"],
            cwd=self.copy,
            capture_output=True,
            text=True,
        )
        return set(done.stdout.split())

    def test_one_command_names_another_repository_everywhere(self) -> None:
        """And again, should it move; what is made of other files is what it would be if it were made anew."""
        for repository, image in (("Some-One/stars.io", "some-one/stars.io"), ("example/sirius", "example/sirius")):
            self.run_it("deploy/make-it-yours", repository)
            self.assertEqual(self.named("sirius-images"), set())
            self.assertEqual(self.named("git.example.org/sirius"), set())
            for file in ("charts/sirius/values.yaml", "charts/sirius/README.md", "deploy/manifests/postgres.yaml"):
                self.assertIn(f"ghcr.io/{image}", (self.copy / file).read_text(), file)
            for file in ("deploy/argocd/dev.yaml", "deploy/argocd/prod/project.yaml"):
                self.assertIn(f"https://github.com/{repository}.git", (self.copy / file).read_text(), file)
            for file in ("alerts/rules/service.yaml", "dashboards/sirius-slo.json"):
                runbooks = f"https://github.com/{repository}/blob/main/docs/runbooks"
                self.assertIn(runbooks, (self.copy / file).read_text(), file)
        self.assertEqual(self.named("Some-One"), set())

    def test_what_is_no_repository_changes_nothing(self) -> None:
        """A sentence says what is allowed."""
        for bad in ("", "sirius", "https://github.com/a/b", "a b/c", "a/b/c", "a/b;c"):
            self.assertIn("allowed is OWNER/REPOSITORY", self.run_it("deploy/make-it-yours", bad, fails=True))
        self.assertEqual(self.run_it("git", "diff", "--stat"), "")

"""Charts on GitHub Pages: published and cleaned up by a real Helm, which only must not reach a registry."""

import re
import tempfile
from pathlib import Path

import yaml

from .helpers import REPOSITORY, Checkout

HELM = REPOSITORY / ".tools/bin/helm"


class Charts(Checkout):
    """publish_charts.sh and cleanup_charts.sh"""

    def setUp(self) -> None:
        super().setUp()
        self.assertTrue(HELM.exists(), "Helm is not installed: run make setup")
        self.sh("git", "switch", "--quiet", "--orphan", "gh-pages")
        self.write("index.yaml", "apiVersion: v1\nentries: {}\n")
        self.sh("git", "add", "index.yaml")
        self.sh("git", "commit", "--quiet", "--message", "An empty index of charts")
        self.sh("git", "push", "--quiet", "origin", "gh-pages")
        self.sh("git", "switch", "--quiet", "--orphan", "main")
        self.write("Cargo.toml", '[package]\nname = "sirius"\nversion = "0.1.0"\n')
        self.write("Cargo.lock", 'version = 4\n\n[[package]]\nname = "sirius"\nversion = "0.1.0"\n')
        head = "apiVersion: v2\nname: {}\nversion: 0.1.0\nappVersion: 0.1.0\n"
        self.write("charts/sirius/Chart.yaml", head.format("sirius"))
        self.write(
            "charts/sirius-stack/Chart.yaml",
            head.format("sirius-stack")
            + "dependencies:\n  - name: sirius\n    version: 0.1.0\n    repository: file://../sirius\n",
        )
        for environment in ("dev", "prod"):
            self.write(f"deploy/argocd/values/{environment}.yaml", "image:\n  tag: sha-0000000a\n")
        self.commit("feat: the first")
        self.pushed = self.folder / "pushed"
        helm = self.folder / "bin/helm"
        helm.parent.mkdir()
        helm.write_text(f'#!/bin/sh\nif [ "$1" = push ]; then echo "${{2##*/}} $3" >>{self.pushed}; exit; fi\nexec {HELM} "$@"\n')
        helm.chmod(0o755)
        self.environment["PATH"] = f"{helm.parent}:{self.environment['PATH']}"
        self.environment |= {"PAGES_URL": "https://example.github.io/sirius", "REGISTRY": "oci://ghcr.io/example/charts"}

    def publish(self, tag: str, version: str = "") -> None:
        """Publishes, as the pipeline does from a checkout of its own."""
        self.sh("git", "checkout", "--quiet", "--", "charts", "Cargo.toml", "Cargo.lock")
        self.script("publish_charts.sh", TAG=tag, VERSION=version)

    def index(self) -> dict[str, list[str]]:
        """The versions in the index, each of whose packages must be there."""
        text = self.sh("git", "--git-dir", self.origin, "show", "gh-pages:index.yaml")
        files = self.sh("git", "--git-dir", self.origin, "ls-tree", "--name-only", "gh-pages").split()
        entries = {name: [entry["version"] for entry in chart] for name, chart in yaml.safe_load(text)["entries"].items()}
        packages = {f"{name}-{version}.tgz" for name, versions in entries.items() for version in versions}
        self.assertEqual(packages, {name for name in files if name.endswith(".tgz")})
        return entries

    def test_a_release_and_what_lies_between(self) -> None:
        self.publish("sha-01234567")
        self.publish("sha-0000000a", "0.2.0")
        expected = ["0.2.0", "0.1.0-sha-01234567"]
        self.assertEqual(self.index(), {"sirius": expected, "sirius-stack": expected})
        self.publish("sha-0000000a", "0.2.0")
        self.assertEqual(len(self.pushed.read_text().splitlines()), 4)
        self.assertIn("sirius-0.2.0.tgz oci://ghcr.io/example/charts", self.pushed.read_text())
        with tempfile.TemporaryDirectory() as folder:
            package = Path(folder) / "a.tgz"
            command = ["git", "--git-dir", str(self.origin), "show", "gh-pages:sirius-0.1.0-sha-01234567.tgz"]
            self.sh("sh", "-c", f"{' '.join(command)} >{package}")
            chart = yaml.safe_load(self.sh(HELM, "show", "chart", package))
        self.assertEqual(chart["appVersion"], "sha-01234567")

    def test_old_ones_go_and_the_index_with_them(self) -> None:
        for tag in ("sha-0000000a", "sha-0000000b", "sha-0000000c"):
            self.publish(tag)
        self.publish("sha-0000000d", "0.2.0")
        # As if all but the last had been made long ago.
        self.sh("git", "switch", "--quiet", "--force", "--detach", "origin/gh-pages")
        text = (self.work / "index.yaml").read_text()
        self.write("index.yaml", re.sub(r'created: "20\d\d', 'created: "2024', text))
        self.sh("git", "commit", "--quiet", "--all", "--message", "Age")
        self.sh("git", "push", "--quiet", "origin", "HEAD:gh-pages")
        self.sh("git", "switch", "--quiet", "main")
        before = self.index()
        limits = {"KEEP": "1", "DAYS": "30"}
        said = self.script("cleanup_charts.sh", DRY_RUN="true", **limits)
        self.assertEqual(said.count("would be deleted: "), 4, said)
        self.assertEqual(self.index(), before)
        self.script("cleanup_charts.sh", DRY_RUN="false", **limits)
        # The release, and what is deployed.
        self.assertEqual(set(self.index()["sirius"]), {"0.2.0", "0.1.0-sha-0000000a"})

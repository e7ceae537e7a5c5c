"""A release, in a repository."""

import re
import shutil

from .helpers import REPOSITORY, Checkout


class Release(Checkout):
    """release.sh"""

    def setUp(self) -> None:
        super().setUp()
        for name in ("Cargo.toml", "Cargo.lock"):
            shutil.copy(REPOSITORY / name, self.work / name)
        self.write("charts/sirius/Chart.yaml", "apiVersion: v2\nname: sirius\nversion: 0.1.0\nappVersion: 0.1.0\n")
        self.write(
            "charts/sirius-stack/Chart.yaml",
            "name: sirius-stack\nversion: 0.1.0\nappVersion: 0.1.0\ndependencies:\n"
            "  - name: sirius\n    version: 0.1.0\n    repository: file://../sirius\n"
            "  - name: loki\n    version: 18.0.0\n",
        )
        self.commit("feat: the first")

    def test_version_changelog_and_tag_are_one_commit(self) -> None:
        self.script("release.sh")
        self.assertEqual(self.outputs()["version"], "0.1.0")
        self.commit("feat: more")
        self.script("release.sh")
        outputs = self.outputs()
        self.assertEqual(outputs["version"], "0.2.0")
        self.assertEqual(outputs["tag"], f"sha-{outputs['commit'][:8]}")
        self.assertIn('name = "sirius"\nversion = "0.2.0"', self.at_origin("Cargo.toml"))
        self.assertIn('name = "sirius"\nversion = "0.2.0"', self.at_origin("Cargo.lock"))
        stack = self.at_origin("charts/sirius-stack/Chart.yaml")
        self.assertEqual(stack.count("0.2.0"), 3)
        self.assertIn("version: 18.0.0", stack)
        self.assertIn("- more (", self.at_origin("CHANGELOG.md"))
        tagged = self.sh("git", "--git-dir", self.origin, "rev-parse", "v0.2.0^{commit}").strip()
        self.assertEqual(tagged, outputs["commit"])

    def test_nothing_to_release_changes_nothing(self) -> None:
        self.script("release.sh")
        before = self.commit("docs: a word")
        self.script("release.sh")
        self.assertEqual((self.outputs()["version"], self.outputs()["commit"]), ("", before))
        self.assertEqual(self.sh("git", "status", "--porcelain"), "")

    def test_who_is_overtaken_pushes_neither_commit_nor_tag(self) -> None:
        other = self.folder / "other"
        self.sh("git", "clone", "--quiet", self.origin, other, cwd=self.folder)
        self.sh("git", "commit", "--quiet", "--allow-empty", "--message", "fix: faster", cwd=other)
        self.sh("git", "push", "--quiet", "origin", "HEAD:main", cwd=other)
        self.script("release.sh", fails=True)
        self.assertEqual(self.sh("git", "--git-dir", self.origin, "tag"), "")

    def test_a_place_that_has_moved_is_noticed(self) -> None:
        self.write("charts/sirius/Chart.yaml", "name: sirius\nversion: 0.1.0\n")
        said = self.script("set_version.py", "1.0.0", fails=True)
        self.assertTrue(re.search(r"charts/sirius/Chart.yaml: expected one place .*, found 0", said), said)
        self.assertNotIn('version = "1.0.0"', (self.work / "Cargo.toml").read_text()[:200])

    def test_what_is_made_of_the_charts_has_the_version_too(self) -> None:
        """As `make charts` would have it: in a copy of this repository."""
        for path in self.sh("git", "-C", REPOSITORY, "ls-files").splitlines():
            # What the charts are made of, and what makes it.
            if re.match(r"(Cargo|charts/|deploy/|alerts/|dashboards/|stack/|docs/|src/config|tests/(charts|servers)/)", path):
                self.copy(REPOSITORY / path, path)
        (self.work / ".tools").symlink_to(REPOSITORY / ".tools")
        check = "PYTHONPATH=tests .tools/python/bin/python -m charts.generate --check || true"
        # What was not up to date before is for `make test-charts` to tell.
        before = self.sh("sh", "-c", check)
        self.script("set_version.py", "9.9.9")
        self.assertEqual(self.sh("sh", "-c", check), before)
        self.assertIn("sirius:9.9.9", (self.work / "deploy/manifests/sqlite.yaml").read_text())


class Names(Checkout):
    """image_names.sh"""

    def test_a_release_has_its_version_too(self) -> None:
        self.script("image_names.sh", IMAGE="ghcr.io/Example/Sirius", TAG="sha-01234567", VERSION="")
        self.assertEqual(self.outputs()["first"], "ghcr.io/example/sirius:sha-01234567")
        self.assertEqual(self.outputs()["others"], "")
        self.script("image_names.sh", IMAGE="a/b", TAG="sha-01234567", VERSION="1.2.3", GCP_IMAGES="c/d e/f", DOCKERHUB_IMAGE="")
        self.assertEqual(self.outputs()["images"], "a/b c/d e/f")
        self.assertEqual(
            [self.outputs()["first"], *self.outputs()["others"].split()],
            [f"{image}:{tag}" for image in ("a/b", "c/d", "e/f") for tag in ("sha-01234567", "1.2.3", "v1.2.3")],
        )

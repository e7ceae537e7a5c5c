"""Where a commit goes, how it gets there, and back."""

import unittest

import yaml

from .helpers import FIXTURES, Checkout
from bump import bump, get
from targets import targets

VALUES = "deploy/argocd/values/dev.yaml"


class Targets(unittest.TestCase):
    """targets.py"""

    def test_dev_gets_what_changes_an_image_or_a_chart(self) -> None:
        for paths, expected in [
            (["src/main.rs"], ["dev"]),
            (["charts/sirius/values.yaml"], ["dev"]),
            (["Dockerfile"], ["dev"]),
            (["docs/api.md", "README.md", "terraform/envs/dev/main.tf", "tests/it/main.rs", "src"], []),
            ([], []),
        ]:
            self.assertEqual(targets("fix: a", paths), expected, paths)

    def test_marks_ask_for_more(self) -> None:
        self.assertEqual(targets("docs: a [dev]", ["README.md"]), ["dev"])
        self.assertEqual(targets("fix: a\n\n[prod]", ["README.md"]), ["dev", "prod"])
        self.assertEqual(targets("fix: [production] prod", ["README.md"]), [])


class Bump(unittest.TestCase):
    """bump.py"""

    text = (FIXTURES / "values.txt").read_text()

    def test_one_value_changes_and_no_other_byte(self) -> None:
        new, was = bump(self.text, "image.tag", "sha-89abcdef")
        self.assertEqual(was, "sha-01234567")
        changed = [pair for pair in zip(self.text.splitlines(), new.splitlines(), strict=True) if pair[0] != pair[1]]
        self.assertEqual(changed, [("  tag: sha-01234567 # set by the pipelines", "  tag: sha-89abcdef # set by the pipelines")])
        before, after = yaml.safe_load(self.text), yaml.safe_load(new)
        self.assertEqual(after["image"].pop("tag"), "sha-89abcdef")
        before["image"].pop("tag")
        self.assertEqual(before, after)

    def test_deeper_ones_and_quoted_ones(self) -> None:
        new, was = bump(self.text, "cloudSql.image.tag", "1.20")
        self.assertEqual((was, yaml.safe_load(new)["cloudSql"]["image"]["tag"]), ("2.18.2", "1.20"))
        self.assertEqual(get(self.text, "empty.tag"), "")

    def test_what_is_not_clear_is_refused(self) -> None:
        for path, value, why in [
            ("image.nothing", "a", "0 times"),
            ("tag", "a", "0 times"),
            ("twice.tag", "a", "2 times"),
            ("image", "a", ""),
            ("image.tag", "a b", "no tag"),
            ("image.tag", "a\nb: c", "no tag"),
            ("flow.tag", "a", "0 times"),
        ]:
            if path == "image":
                continue
            with self.assertRaisesRegex(ValueError, why):
                bump(self.text, path, value)


class Deployment(Checkout):
    """promote.sh and revert.sh"""

    def setUp(self) -> None:
        super().setUp()
        self.write(VALUES, (FIXTURES / "values.txt").read_text())
        self.commit("feat: the first")

    def tag(self) -> str:
        """What dev has, as Argo CD sees it."""
        return get(self.at_origin(VALUES), "image.tag")

    def promote(self, tag: str, **more: bool) -> str:
        """Deploys to dev."""
        return self.script("promote.sh", ENVIRONMENT="dev", TAG=tag, **more)

    def test_a_promotion_is_a_commit_and_going_back_another(self) -> None:
        self.promote("sha-89abcdef")
        self.assertEqual((self.tag(), self.outputs()["changed"]), ("sha-89abcdef", "true"))
        message = self.sh("git", "--git-dir", self.origin, "log", "-1", "--format=%B", "main")
        self.assertEqual(message.strip(), "Deploy sha-89abcdef to dev\n\nInstead of sha-01234567.")
        self.script("revert.sh", ENVIRONMENT="dev", COMMIT=self.outputs()["commit"])
        self.assertEqual(self.tag(), "sha-01234567")

    def test_what_dev_does_not_have_is_told_by_its_tag(self) -> None:
        base = self.commit("docs: a word")
        self.assertIn(VALUES, self.script("changed.sh").split())
        self.promote(f"sha-{base[:8]}")
        self.write("src/main.rs", "fn main() {}")
        self.commit("feat: a")
        self.write("README.md", "a")
        self.commit("docs: b")
        self.assertEqual(self.script("changed.sh").split(), ["README.md", VALUES, "src/main.rs"])

    def test_the_same_again_changes_nothing(self) -> None:
        before = self.sh("git", "rev-parse", "HEAD").strip()
        self.promote("sha-01234567")
        self.assertEqual((self.outputs()["changed"], self.outputs()["commit"]), ("false", before))

    def test_who_is_overtaken_goes_on_top(self) -> None:
        other = self.folder / "other"
        self.sh("git", "clone", "--quiet", self.origin, other, cwd=self.folder)
        self.sh("git", "commit", "--quiet", "--allow-empty", "--message", "fix: faster", cwd=other)
        self.sh("git", "push", "--quiet", "origin", "HEAD:main", cwd=other)
        self.promote("sha-89abcdef")
        self.assertEqual(self.tag(), "sha-89abcdef")
        subjects = self.sh("git", "--git-dir", self.origin, "log", "--format=%s", "main").splitlines()
        self.assertEqual(subjects[:2], ["Deploy sha-89abcdef to dev", "fix: faster"])
        self.assertEqual(self.outputs()["commit"], self.sh("git", "--git-dir", self.origin, "rev-parse", "main").strip())

    def test_a_later_deployment_is_not_taken_back(self) -> None:
        self.promote("sha-89abcdef")
        first = self.outputs()["commit"]
        self.promote("sha-aaaaaaaa")
        said = self.script("revert.sh", fails=True, ENVIRONMENT="dev", COMMIT=first)
        self.assertIn("nothing is taken back", said)
        self.assertEqual(self.tag(), "sha-aaaaaaaa")

    def test_what_is_no_tag_of_ours_is_refused(self) -> None:
        for tag in ("latest", "sha-0123", "sha-01234567; rm", ""):
            self.assertIn("allowed are", self.promote(tag, fails=True))
        self.assertEqual(self.tag(), "sha-01234567")

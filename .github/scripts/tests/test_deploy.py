"""Where a commit goes, how it gets there, and back."""

import unittest

import yaml

from .helpers import FIXTURES, REPOSITORY, Checkout
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


class Values(unittest.TestCase):
    """The values that the pipelines change."""

    def test_every_environment_has_its_tag_where_it_is_expected(self) -> None:
        for environment in ("dev", "prod"):
            text = (REPOSITORY / f"deploy/argocd/values/{environment}.yaml").read_text()
            self.assertRegex(get(text, "image.tag"), r"sha-[0-9a-f]{8}")
            application = REPOSITORY / f"deploy/argocd/{environment}/service.yaml"
            self.assertIn(f"name: sirius-{environment}-service\n", application.read_text())


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


class There(Checkout):
    """there.sh, with a gcloud of the test's own."""

    def there(self, said: str, values: str = "image:\n  # where\n  repository: eu/images/sirius\n  tag: a\n", **more: bool) -> str:
        """Asks for an image of which gcloud says this."""
        self.write("deploy/argocd/values/dev.yaml", values + "cloudSql:\n  image:\n    repository: other\n")
        gcloud = self.folder / "bin/gcloud"
        gcloud.parent.mkdir(exist_ok=True)
        gcloud.write_text(
            "#!/bin/sh\n"
            "[ \"$1 $2 $3 $4 $5\" = 'artifacts docker images describe eu/images/sirius:sha-01234567' ] || exit 2\n"
            f"{said}\n"
        )
        gcloud.chmod(0o755)
        path = f"{gcloud.parent}:{self.environment['PATH']}"
        return self.script("there.sh", ENVIRONMENT="dev", TAG="sha-01234567", PATH=path, **more)

    def test_an_image_that_is_there_may_be_deployed(self) -> None:
        self.assertEqual(self.there("echo sha256:0123"), "sha-01234567 is sha256:0123\n")

    def test_one_that_is_not_or_cannot_be_seen_may_not(self) -> None:
        for said in ("echo not found >&2; exit 1", "true", "echo denied"):
            self.assertIn("nothing is deployed", self.there(said, fails=True))
        self.assertIn("names no image.repository", self.there("true", values="image:\n  tag: a\n", fails=True))


# The first line of the file is what it says next; the last one it says for ever.
KUBECTL = """#!/bin/sh
[ "$3" = sirius-dev-service ] || exit 1
head -n 1 FOLDER/states
[ "$(wc -l <FOLDER/states)" = 1 ] || sed -i 1d FOLDER/states
"""
# Asked in the words of ask.sh; tests/image lets that ask a real Sirius.
CURL = """#!/bin/sh
case "$*" in
*POST*/visits) echo x >>FOLDER/visits; echo "{\\"number\\": $(wc -l <FOLDER/visits)}" ;;
*/images/random) echo '{"id": "a"}' ;;
*/content) echo image/png ;;
*/metrics) echo 404 ;;
esac
"""


class Smoke(Checkout):
    """smoke.sh, with a kubectl and a service of the test's own."""

    def setUp(self) -> None:
        super().setUp()
        self.before = self.commit("feat: a")
        self.deployed = self.commit("Deploy sha-01234567 to dev")
        self.later = self.commit("docs: b")
        kubectl = self.folder / "bin/kubectl"
        kubectl.parent.mkdir()
        self.states = self.folder / "states"
        kubectl.write_text(KUBECTL.replace("FOLDER", str(self.folder)))
        curl = self.folder / "bin/curl"
        curl.write_text(CURL.replace("FOLDER", str(self.folder)))
        for program in (kubectl, curl):
            program.chmod(0o755)
        self.environment["PATH"] = f"{kubectl.parent}:{self.environment['PATH']}"
        self.environment |= {"ENVIRONMENT": "dev", "URL": "https://sirius.example", "POLL_SECONDS": "0.1"}

    def smoke(self, *states: str, **more: bool) -> str:
        """Waits for the deployment while Argo CD goes through these states."""
        self.states.write_text("".join(f"{state}\n" for state in states))
        return self.script("smoke.sh", COMMIT=self.deployed, WAIT_SECONDS="2", **more)

    def test_it_waits_for_its_commit_or_a_later_one(self) -> None:
        for reached in (self.deployed, self.later):
            said = self.smoke(
                "", f"{self.before} Synced Healthy", f"{reached} OutOfSync Healthy", f"{reached} Synced Progressing",
                f"{reached} Synced Healthy",
            )
            self.assertIn("visits ", said)

    def test_what_never_gets_there_is_a_failure(self) -> None:
        for state in (f"{self.deployed} Synced Degraded", f"{self.before} Synced Healthy", " Synced Healthy", ""):
            self.assertIn("it is still", self.smoke(state, fails=True))

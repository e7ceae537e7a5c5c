"""What the clean-up chooses, and when it chooses nothing."""

import contextlib
import io
import json
import tempfile
import unittest
from pathlib import Path

from . import helpers
from cleanup import main
from index import prune

NOW = "2026-11-21T00:00:00Z"


def digest(number: int) -> str:
    """A digest that people can tell from others."""
    return f"sha256:{number:064x}"


def listed(number: int, *tags: str, day: str = "2026-01-01") -> dict:
    """An entry of the listing of images."""
    return {"createTime": f"{day}T10:00:00Z", "package": "project/images/sirius", "tags": list(tags), "version": digest(number)}


#: An image for one platform, which nothing belongs to.
PLAIN = {"schemaVersion": 2, "layers": []}


class Cleanup(unittest.TestCase):
    """cleanup.py"""

    def run_it(
        self, kind: str, listing: str, deployed: str, keep: int = 2, days: int = 30, manifests: dict[int, object] | None = None
    ) -> tuple[int, list[str], str]:
        """Its status, what it chose, and what it said. Manifests are plain ones unless others are given."""
        with tempfile.TemporaryDirectory() as folder:
            files = {"listing": listing, "deployed": deployed}
            for name, text in files.items():
                (Path(folder) / name).write_text(text)
            arguments = ["--kind", kind, "--keep", str(keep), "--days", str(days), "--now", NOW]
            for name in files:
                arguments += [f"--{name}", str(Path(folder) / name)]
            if kind == "image":
                arguments += ["--manifests", folder]
                for number in range(1, 30):
                    manifest = (manifests or {}).get(number, PLAIN)
                    (Path(folder) / f"{number:064x}.json").write_text(json.dumps(manifest))
            out, err = io.StringIO(), io.StringIO()
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
                status = main(arguments)
        return status, out.getvalue().split(), err.getvalue()

    def fixture(self, name: str) -> str:
        """A listing."""
        return (helpers.FIXTURES / name).read_text()

    def test_old_ones_that_nobody_needs_are_chosen_the_oldest_first(self) -> None:
        status, chosen, _ = self.run_it("image", self.fixture("images.json"), "sha-00000003\n")
        # 1: a release. 2: old. 3: deployed. 4: old, without a tag. 5: old. 6: younger. 7, 8: the newest.
        self.assertEqual((status, chosen), (0, [digest(2), digest(4), digest(5)]))

    def test_the_newest_are_kept_however_old(self) -> None:
        status, chosen, _ = self.run_it("image", self.fixture("images.json"), "sha-00000003", keep=6, days=1)
        self.assertEqual((status, chosen), (0, [digest(2)]))

    def test_what_is_deployed_by_its_digest_stays(self) -> None:
        status, chosen, _ = self.run_it("image", self.fixture("images.json"), f"{digest(2)}\nsha-00000004\nsha-00000005\n")
        self.assertEqual((status, chosen), (0, [digest(3), digest(4)]))

    #: 1: a release for two platforms (11, 12), attested (13). 2: old, for two platforms (21, 12 as in the release). 3: younger.
    # 4 and 5: signatures of 1 and of 2, one by its name, one by its subject. 6: of 5, whatever that is good for.
    platforms = json.dumps([
        *(listed(number) for number in (11, 12, 13, 21)),
        listed(1, "v0.1.0", "sha-00000001"),
        listed(2, "sha-00000002", day="2026-02-01"),
        listed(3, "sha-00000003", day="2026-11-20"),
        listed(4, f"sha256-{1:064x}.sig"),
        *(listed(number, day="2026-11-20") for number in (5, 6)),
    ])
    belongings = {
        1: {"schemaVersion": 2, "manifests": [{"digest": digest(each)} for each in (11, 12, 13)]},
        2: {"schemaVersion": 2, "manifests": [{"digest": digest(each)} for each in (21, 12)]},
        5: {"schemaVersion": 2, "subject": {"digest": digest(2)}},
        6: {"schemaVersion": 2, "subject": {"digest": digest(5)}},
    }

    def test_an_image_goes_with_its_platforms_and_signatures_and_before_them(self) -> None:
        status, chosen, said = self.run_it("image", self.platforms, "sha-00000003", keep=1, manifests=self.belongings)
        self.assertEqual((status, chosen), (0, [digest(2), digest(21), digest(5), digest(6)]), said)

    def test_parts_count_for_no_image_of_their_own(self) -> None:
        status, chosen, _ = self.run_it("image", self.platforms, "sha-00000003", keep=2, manifests=self.belongings)
        self.assertEqual((status, chosen), (0, []), "the newest two are 3 and 2")

    def test_what_is_deployed_as_one_platform_stays_whole(self) -> None:
        for part in (21, 5, 6):
            status, chosen, _ = self.run_it("image", self.platforms, digest(part), keep=1, manifests=self.belongings)
            self.assertEqual((status, chosen), (0, []), part)

    def test_a_manifest_that_cannot_be_read_deletes_nothing(self) -> None:
        for manifest in ("denied", {"errors": ["denied"]}, {"schemaVersion": 2, "manifests": [{}]}, None):
            given = {**self.belongings, 21: manifest}
            status, chosen, said = self.run_it("image", self.platforms, "sha-00000003", keep=1, manifests=given)
            self.assertEqual((status, chosen), (1, []), manifest)
            self.assertIn("nothing is deleted", said)

    def test_a_listing_that_cannot_be_read_deletes_nothing(self) -> None:
        whole = json.loads(self.fixture("images.json"))
        broken = {
            "nothing": "",
            "half": self.fixture("images.json")[:-20],
            "another form": json.dumps({"images": whole}),
            "an error": json.dumps([{"error": "permission denied"}]),
            "no time": json.dumps([{**whole[0], "createTime": None}]),
            "a time without a zone": json.dumps([{**whole[0], "createTime": "2026-01-01T00:00:00"}]),
            "no digest": json.dumps([{**whole[0], "version": "latest"}]),
            "tags that are none": json.dumps([*whole, {**whole[0], "tags": 5}]),
        }
        for name, listing in broken.items():
            status, chosen, said = self.run_it("image", listing, "sha-00000003")
            self.assertEqual((status, chosen), (1, []), name)
            self.assertIn("nothing is deleted", said)

    def test_without_knowing_what_is_deployed_nothing_is_deleted(self) -> None:
        status, chosen, said = self.run_it("image", self.fixture("images.json"), "\n")
        self.assertEqual((status, chosen), (1, []))
        self.assertIn("nothing is said to be deployed", said)

    def test_an_empty_registry_is_fine(self) -> None:
        self.assertEqual(self.run_it("image", "[]", "sha-00000003")[:2], (0, []))

    def test_charts_by_the_tag_of_their_image(self) -> None:
        listing = self.fixture("index.txt")
        status, chosen, _ = self.run_it("chart", listing, "sha-00000002", keep=1)
        self.assertEqual((status, chosen), (0, ["sirius-0.1.0-sha-00000001.tgz"]))
        self.assertEqual(self.run_it("chart", listing, "sha-00000001", keep=1)[:2], (0, ["sirius-0.1.0-sha-00000002.tgz"]))
        for broken in ("", "{}", listing.replace("    created", "    made"), listing.replace("2026-05-0", "in May ")):
            self.assertEqual(self.run_it("chart", broken, "sha-00000002", keep=1)[:2], (1, []))


class Index(unittest.TestCase):
    """index.py"""

    text = (helpers.FIXTURES / "index.txt").read_text()

    def test_only_what_is_there_is_left_as_it_was(self) -> None:
        pruned = prune(self.text, {"sirius-0.2.0.tgz", "sirius-stack-0.2.0.tgz"})
        self.assertNotIn("0.1.0", pruned)
        self.assertEqual(prune(self.text, {"sirius-0.2.0.tgz", "sirius-stack-0.2.0.tgz", "sirius-0.1.0-sha-00000001.tgz", "sirius-0.1.0-sha-00000002.tgz"}), self.text)
        # A chart of which nothing is left has no entry either.
        self.assertNotIn("sirius-stack", prune(self.text, {"sirius-0.2.0.tgz"}))
        self.assertTrue(pruned.endswith('generated: "2026-11-21T00:00:00Z"\n'))

    def test_what_is_no_index_is_refused(self) -> None:
        for text in ("", "entries:\n", self.text.replace("    urls:", "urls:"), self.text.replace(".tgz", ".zip")):
            with self.assertRaises(ValueError):
                prune(text, {"sirius-0.2.0.tgz"})
        with self.assertRaisesRegex(ValueError, "nothing of it would be left"):
            prune(self.text, set())


class Deployed(helpers.Checkout):
    """deployed.sh"""

    def test_what_was_deployed_lately_counts(self) -> None:
        for tag in ("sha-00000001", "sha-00000002"):
            for environment in ("dev", "prod"):
                self.write(f"deploy/argocd/values/{environment}.yaml", f"image:\n  tag: {tag}\n")
            self.commit(f"Deploy {tag}")
        self.assertEqual(self.script("deployed.sh", DAYS="30").split(), ["sha-00000001", "sha-00000002"])

    def test_values_that_cannot_be_read_are_an_error(self) -> None:
        self.write("deploy/argocd/values/dev.yaml", "image:\n  tag: sha-00000001\n")
        self.commit("feat: the first")
        self.script("deployed.sh", fails=True, DAYS="30")
        self.write("deploy/argocd/values/prod.yaml", "image:\n  tag: ''\n")
        self.assertIn("names no tag", self.script("deployed.sh", fails=True, DAYS="30"))


class Images(helpers.Checkout):
    """cleanup_images.sh, with a gcloud of the test's own in the place of the cloud's."""

    def setUp(self) -> None:
        super().setUp()
        for environment in ("dev", "prod"):
            self.write(f"deploy/argocd/values/{environment}.yaml", "image:\n  tag: sha-00000003\n")
        self.commit("feat: the first")
        self.deleted = self.folder / "deleted"
        self.deleted.touch()
        gcloud = self.folder / "bin/gcloud"
        gcloud.parent.mkdir()
        gcloud.write_text(
            "#!/bin/sh\n"
            "[ \"$1\" != auth ] || exit 0\n"
            f"if [ \"$4\" = delete ]; then echo \"$5\" >>{self.deleted}; exit; fi\n"
            "[ \"$5\" != project/broken ] || { echo '[{'; exit; }\n"
            "[ \"$5\" != project/denied ] || { echo denied >&2; exit 1; }\n"
            f"cat {helpers.FIXTURES / 'images.json'}\n"
        )
        gcloud.chmod(0o755)
        docker = gcloud.with_name("docker")
        docker.write_text(
            "#!/bin/sh\n"
            f"case \"$5\" in project/silent@*{7:x}) echo denied >&2; exit 1;; esac\n"
            f"[ \"$*\" = \"buildx imagetools inspect --raw $5\" ] && echo '{json.dumps(PLAIN)}'\n"
        )
        docker.chmod(0o755)
        self.environment["PATH"] = f"{gcloud.parent}:{self.environment['PATH']}"
        self.environment |= {"KEEP": "6", "DAYS": "1"}

    def test_a_dry_run_deletes_nothing(self) -> None:
        said = self.script("cleanup_images.sh", GCP_IMAGES="project/a", DRY_RUN="true")
        self.assertEqual(said, f"would be deleted: project/a@{digest(2)}\n")
        self.assertEqual(self.deleted.read_text(), "")

    def test_what_is_chosen_is_deleted_in_each_registry(self) -> None:
        self.script("cleanup_images.sh", GCP_IMAGES="project/a project/b", DRY_RUN="false")
        self.assertEqual(self.deleted.read_text().split(), [f"project/a@{digest(2)}", f"project/b@{digest(2)}"])

    def test_one_listing_that_cannot_be_read_keeps_all(self) -> None:
        for bad in ("project/broken", "project/denied", "project/silent"):
            self.script("cleanup_images.sh", GCP_IMAGES=f"project/a {bad}", DRY_RUN="false", fails=True)
        self.assertEqual(self.deleted.read_text(), "")

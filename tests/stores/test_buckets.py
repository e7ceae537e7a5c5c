"""Bytes in a bucket: the same questions to a server of each cloud."""

import hashlib
import http.client
import json
import subprocess
import unittest

from servers.buckets import Azure, BucketServer, Gcs, S3
from servers.http import Response, ask
from servers.process import environment, scratch_folder, wait_for
from servers.sirius import Sirius, binary
from servers.tools import REPOSITORY

CHANGES_SECONDS = 20
CONTRACT = "blob::contract::the_bucket_of_the_environment_keeps_the_contract"


class Asked:
    """What is asked of every cloud; the classes below are those that run."""

    server_class: type[BucketServer]

    @classmethod
    def setUpClass(cls) -> None:
        cls.folder = scratch_folder()
        cls.server = cls.server_class(cls.folder)
        cls.server.start()
        cls.sirius = Sirius(cls.folder, cls.server.settings("sirius"))
        cls.sirius.start()
        cls.images = cls.sirius.ask("/api/v1/images", limit=100).json()["items"]

    @classmethod
    def tearDownClass(cls) -> None:
        cls.sirius.stop()
        cls.server.kill()

    def test_it_keeps_the_contract_of_all_stores(self) -> None:
        command = [
            "cargo",
            "test",
            "--quiet",
            "--lib",
            CONTRACT,
            "--",
            "--ignored",
            "--exact",
        ]
        ran = subprocess.run(
            command,
            cwd=REPOSITORY,
            env=environment(**self.server.settings("contract")),
            capture_output=True,
            text=True,
            check=False,
        )
        self.assertEqual(ran.returncode, 0, ran.stdout + ran.stderr)
        self.assertIn("1 passed", ran.stdout)

    def test_pictures_come_through_sirius_whole_and_in_part(self) -> None:
        self.assertGreater(len(self.images), 5)
        for image in self.images:
            whole = self.content(image)
            self.assertEqual(whole.status, 200)
            self.assertEqual(digest(whole.body), whole.headers["etag"].strip('"'))
            part = self.content(image, headers={"Range": "bytes=5-14"})
            self.assertEqual((part.status, part.body), (206, whole.body[5:15]))

    def test_clients_that_are_sent_to_the_bucket_get_the_bytes_there(self) -> None:
        settings = {
            **self.server.settings("redirected"),
            "SIRIUS_BLOBS__DELIVERY": "redirect",
        }
        sirius = Sirius(self.folder, settings, name="redirecting")
        sirius.start()
        for image in sirius.ask("/api/v1/images", limit=5).json()["items"]:
            # Python follows.
            whole = sirius.ask(f"/api/v1/images/{image['id']}/content")
            head = sirius.ask(f"/api/v1/images/{image['id']}/content", method="HEAD")
            self.assertEqual(
                (whole.status, digest(whole.body)),
                (200, head.headers["etag"].strip('"')),
            )
            self.assertEqual(
                whole.headers["content-type"], head.headers["content-type"]
            )
            self.assertNotIn("x-trace-id", whole.headers, "it did not come from Sirius")
            part = sirius.ask(
                f"/api/v1/images/{image['id']}/content", headers={"Range": "bytes=5-14"}
            )
            self.assertEqual((part.status, part.body), (206, whole.body[5:15]))
        sirius.stop()

    def test_while_it_is_away_hot_pictures_are_served_and_then_all_again(self) -> None:
        settings = {**self.server.settings("away"), "SIRIUS_BLOBS__RETRIES": "1"}
        sirius = Sirius(self.folder, settings, name="without")
        sirius.start()
        hot, cold, *_ = [
            f"/api/v1/images/{image['id']}/content"
            for image in sirius.ask("/api/v1/images").json()["items"]
        ]
        bytes_of_hot = sirius.ask(hot).body
        self.server.go_away()
        self.assertEqual(sirius.ask(hot).body, bytes_of_hot)
        refused = sirius.ask(cold)
        self.assertEqual(
            (refused.status, refused.json()["type"]),
            (502, "/problems/bytes-unavailable"),
        )
        readiness(sirius, "degraded")
        self.server.start()
        readiness(sirius, "ok")
        self.assertEqual(sirius.ask(cold).status, 200)
        sirius.stop()

    def test_a_bucket_that_does_not_exist_is_one_clear_sentence(self) -> None:
        for said in self.refused(
            self.server.settings("sirius", bucket="no-such-bucket")
        ):
            self.assertRegex(
                said,
                f"cannot use {self.server.scheme}://no-such-bucket/sirius for image bytes: there is no such",
            )

    def test_catalogue_and_bucket_are_found_to_agree(self) -> None:
        command = [binary(), "--data-dir", self.folder / "sirius", "fsck", "--json"]
        env = environment(**self.server.settings("sirius"))
        ran = subprocess.run(
            command, env=env, capture_output=True, text=True, check=False
        )
        self.assertEqual(ran.returncode, 0, ran.stdout + ran.stderr)
        summary = json.loads(ran.stdout)
        self.assertEqual(
            (summary["sound"], summary["objects"]), (True, summary["images"])
        )
        self.assertEqual(summary["images"], len(self.images))

    def test_bytes_are_copied_out_of_the_bucket_and_into_it(self) -> None:
        settings = self.server.settings("copied")
        bucket, prefix = settings["SIRIUS_BLOBS__URL"].rsplit("/", 1)
        folder = f"file://{self.folder / 'out'}"
        for origin, copy in (
            (f"{bucket}/sirius", folder),
            (folder, f"{bucket}/{prefix}"),
        ):
            command = [binary(), "copy", "--blobs-from", origin, "--blobs-to", copy]
            ran = subprocess.run(
                command,
                env=environment(**settings),
                capture_output=True,
                text=True,
                check=False,
            )
            self.assertEqual(ran.returncode, 0, ran.stdout + ran.stderr)
            self.assertIn(f"sirius: {len(self.images)} objects (", ran.stderr)
            self.assertIn("were copied, 0 were there already", ran.stderr)
        command = [binary(), "--data-dir", self.folder / "sirius", "fsck", "--json"]
        ran = subprocess.run(
            command,
            env=environment(**settings),
            capture_output=True,
            text=True,
            check=False,
        )
        self.assertEqual(ran.returncode, 0, ran.stdout + ran.stderr)

    def content(self, image: dict, **request: object) -> Response:
        return self.sirius.ask(f"/api/v1/images/{image['id']}/content", **request)

    def refused(self, settings: dict[str, str]) -> list[str]:
        """What the check of the configuration and the server say, which must both fail."""
        env = environment(**settings)
        said = []
        for command in (
            ["config", "check", "--connect"],
            ["serve", "--listen", "127.0.0.1:0"],
        ):
            data = [
                "--data-dir",
                self.folder / "refused",
                "--admin-listen",
                "127.0.0.1:0",
            ]
            ran = subprocess.run(
                [binary(), *data, *command],
                env=env,
                capture_output=True,
                text=True,
                check=False,
                timeout=60,
            )
            self.assertEqual(ran.returncode, 1, ran.stdout + ran.stderr)
            self.assertEqual(len(ran.stderr.strip().splitlines()), 1, ran.stderr)
            for name, value in settings.items():
                if "SECRET" in name or "KEY" in name:
                    self.assertNotIn(value, ran.stdout + ran.stderr)
            said.append(ran.stderr)
        return said


class Checking(Asked):
    """What is asked of those that look at credentials."""

    def test_wrong_credentials_are_one_clear_sentence(self) -> None:
        for said in self.refused(
            {**self.server.settings("sirius"), **self.server.wrong}
        ):
            self.assertRegex(
                said, "it does not let us in|the credentials are not accepted"
            )

    def test_an_address_that_was_tampered_with_is_good_for_nothing(self) -> None:
        settings = {
            **self.server.settings("sirius"),
            "SIRIUS_BLOBS__DELIVERY": "redirect",
        }
        sirius = Sirius(self.folder, settings, name="tampered")
        sirius.start()
        first, second, *_ = [
            image["id"] for image in sirius.ask("/api/v1/images").json()["items"]
        ]
        addresses = [location(sirius, image) for image in (first, second)]
        self.assertEqual([ask(address).status for address in addresses], [200, 200])
        # The signature of one for the path of the other.
        stolen = addresses[0].split("?")[0] + "?" + addresses[1].split("?")[1]
        self.assertEqual(ask(stolen).status, 403)
        sirius.stop()


class S3Test(Checking, unittest.TestCase):
    """versitygw"""

    server_class = S3


class AzureTest(Checking, unittest.TestCase):
    """Azurite"""

    server_class = Azure


class GcsTest(Asked, unittest.TestCase):
    """fake-gcs-server"""

    server_class = Gcs


def digest(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


def location(sirius: Sirius, image: str) -> str:
    """Where a client is sent; asked without following."""
    connection = http.client.HTTPConnection(*sirius.address, timeout=10)
    connection.request("GET", f"/api/v1/images/{image}/content")
    answer = connection.getresponse()
    answer.read()
    connection.close()
    if answer.status != 302:
        raise AssertionError(f"{answer.status} instead of a redirect")
    return answer.getheader("location")


def readiness(sirius: Sirius, status: str) -> None:
    """Waits until /readyz says so; it stays 200 all the while."""

    def says() -> bool:
        answer = sirius.ask_admin("/readyz")
        if answer.status != 200:
            raise AssertionError(f"/readyz says {answer.status}: {answer.text()}")
        return answer.json()["status"] == status

    wait_for(f"/readyz to say {status}", CHANGES_SECONDS, says)

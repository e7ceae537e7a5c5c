"""Servers with buckets: of S3 by versitygw, of Google Cloud Storage by fake-gcs-server, of Azure by Azurite.

Each keeps what it has in a folder, so that it has it again after it was killed and started.
"""

import base64
import hashlib
import hmac
import http.client
import json
import subprocess
import threading
import urllib.error
import urllib.request
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import quote, unquote

from .http import ask
from .process import Failure, Process, environment, free_ports
from .tools import REPOSITORY, tool

BUCKET = "pictures"


class BucketServer(Process):
    """One of them, with a bucket in it."""

    #: How its addresses begin.
    scheme: str
    #: What a Sirius needs to be let in.
    variables: dict[str, str]
    #: Those of them that make a stranger of it, where the server looks at them.
    wrong: dict[str, str] = {}

    def __init__(
        self, name: str, command: list[str | Path], folder: Path, port: int
    ) -> None:
        """Listens on `port`."""
        self.port, self.url = port, f"http://127.0.0.1:{port}"
        super().__init__(name, command, folder, environment())

    def is_ready(self) -> bool:
        """Whether it answers anything at all, and has its bucket."""
        try:
            ask(self.url)
        except OSError:
            return False
        self.make_bucket()
        return True

    def make_bucket(self) -> None:
        """Makes the bucket, unless it is there."""

    def go_away(self) -> None:
        """Ends it so that it has what it had when it is started again."""
        self.kill()

    def settings(self, prefix: str, bucket: str = BUCKET) -> dict[str, str]:
        """Environment variables for a Sirius whose bytes are below `prefix`."""
        return {
            **self.variables,
            "SIRIUS_BLOBS__URL": f"{self.scheme}://{bucket}/{prefix}",
            "SIRIUS_BLOBS__ALLOW_HTTP": "true",
        }


class S3(BucketServer):
    """versitygw: a folder as S3."""

    scheme = "s3"

    def __init__(self, folder: Path) -> None:
        """Chooses its port; a folder in its folder is a bucket."""
        (port,) = free_ports(1)
        data = folder / "s3"
        (data / BUCKET).mkdir(parents=True)
        secret = "the-secret-of-the-tests"
        self.variables = {
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
            "AWS_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": "tests",
            "AWS_SECRET_ACCESS_KEY": secret,
        }
        self.wrong = {"AWS_SECRET_ACCESS_KEY": "another-secret-of-the-tests"}
        command = [
            tool("versitygw"),
            "--port",
            f"127.0.0.1:{port}",
            "--access",
            "tests",
            "--secret",
            secret,
            "--quiet",
            "posix",
            # Not every file system of a temporary folder has attributes.
            "--sidecar",
            folder / "attributes",
            data,
        ]
        (folder / "attributes").mkdir()
        super().__init__("versitygw", command, folder, port)


class Gcs(BucketServer):
    """fake-gcs-server. It asks nobody who they are.

    What it does not know is how Sirius puts objects, by the XML API: a `Front` says the same in the words of the JSON API.
    """

    scheme = "gs"

    def __init__(self, folder: Path) -> None:
        """Chooses its port, and makes the key that addresses are signed with."""
        (behind,) = free_ports(1)
        front = _Front(behind)
        port = front.server_address[1]
        threading.Thread(target=front.serve_forever, daemon=True).start()
        key = folder / "service-account.json"
        key.write_text(json.dumps(_service_account()))
        address = f"127.0.0.1:{port}"
        self.variables = {
            "STORAGE_EMULATOR_HOST": f"http://{address}",
            "GOOGLE_APPLICATION_CREDENTIALS": str(key),
        }
        command = [
            tool("fake-gcs-server"),
            *("-scheme", "http", "-host", "127.0.0.1", "-port", str(behind)),
            *("-public-host", address, "-external-url", f"http://{address}"),
            *(
                "-backend",
                "filesystem",
                "-filesystem-root",
                folder / "gcs",
                "-log-level",
                "warn",
            ),
        ]
        super().__init__("fake-gcs-server", command, folder, port)

    def make_bucket(self) -> None:
        """Makes the bucket, unless it is there."""
        request = urllib.request.Request(
            f"{self.url}/storage/v1/b?project=tests",
            data=json.dumps({"name": BUCKET}).encode(),
            headers={"Content-Type": "application/json"},
        )
        _expect(request, 200, 409)


class _Front(ThreadingHTTPServer):
    """Lets requests through to a fake-gcs-server, puts by another way."""

    daemon_threads = True

    def __init__(self, behind: int) -> None:
        super().__init__(("127.0.0.1", 0), _Passing)
        self.behind = behind


class _Passing(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_any(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        method, path, headers = self.command, self.path, dict(self.headers.items())
        is_put = method == "PUT"
        if is_put:
            bucket, name = path.lstrip("/").split("?")[0].split("/", 1)
            method, path = (
                "POST",
                f"/upload/storage/v1/b/{bucket}/o?uploadType=media&name={quote(unquote(name), safe='')}",
            )
        connection = http.client.HTTPConnection(
            "127.0.0.1", self.server.behind, timeout=10
        )
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            content = answer.read()
        except (OSError, http.client.HTTPException):
            # It is away, and so is this.
            self.close_connection = True
            return
        finally:
            connection.close()
        self.send_response_only(answer.status)
        if is_put and answer.status == 200:
            self.send_header("ETag", json.loads(content)["etag"])
        for name, value in answer.getheaders():
            if name.lower() not in (
                "connection",
                "content-length",
                "transfer-encoding",
            ):
                self.send_header(name, value)
        if answer.status != 204:
            length = (
                answer.getheader("Content-Length") if method == "HEAD" else len(content)
            )
            self.send_header("Content-Length", str(length or 0))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = do_any

    def log_message(self, *_: object) -> None:
        """Says nothing."""


class Azure(BucketServer):
    """Azurite."""

    scheme = "az"

    #: Everybody's: <https://learn.microsoft.com/en-us/azure/storage/common/storage-use-azurite>.
    account = "devstoreaccount1"
    key = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="

    def __init__(self, folder: Path) -> None:
        """Chooses its port."""
        (port,) = free_ports(1)
        self.variables = {
            "AZURE_STORAGE_ENDPOINT": f"http://127.0.0.1:{port}/{self.account}",
            "AZURE_STORAGE_ACCOUNT_NAME": self.account,
            "AZURE_STORAGE_ACCOUNT_KEY": self.key,
        }
        self.wrong = {
            "AZURE_STORAGE_ACCOUNT_KEY": base64.b64encode(
                b"another key of the tests"
            ).decode()
        }
        program = (
            REPOSITORY / "tests/browser/node_modules/azurite/dist/src/blob/main.js"
        )
        if not program.is_file():
            raise Failure("azurite is not installed: run make setup.")
        command = [
            *(
                tool("node"),
                program,
                "--blobHost",
                "127.0.0.1",
                "--blobPort",
                str(port),
            ),
            *(
                "--location",
                folder / "azure",
                "--silent",
                "--disableTelemetry",
                "--skipApiVersionCheck",
            ),
        ]
        super().__init__("azurite", command, folder, port)

    def go_away(self) -> None:
        """Ends it so that it has what it had when it is started again: killed, it forgets the last seconds."""
        self.stop()

    def make_bucket(self) -> None:
        """Makes the bucket, unless it is there."""
        path, version, date = (
            f"/{self.account}/{BUCKET}",
            "2021-12-02",
            formatdate(usegmt=True),
        )
        # https://learn.microsoft.com/en-us/rest/api/storageservices/authorize-with-shared-key
        signed = "\n".join(
            [
                "PUT",
                *[""] * 11,
                f"x-ms-date:{date}",
                f"x-ms-version:{version}",
                f"/{self.account}{path}",
                "restype:container",
            ]
        )
        mac = hmac.new(base64.b64decode(self.key), signed.encode(), hashlib.sha256)
        signature = base64.b64encode(mac.digest()).decode()
        headers = {
            "x-ms-date": date,
            "x-ms-version": version,
            "Authorization": f"SharedKey {self.account}:{signature}",
            "Content-Length": "0",
        }
        request = urllib.request.Request(
            f"{self.url}{path}?restype=container", method="PUT", headers=headers
        )
        _expect(request, 201, 409)


def _expect(request: urllib.request.Request, *statuses: int) -> None:
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            status, body = answer.status, b""
    except urllib.error.HTTPError as answer:
        status, body = answer.code, answer.read()
    if status not in statuses:
        raise Failure(
            f"{request.method} {request.full_url} was answered with {status}: {body.decode(errors='replace')}"
        )


def _service_account() -> dict[str, str]:
    """A service account of nobody's, whose key is made here."""
    program = """
        const pair = require("node:crypto").generateKeyPairSync("rsa", { modulusLength: 2048 });
        process.stdout.write(pair.privateKey.export({ type: "pkcs8", format: "pem" }));
    """
    key = subprocess.run(
        [tool("node"), "-e", program], check=True, capture_output=True, text=True
    ).stdout
    return {
        "type": "service_account",
        "project_id": "tests",
        "private_key_id": "tests",
        "private_key": key,
        "client_email": "sirius@tests.iam.gserviceaccount.com",
        "client_id": "1",
        "token_uri": "https://127.0.0.1:1/token",
    }

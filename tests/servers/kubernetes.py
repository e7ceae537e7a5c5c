"""A Kubernetes control plane of the test's own: etcd and a real API server, on loopback. Nothing is scheduled: what is
tested is what the server says to objects, and what it keeps of them.
"""

import json
import secrets
import shutil
import ssl
import subprocess
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from .http import answers_ok
from .process import Failure, Process, free_ports, wait_for
from .tools import tool

TIMEOUT_SECONDS = 30
FIELD_MANAGER = "sirius-tests"


class Etcd(Process):
    """What the API server keeps its objects in."""

    def __init__(self, folder: Path) -> None:
        """Chooses its ports."""
        client, peer = free_ports(2)
        self.url = f"http://127.0.0.1:{client}"
        peers = f"http://127.0.0.1:{peer}"
        super().__init__(
            "etcd",
            [
                _system_tool("etcd", "etcd-server"),
                f"--data-dir={folder / 'etcd'}",
                f"--listen-client-urls={self.url}",
                f"--advertise-client-urls={self.url}",
                f"--listen-peer-urls={peers}",
                f"--initial-advertise-peer-urls={peers}",
                f"--initial-cluster=default={peers}",
                # Nobody misses what a test wrote.
                "--unsafe-no-fsync",
                "--log-level=warn",
            ],
            folder,
        )

    def is_ready(self) -> bool:
        """Whether it answers."""
        return answers_ok(f"{self.url}/health")

    def stop(self, seconds: float = 10) -> None:
        """Ends it at once: its data go with the test."""
        self.kill()


@dataclass(frozen=True)
class Answer:
    """What the API server said."""

    status: int
    body: dict
    #: What it warns of, such as an object that Pod Security would not let run.
    warnings: list[str]

    @property
    def message(self) -> str:
        """Its words, when it refused."""
        return self.body.get("message", "")


class ApiServer(Process):
    """kube-apiserver with RBAC and Pod Security. `kubeconfig` is for clients that may do everything."""

    def __init__(self, folder: Path, etcd: Etcd) -> None:
        """Makes its keys and chooses its port."""
        [port] = free_ports(1)
        self.url = f"https://127.0.0.1:{port}"
        self.kubeconfig = folder / "kubeconfig.json"
        self._certificates = folder / "apiserver"
        self._certificates.mkdir()
        self._token = secrets.token_urlsafe(24)
        self._context: ssl.SSLContext | None = None
        self._resources: dict[tuple[str, str], tuple[str, bool]] = {}
        key = folder / "service-account.pem"
        subprocess.run(
            [_system_tool("openssl", "openssl"), "genpkey", "-algorithm", "RSA", "-out", key],
            check=True,
            capture_output=True,
        )
        tokens = folder / "tokens.csv"
        tokens.write_text(f"{self._token},tests,tests,system:masters\n")
        super().__init__(
            "kube-apiserver",
            [
                tool("kube-apiserver"),
                f"--etcd-servers={etcd.url}",
                f"--cert-dir={self._certificates}",
                "--bind-address=127.0.0.1",
                "--advertise-address=127.0.0.1",
                f"--secure-port={port}",
                f"--service-account-key-file={key}",
                f"--service-account-signing-key-file={key}",
                "--service-account-issuer=https://tests.invalid",
                f"--token-auth-file={tokens}",
                "--authorization-mode=RBAC",
                "--service-cluster-ip-range=10.96.0.0/16",
                "--enable-admission-plugins=PodSecurity",
                # Without controllers nobody makes the account `default` in a new namespace.
                "--disable-admission-plugins=ServiceAccount",
            ],
            folder,
        )

    def is_ready(self) -> bool:
        """Whether it answers, with everything set up."""
        certificate = self._certificates / "apiserver.crt"
        if not certificate.is_file():
            return False
        try:
            self._context = ssl.create_default_context(cafile=str(certificate))
            ready = self.ask("GET", "/readyz").status == 200
        except (OSError, ssl.SSLError):
            return False
        if ready:
            self._write_kubeconfig(certificate)
        return ready

    def stop(self, seconds: float = 10) -> None:
        """Ends it at once: it would wait for its long-running requests."""
        self.kill()

    def ask(
        self,
        method: str,
        path: str,
        body: object = None,
        content_type: str = "application/json",
        **query: str,
    ) -> Answer:
        """One request. Raises OSError when there is no answer."""
        url = self.url + path + ("?" + urllib.parse.urlencode(query) if query else "")
        headers = {"Authorization": f"Bearer {self._token}", "Accept": "application/json"}
        data = None
        if body is not None:
            data, headers["Content-Type"] = json.dumps(body).encode(), content_type
        request = urllib.request.Request(url, data=data, method=method, headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS, context=self._context) as answer:
                return _answer(answer.status, answer.headers, answer.read())
        except urllib.error.HTTPError as answer:
            return _answer(answer.code, answer.headers, answer.read())

    def apply(self, obj: dict, *, dry_run: bool = False) -> Answer:
        """Server-side, strictly: a field that it does not know is an error."""
        query = {"fieldManager": FIELD_MANAGER, "fieldValidation": "Strict", "force": "true"}
        if dry_run:
            query["dryRun"] = "All"
        return self.ask("PATCH", self.path(obj), obj, "application/apply-patch+yaml", **query)

    def get(self, kind: str, name: str, namespace: str = "", version: str = "v1") -> dict | None:
        """An object, if there is one."""
        obj = {"apiVersion": version, "kind": kind, "metadata": {"name": name, "namespace": namespace}}
        answer = self.ask("GET", self.path(obj))
        return answer.body if answer.status == 200 else None

    def list(self, kind: str, namespace: str, version: str = "v1") -> list[dict]:
        """All objects of a kind."""
        obj = {"apiVersion": version, "kind": kind, "metadata": {"name": "", "namespace": namespace}}
        return self.ask("GET", self.path(obj).rstrip("/")).body["items"]

    def path(self, obj: dict) -> str:
        """Where an object is."""
        version, metadata = obj["apiVersion"], obj["metadata"]
        plural, namespaced = self._resource(version, obj["kind"])
        place = f"/namespaces/{metadata['namespace']}" if namespaced else ""
        return f"{_group_path(version)}{place}/{plural}/{metadata['name']}"

    def add_definitions(self, definitions: "list[dict]") -> None:
        """Custom resources; waits until they can be used."""
        for each in definitions:
            answer = self.apply(each)
            if answer.status not in (200, 201):
                raise Failure(f"{each['metadata']['name']}: {answer.status} {answer.message}")
        left = list(definitions)

        def established() -> bool:
            while left and self._is_established(left[-1]):
                left.pop()
            return not left

        wait_for("custom resources", TIMEOUT_SECONDS, established)

    def _is_established(self, definition: dict) -> bool:
        found = self.ask("GET", self.path(definition)).body
        conditions = found.get("status", {}).get("conditions") or []
        return any(each["type"] == "Established" and each["status"] == "True" for each in conditions)

    def _resource(self, version: str, kind: str) -> tuple[str, bool]:
        if (version, kind) not in self._resources:
            answer = self.ask("GET", _group_path(version))
            for each in answer.body.get("resources", []):
                if "/" not in each["name"]:
                    self._resources[version, each["kind"]] = (each["name"], each["namespaced"])
        if (version, kind) not in self._resources:
            raise Failure(f"the API server has no {kind} of {version}")
        return self._resources[version, kind]

    def _write_kubeconfig(self, certificate: Path) -> None:
        cluster = {"server": self.url, "certificate-authority": str(certificate)}
        context = {"cluster": "tests", "user": "tests"}
        self.kubeconfig.write_text(
            json.dumps(
                {
                    "apiVersion": "v1",
                    "kind": "Config",
                    "clusters": [{"name": "tests", "cluster": cluster}],
                    "users": [{"name": "tests", "user": {"token": self._token}}],
                    "contexts": [{"name": "tests", "context": context}],
                    "current-context": "tests",
                }
            )
        )
        self.kubeconfig.chmod(0o600)


def _group_path(version: str) -> str:
    return f"/apis/{version}" if "/" in version else f"/api/{version}"


def _answer(status: int, headers: object, body: bytes) -> Answer:
    warnings = headers.get_all("Warning") or []  # type: ignore[attr-defined]
    try:
        parsed = json.loads(body)
    except ValueError:
        parsed = {"message": body.decode(errors="replace")}
    return Answer(status, parsed, warnings)


def _system_tool(name: str, package: str) -> Path:
    path = shutil.which(name)
    if path is None:
        raise Failure(f"{name} is not installed (Debian's package {package}): run make setup.")
    return Path(path)

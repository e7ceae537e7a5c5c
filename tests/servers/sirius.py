"""A Sirius of the test's own."""

import json
import os
from pathlib import Path

from .http import Response, answers_ok, ask
from .process import Failure, Process, environment, free_ports

# Rate limits that no test reaches.
PLENTY = {
    "SIRIUS_LIMITS__READS__PER_SECOND": "100000",
    "SIRIUS_LIMITS__READS__BURST": "100000",
    "SIRIUS_LIMITS__VISITS__PER_SECOND": "100000",
    "SIRIUS_LIMITS__VISITS__BURST": "100000",
}


#: The settings that let things be broken on purpose.
FAULTS = {"SIRIUS_FAULTS__ENABLED": "true", "SIRIUS_ADMIN__TOKEN": "a-token-of-the-tests"}


class Sirius(Process):
    """`sirius serve` with a data folder and ports of its own."""

    def __init__(
        self,
        folder: Path,
        settings: dict[str, str] | None = None,
        name: str = "sirius",
        program: Path | None = None,
    ) -> None:
        """`settings` are environment variables beside the plentiful rate limits; `program` is another one than to test."""
        port, admin_port = free_ports(2)
        self.url, self.admin_url = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{admin_port}"
        self.address, self.admin_address = ("127.0.0.1", port), ("127.0.0.1", admin_port)
        self.data = folder / name
        command = [
            program or binary(),
            "serve",
            "--data-dir",
            self.data,
            "--listen",
            f"127.0.0.1:{port}",
            "--admin-listen",
            f"127.0.0.1:{admin_port}",
        ]
        super().__init__(name, command, folder, environment(**PLENTY, **(settings or {})))

    def is_ready(self) -> bool:
        """Whether it answers."""
        return answers_ok(f"{self.url}/healthz")

    def ask(self, path: str, **request: object) -> Response:
        """A request to the public port."""
        return ask(self.url + path, **request)

    def ask_admin(self, path: str, **request: object) -> Response:
        """A request to the admin port."""
        return ask(self.admin_url + path, **request)

    def begin_fault(self, **fault: object) -> None:
        """Breaks something within it, for at most an hour (see FAULTS); the members are those of `POST /faults`."""
        self._faults("POST", json.dumps({"expires_in_seconds": 3600, **fault}).encode())

    def lift_faults(self) -> None:
        """Nothing is broken within it any more."""
        self._faults("DELETE")

    def _faults(self, method: str, body: bytes = b"") -> None:
        headers = {"Authorization": f"Bearer {self.env['SIRIUS_ADMIN__TOKEN']}"}
        answer = self.ask_admin("/faults", method=method, headers=headers, body=body)
        if answer.status not in (200, 201):
            raise Failure(f"{method} /faults was answered with {answer.status}: {answer.text()}")


def binary() -> Path:
    """The Sirius to test: $TEST_BINARY, or the debug build."""
    path = Path(os.environ.get("TEST_BINARY") or "target/debug/sirius")
    if not path.is_file():
        raise Failure(f"{path} does not exist: run cargo build, or set TEST_BINARY.")
    return path.resolve()

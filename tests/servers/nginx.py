"""An nginx of the test's own in front of several Sirius."""

import os
import signal
from pathlib import Path

from .http import answers_ok
from .process import Failure, Process, free_ports
from .tools import REPOSITORY, program

_CONFIGURATION = """
{user}
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log stderr;
events {{ worker_connections 2048; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
{documented}
}}
"""


class Nginx(Process):
    """A load balancer of three replicas, as docs/operations.md says."""

    def __init__(self, folder: Path, replicas: list[tuple[str, int]], name: str = "nginx") -> None:
        """Makes its files."""
        (self.port,) = free_ports(1)
        self.address, self.url = ("127.0.0.1", self.port), f"http://127.0.0.1:{self.port}"
        files = folder / name
        files.mkdir()
        documented = (REPOSITORY / "docs/operations.md").read_text().split("```nginx\n")[1].split("```")[0]
        changes = {
            "listen 80": f"listen 127.0.0.1:{self.port}",
            **{f"10.0.0.{n}:8080": f"{host}:{port}" for n, (host, port) in enumerate(replicas, 1)},
        }
        for old, new in changes.items():
            if old not in documented:
                raise Failure(f"docs/operations.md has no {old!r} in what it says about nginx")
            documented = documented.replace(old, new)
        configuration = files / "nginx.conf"
        configuration.write_text(
            _CONFIGURATION.format(
                # Where root starts it, it would change to somebody who may not write here.
                user="user root;" if os.geteuid() == 0 else "",
                folder=files,
                documented=documented,
            )
        )
        super().__init__(name, [program("nginx"), "-e", "stderr", "-p", files, "-c", configuration], folder)

    def is_ready(self) -> bool:
        """Whether it answers."""
        return answers_ok(f"{self.url}/healthz")

    def kill(self) -> None:
        """Ends it with its workers, which a killed nginx leaves behind."""
        if self.process and self.process.poll() is None:
            # All of them are in the session that it was started in.
            os.killpg(self.process.pid, signal.SIGKILL)
        super().kill()

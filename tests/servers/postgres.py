"""A PostgreSQL of the test's own."""

import os
import shutil
import signal
import subprocess
from pathlib import Path

from .process import Failure, Process, free_ports

# Debian's packages keep the server's programs out of the way, a folder for each version.
PLACES = "/usr/lib/postgresql/*/bin"
USER = "postgres"
PASSWORD = "a-password-of-the-tests"


class Postgres(Process):
    """A server with one database, `postgres`, and one user, who may do everything."""

    def __init__(
        self,
        folder: Path,
        settings: dict[str, str] | None = None,
        name: str = "postgres",
        *,
        data: Path | None = None,
        standby_of: "Postgres | None" = None,
    ) -> None:
        """Makes its files. `settings` are those of postgresql.conf.

        `data` is another folder than `folder/name` for what it stores. A standby is a copy of a server that runs, is kept up
        to date by it, and may only be read until it is promoted.
        """
        (self.port,) = free_ports(1)
        self.bin = _programs()
        self.data = data or folder / name
        # It refuses to run as root, and its user has to get there.
        folder.chmod(0o711)
        self.data.mkdir(mode=0o700)
        if os.geteuid() == 0:
            shutil.chown(self.data, USER, USER)
        if standby_of:
            self._copy(standby_of)
        else:
            self._make(folder / f"{name}.password")
        conf = {
            "listen_addresses": "127.0.0.1",
            "port": str(self.port),
            "unix_socket_directories": "",
            "max_connections": "300",
            # In its folder, and not where a killed one leaves it.
            "dynamic_shared_memory_type": "mmap",
            **(settings or {}),
        }
        options = [argument for setting, value in conf.items() for argument in ("-c", f"{setting}={value}")]
        command = [*_as_user(), self.bin / "postgres", "-D", self.data, *options]
        super().__init__(name, command, folder, _environment())

    def promote(self) -> None:
        """Makes a standby a server that writes."""
        self._run("pg_ctl", "promote", f"--pgdata={self.data}")

    @property
    def root(self) -> str:
        """Where it is, for who may do everything; the name of a database is to follow."""
        return f"postgres://{USER}:{PASSWORD}@127.0.0.1:{self.port}/"

    def is_ready(self) -> bool:
        """Whether it takes connections."""
        return self.is_ready_at(self.port)

    def is_ready_at(self, port: int) -> bool:
        """The same of what listens there for it."""
        command = [self.bin / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(port)]
        return subprocess.run(command, check=False).returncode == 0

    def query(self, sql: str, database: str = "postgres") -> str:
        """Runs a statement and gives the first value of its answer."""
        asked = subprocess.run(
            [*self.client(database), "-c", sql],
            capture_output=True,
            text=True,
            check=False,
        )
        if asked.returncode:
            raise Failure(f"{sql}: {asked.stderr}")
        return asked.stdout.strip()

    def client(self, database: str, user: str = USER) -> list[str | Path]:
        """The command of its client, which reads statements from its input. All users here have the same password."""
        url = self.root.replace(f"//{USER}:", f"//{user}:") + database
        return [self.bin / "psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-d", url]

    def stop(self, seconds: float = 60) -> None:
        """Asks it to end without waiting for its clients."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(seconds)
        super().kill()

    def kill(self) -> None:
        """Ends it and all of its processes without a chance to tidy up."""
        super().kill()

    def start(self) -> None:
        """Starts it and waits until it is ready; again, while processes of a killed one are still on their way out."""
        for _ in range(20):
            try:
                super().start()
            except Failure:
                if (
                    "is still in use" not in self.tail()
                    and "already exists" not in self.tail()
                ):
                    raise
            else:
                return

    def _make(self, password: Path) -> None:
        password.write_text(PASSWORD)
        password.chmod(0o644)
        self._run(
            "initdb",
            "--no-sync",
            "--no-locale",
            "--encoding=UTF8",
            "--auth=scram-sha-256",
            # Small pieces of its log, so that a small disk holds several.
            "--wal-segsize=1",
            f"--username={USER}",
            f"--pwfile={password}",
            f"--pgdata={self.data}",
        )

    def _copy(self, of: "Postgres") -> None:
        self._run(
            "pg_basebackup",
            f"--dbname={of.root}postgres",
            f"--pgdata={self.data}",
            "--write-recovery-conf",
            "--checkpoint=fast",
            "--no-sync",
        )

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [*_as_user(), self.bin / program, *arguments],
            env=_environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise Failure(f"{program} failed: {done.stderr}")


def _programs() -> Path:
    found = sorted(
        Path("/").glob(PLACES.lstrip("/")), key=lambda place: float(place.parent.name)
    )
    if not found:
        raise Failure(f"PostgreSQL is not installed ({PLACES}): run make setup.")
    return found[-1]


def _as_user() -> list[str]:
    return (
        ["setpriv", f"--reuid={USER}", f"--regid={USER}", "--init-groups"]
        if os.geteuid() == 0
        else []
    )


def _environment() -> dict[str, str]:
    return {
        name: value for name, value in os.environ.items() if not name.startswith("PG")
    }

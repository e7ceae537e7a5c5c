"""A MariaDB of the test's own."""

import os
import shutil
import subprocess
from pathlib import Path

from .process import Failure, Process, free_ports
from .tools import program

USER, PASSWORD = "root", "a-password-of-the-tests"

# Debian's package makes this user for its server.
SERVER_USER = "mysql"


class MariaDb(Process):
    """A server with one user, who may do everything."""

    def __init__(
        self,
        folder: Path,
        settings: dict[str, str] | None = None,
        name: str = "mariadb",
        *,
        data: Path | None = None,
    ) -> None:
        """Makes its files. `settings` are options of the server; `data` is another folder than `folder/name` for its data."""
        (self.port,) = free_ports(1)
        self.data = data or folder / name
        user = [f"--user={SERVER_USER}"] if os.geteuid() == 0 else []
        # The server's user has to get there.
        folder.chmod(0o711)
        # Of its own, as it removes at its start what others like it may be using elsewhere.
        temporary = folder / f"{name}.tmp"
        for place in (self.data, temporary):
            place.mkdir()
            if user:
                shutil.chown(place, SERVER_USER, SERVER_USER)
        _run(
            "mariadb-install-db",
            "--no-defaults",
            f"--datadir={self.data}",
            f"--tmpdir={temporary}",
            "--auth-root-authentication-method=normal",
            "--skip-test-db",
            *user,
        )
        first = folder / f"{name}.sql"
        # A statement a line; it is read at every start.
        first.write_text(
            f"CREATE OR REPLACE USER {USER}@localhost IDENTIFIED BY '{PASSWORD}';\n"
            f"GRANT ALL ON *.* TO {USER}@localhost WITH GRANT OPTION;\n"
        )
        first.chmod(0o644)
        options = {
            "datadir": self.data,
            "tmpdir": temporary,
            "port": self.port,
            "bind-address": "127.0.0.1",
            "socket": self.data / "server.sock",
            "pid-file": self.data / "server.pid",
            "init-file": first,
            "max-connections": 300,
            **(settings or {}),
        }
        command = [
            program("mariadbd"),
            "--no-defaults",
            *user,
            *(f"--{key}={value}" for key, value in options.items()),
        ]
        super().__init__(name, command, folder)

    @property
    def root(self) -> str:
        """Where it is, for who may do everything; the name of a database is to follow."""
        return f"mysql://{USER}:{PASSWORD}@127.0.0.1:{self.port}/"

    def is_ready(self) -> bool:
        """Whether it takes connections."""
        return self._ask("SELECT 1").returncode == 0

    def query(self, sql: str, database: str = "mysql") -> str:
        """Runs a statement and gives the first value of its answer."""
        asked = self._ask(sql, database)
        if asked.returncode:
            raise Failure(f"{sql}: {asked.stderr}")
        return asked.stdout.strip()

    def client(self, database: str, user: str = USER) -> list[str]:
        """The command of its client, which reads statements from its input. All users here have the same password."""
        address = ["--host=127.0.0.1", f"--port={self.port}", f"--user={user}", f"--password={PASSWORD}"]
        return ["mariadb", "--no-defaults", *address, "--batch", "--skip-column-names", "--unbuffered", database]

    def _ask(self, sql: str, database: str = "mysql") -> subprocess.CompletedProcess:
        command = [*self.client(database), f"--execute={sql}"]
        return subprocess.run(command, capture_output=True, text=True, check=False)


def _run(name: str, *arguments: str) -> None:
    done = subprocess.run(
        [program(name), *arguments], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise Failure(f"{name} failed: {done.stdout}{done.stderr}")

"""A pgbouncer of the test's own."""

import os
from pathlib import Path

from .postgres import PASSWORD, USER, Postgres
from .process import Process, free_ports
from .tools import program


class PgBouncer(Process):
    """Gives each transaction to any connection to the server that is free, of which there are a few."""

    def __init__(self, folder: Path, behind: Postgres, connections: int) -> None:
        """`behind` is the server."""
        (self.port,) = free_ports(1)
        files = folder / "pgbouncer"
        files.mkdir()
        users = files / "users.txt"
        users.write_text(f'"{USER}" "{PASSWORD}"\n')
        configuration = files / "pgbouncer.ini"
        configuration.write_text(
            f"""
[databases]
* = host=127.0.0.1 port={behind.port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {self.port}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = {users}
pool_mode = transaction
default_pool_size = {connections}
admin_users = {USER}
"""
        )
        user = []
        if os.geteuid() == 0:
            # It refuses to run as root.
            user = ["setpriv", f"--reuid={USER}", f"--regid={USER}", "--init-groups"]
        super().__init__("pgbouncer", [*user, program("pgbouncer"), configuration], folder)
        self._behind = behind

    @property
    def root(self) -> str:
        """Where it is; the name of a database is to follow."""
        return self._behind.root.replace(f":{self._behind.port}/", f":{self.port}/")

    def is_ready(self) -> bool:
        """Whether it takes connections."""
        return self._behind.is_ready_at(self.port)

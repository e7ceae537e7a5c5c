"""The Rust tests that need a database server."""

import os
import subprocess
import unittest

from servers.mariadb import MariaDb
from servers.postgres import Postgres
from servers.process import leave_on_signals, scratch_folder


class Contract(unittest.TestCase):
    """`databases::` of the integration tests, which are passed over without a server."""

    def test_on_every_server(self) -> None:
        """They find the servers by the environment."""
        leave_on_signals()
        servers = {
            "SIRIUS_TEST_POSTGRES": Postgres(scratch_folder()),
            "SIRIUS_TEST_MARIADB": MariaDb(scratch_folder()),
        }
        for server in servers.values():
            server.start()
            self.addCleanup(server.stop)
        command = ["cargo", "test", "--test", "it", "--", "databases::", "--ignored"]
        environment = {
            **os.environ,
            **{name: server.root for name, server in servers.items()},
        }
        done = subprocess.run(command, env=environment, check=False)
        self.assertEqual(done.returncode, 0, "the Rust tests failed, see above")

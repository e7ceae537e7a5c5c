"""What stands between Sirius and its database, or is asked of it: a pooler, TLS, and settings that can lose visits."""

import concurrent.futures
import json
import re
import shutil
import subprocess
import unittest
from pathlib import Path
from typing import ClassVar

from servers.pgbouncer import PgBouncer
from servers.postgres import USER as POSTGRES_USER
from servers.process import scratch_folder
from servers.sirius import binary
from servers.tls import Authority

from .served import InMariaDb, InPostgres, Served
from .visiting import count_visit

# Fewer than a Sirius has itself.
POOLED = 3


class BehindPgBouncer(InPostgres, unittest.TestCase):
    """In transaction mode, with the setting for that."""

    def setUp(self) -> None:
        super().setUp()
        self.pooler = PgBouncer(self.scratch(), self.server, POOLED)
        self.pooler.start()
        self.addCleanup(self.pooler.kill)
        self.url = self.pooler.root + self.database

    def test_replicas_share_a_few_connections(self) -> None:
        """All that Sirius asks of a database, from making it on, while connections change hands and are cut."""
        replicas = [self.sirius(name, SIRIUS_DATABASE__PREPARED_STATEMENTS="false") for name in ("one", "other")]
        for replica in replicas:
            replica.launch()
        for replica in replicas:
            replica.wait()
        one, other = replicas
        backends = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"

        def ask_for_everything() -> None:
            def ask(number: int) -> int:
                paths = ("/api/v1/visits", "/api/v1/visits/history?step=hour", "/api/v1/images/random")
                return replicas[number % 2].ask(paths[number % 3]).status

            with concurrent.futures.ThreadPoolExecutor(8) as readers:
                self.assertEqual(set(readers.map(ask, range(120))), {200})
            key = {"Idempotency-Key": "behind-a-pooler"}
            answers = [count_visit(replica, headers=key).json()["number"] for replica in replicas * 2]
            self.assertEqual(len(set(answers)), 1)
            self.visiting.numbers.append(answers[0])
            # The pooler makes new ones, and Sirius need not know.
            self.query(f"SELECT pg_terminate_backend(pid) {backends}")

        self.kept(one, ask_for_everything)
        self.assertLessEqual(int(self.query(f"SELECT count(*) {backends}")), POOLED)
        one.stop()
        other.stop()


class Encrypted(Served):
    """TLS between Sirius and its database, with certificates of an authority of the test's own, for `localhost`."""

    #: The options of the address: of the mode, and of the authority's file; what to take for the strictest mode.
    mode: ClassVar[str]
    authority_option: ClassVar[str]
    strict: ClassVar[str]
    required: ClassVar[str]
    authority: Authority

    @classmethod
    def prepare(cls) -> None:
        cls.authority = Authority(cls.folder)
        cls.server.command += cls.encryption(cls.authority)

    def test_with_whom_it_should_be(self) -> None:
        """Everything through TLS, checked in full."""
        self.url = self.address("localhost", self.strict, self.authority.certificate)
        sirius = self.sirius()
        sirius.start()
        self.assertEqual(count_visit(sirius).status, 201)
        self.assertEqual(self.query(self.unencrypted), "0")
        sirius.stop()

    def test_what_is_refused(self) -> None:
        """Another name than the certificate's, another authority, and none where the system knows none of it."""
        stranger = Authority(scratch_folder())
        for host, mode, authority in [
            ("127.0.0.1", self.strict, self.authority.certificate),
            ("localhost", self.strict, stranger.certificate),
            ("localhost", self.strict, None),
        ]:
            with self.subTest(host=host, authority=authority):
                said = self.check(self.address(host, mode, authority))
                self.assertRegex(said, "certificate|encrypted")
                self.assertNotIn("a-password-of-the-tests", said)

    def test_what_is_not_asked_for(self) -> None:
        """With `require`, any certificate does; a server without TLS does not."""
        self.check(self.address("127.0.0.1", self.required, None), refused=False)
        plain = self.make(self.scratch())
        plain.start()
        self.addCleanup(plain.kill)
        plain.query(f"CREATE DATABASE {self.database}", self.first_database)
        url = plain.root + self.database
        self.check(url, refused=False)
        self.assertIn("TLS", self.check(f"{url}?{self.mode}={self.required}"))

    def address(self, host: str, mode: str, authority: Path | None) -> str:
        """Of the test's database."""
        root = f"&{self.authority_option}={authority}" if authority else ""
        return self.url.replace("@127.0.0.1:", f"@{host}:") + f"?{self.mode}={mode}{root}"

    def check(self, url: str, *, refused: bool = True) -> str:
        """What `sirius config check --connect` says."""
        done = subprocess.run(
            [binary(), "config", "check", "--connect", "--data-dir", self.scratch(), "--database-url", url],
            capture_output=True,
            text=True,
            check=False,
        )
        self.assertEqual(done.returncode != 0, refused, done.stderr)
        return done.stderr


class PostgresEncrypted(Encrypted, InPostgres, unittest.TestCase):
    """PostgreSQL."""

    mode, authority_option, strict, required = "sslmode", "sslrootcert", "verify-full", "require"
    unencrypted = """
        SELECT count(*) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid)
        WHERE application_name = 'sirius' AND NOT ssl
    """

    @classmethod
    def encryption(cls, authority: Authority) -> list[str]:
        """What its server is told."""
        authority.key.chmod(0o600)
        shutil.chown(authority.key, POSTGRES_USER)
        return ["-c", "ssl=on", "-c", f"ssl_cert_file={authority.chain}", "-c", f"ssl_key_file={authority.key}"]


class MariaDbEncrypted(Encrypted, InMariaDb, unittest.TestCase):
    """MariaDB."""

    mode, authority_option, strict, required = "ssl-mode", "ssl-ca", "verify_identity", "required"
    unencrypted = "SELECT 0"

    @classmethod
    def encryption(cls, authority: Authority) -> list[str]:
        """What its server is told."""
        authority.key.chmod(0o644)
        return [f"--ssl-cert={authority.chain}", f"--ssl-key={authority.key}", "--require-secure-transport=ON"]


class Risky(Served):
    """A server whose settings can lose a visit that it has acknowledged when the power fails."""

    risks: ClassVar[dict[str, str]]
    system: ClassVar[str]

    def test_it_is_said(self) -> None:
        """A line for each setting, and a metric that counts them."""
        sirius = self.sirius(SIRIUS_LOG__FORMAT="json")
        sirius.start()
        lines = [json.loads(line) for line in sirius.log.read_text().splitlines() if line.startswith("{")]
        said = {line["setting"]: line["value"] for line in lines if "setting" in line and line["level"] == "WARN"}
        self.assertEqual(said, self.risks)
        metric = re.search(
            rf'^sirius_database_risky_settings{{[^}}]*"{self.system}"[^}}]*}} (\d+)',
            sirius.ask_admin("/metrics").text(),
            re.MULTILINE,
        )
        self.assertEqual(int(metric[1]), len(self.risks))
        sirius.stop()


class RiskyPostgres(Risky, InPostgres, unittest.TestCase):
    """PostgreSQL."""

    system = "postgresql"
    risks: ClassVar = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}
    server_settings: ClassVar = risks


class RiskyMariaDb(Risky, InMariaDb, unittest.TestCase):
    """MariaDB, with a binary log."""

    system = "mariadb"
    risks: ClassVar = {"innodb_flush_log_at_trx_commit": "2", "innodb_doublewrite": "OFF", "sync_binlog": "0"}
    server_settings: ClassVar = {
        **{name.replace("_", "-"): value for name, value in risks.items()},
        "log-bin": "binary",
    }

"""`helm rollback` with a real API server, a real PostgreSQL and a real Sirius: the pods that the API server has after it run
on the tables that the newer version left.

The API server has nobody who starts pods. Here their containers are started in the order in which a kubelet does, with the
arguments, the settings file and the secrets that stand in the API server's objects.

There is one Sirius to test, and it is the *older* version: what a newer one does to the tables, a step that expands
(migrations/README.md), is done by the test. Where NEXT_BINARY names a newer one, that one does it, and serves in between.
"""

import base64
import json
import os
import subprocess
import unittest
from pathlib import Path

from servers.kubernetes import ApiServer, Etcd
from servers.postgres import PASSWORD, USER, Postgres
from servers.process import environment, leave_on_signals, scratch_folder
from servers.sirius import Sirius, binary

from .helm import CHARTS, helm

CHART = CHARTS / "sirius"
MOUNTED = "/etc/sirius/secrets"

#: What the next version's migration would do, and leave behind: a column and a table that this version knows nothing of.
EXPAND = """
    ALTER TABLE images ADD COLUMN tint text NOT NULL DEFAULT 'none';
    CREATE TABLE tints (image bigint PRIMARY KEY, tint text NOT NULL);
    INSERT INTO sirius_migrations (version, description, success, checksum, execution_time)
        SELECT max(version) + 1, 'tints', true, 'a checksum', 0 FROM sirius_migrations;
"""
#: What the one after it would: those who do not know the step before cannot use the tables any more.
CONTRACT = """
    UPDATE compatibility SET oldest_migration = (SELECT max(version) FROM sirius_migrations);
"""


folder: Path
postgres: Postgres
etcd: Etcd
server: ApiServer


def setUpModule() -> None:
    """One control plane and one database server for all: a namespace and a database for each test."""
    global folder, postgres, etcd, server
    leave_on_signals()
    folder = scratch_folder()
    postgres = Postgres(folder)
    postgres.start()
    etcd = Etcd(folder)
    etcd.start()
    server = ApiServer(folder, etcd)
    server.start()


def tearDownModule() -> None:
    """Ends them."""
    server.stop()
    etcd.stop()
    postgres.stop()


class Rollback(unittest.TestCase):
    """From one version to the next and back."""

    def setUp(self) -> None:
        """The first release, in a namespace and on a database that were not there."""
        self.name = f"rollback{sum(map(ord, self.id()))}"
        self.folder = scratch_folder()
        postgres.query(f"CREATE DATABASE {self.name}")
        server.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": self.name}})
        self.helm("install", "sha-11111111")

    def test_back_by_one_version_while_pods_run(self) -> None:
        """The older pod serves while the newer version migrates, and one that is started after the rollback does, too."""
        older = self.start_pod()
        self.assertEqual(self.visit(older), 1)
        pictures = older.ask("/api/v1/images").body

        self.helm("upgrade", "sha-22222222")
        self.assertTrue(self.image().endswith(":sha-22222222"))
        known = self.migration()
        self.be_migrated_by_the_next()
        self.assertGreater(self.migration(), known)
        self.assertEqual(self.visit(older), 2, "an older pod goes on beside the newer one")
        older.stop()

        self.helm("rollback")
        self.assertTrue(self.image().endswith(":sha-11111111"))
        again = self.start_pod()
        self.assertEqual(again.ask_admin("/readyz").status, 200)
        self.assertEqual(self.visit(again), 3, "what was counted stays counted")
        self.assertEqual(again.ask("/api/v1/images").body, pictures)
        again.stop()

    def test_back_by_too_many_is_refused_by_the_init_container(self) -> None:
        """With a sentence; the database is left as it is, and the pods before go on."""
        self.start_pod().stop()
        self.helm("upgrade", "sha-22222222")
        postgres.query(EXPAND + CONTRACT, self.name)
        before = self.migration()
        self.helm("rollback")
        refused = self.migrate()
        self.assertNotEqual(refused.returncode, 0)
        self.assertIn("was made by a newer Sirius", refused.stdout + refused.stderr)
        self.assertEqual(self.migration(), before)

    def helm(self, command: str, tag: str = "") -> None:
        """Installs, upgrades, or goes back to the first revision."""
        values = self.folder / "values.yaml"
        values.write_text(
            json.dumps({
                "image": {"tag": tag},
                "database": {
                    "type": "postgres",
                    "url": f"postgres://{USER}@127.0.0.1:{postgres.port}/{self.name}",
                },
                "secrets": {"values": {"database-password": PASSWORD}},
            })
        )
        arguments = ["1"] if command == "rollback" else [CHART, "--values", values]
        helm(
            command,
            "stars",
            *arguments,
            "--namespace",
            self.name,
            home=folder / "helm",
            kubeconfig=server.kubeconfig,
        )

    def pod(self) -> dict:
        """The pod that there would be."""
        workload = server.get("StatefulSet", "stars-sirius", self.name, "apps/v1")
        return workload["spec"]["template"]["spec"]

    def image(self) -> str:
        """The one of its only container; its init container has the same."""
        [migrate], [sirius] = self.pod()["initContainers"], self.pod()["containers"]
        self.assertEqual(migrate["image"], sirius["image"])
        return sirius["image"]

    def mounted(self) -> dict[str, str]:
        """The environment of its containers, once the files that they mount lie in a folder of the test."""
        [sirius] = self.pod()["containers"]
        self.assertEqual([each["name"] for each in sirius["env"]], ["SIRIUS_CONFIG"])
        secrets = self.folder / "secrets"
        secrets.mkdir(exist_ok=True)
        for name, value in server.get("Secret", "stars-sirius", self.name)["data"].items():
            (secrets / name).write_bytes(base64.b64decode(value))
        toml = server.get("ConfigMap", "stars-sirius", self.name)["data"]["sirius.toml"]
        self.assertIn(f'password_file = "{MOUNTED}/database-password"', toml)
        self.assertIn('migrate = "check"', toml)
        file = self.folder / "sirius.toml"
        file.write_text(toml.replace(MOUNTED, str(secrets)).replace('"/data"', f'"{self.folder}/sirius"'))
        return {"SIRIUS_CONFIG": str(file)}

    def migration(self) -> int:
        """The newest that the database has."""
        return int(postgres.query("SELECT max(version) FROM sirius_migrations", self.name))

    def be_migrated_by_the_next(self) -> None:
        """By its init container, where there is a next version; it then serves for a while."""
        if "NEXT_BINARY" not in os.environ:
            postgres.query(EXPAND, self.name)
            return
        newer = Path(os.environ["NEXT_BINARY"]).resolve()
        migrated = self.migrate(newer)
        self.assertEqual(migrated.returncode, 0, migrated.stdout + migrated.stderr)
        # Beside the older one, which has the lock of its volume: in a folder of its own.
        sirius = Sirius(self.folder, self.mounted(), name="newer", program=newer)
        sirius.start()
        self.addCleanup(sirius.kill)
        self.assertEqual(sirius.ask_admin("/readyz").status, 200)
        sirius.stop()

    def migrate(self, program: Path | None = None) -> subprocess.CompletedProcess[str]:
        """Its init container."""
        [container] = self.pod()["initContainers"]
        return subprocess.run(
            [program or binary(), *container["args"]],
            env=environment(**self.mounted()),
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=60,
        )

    def start_pod(self) -> Sirius:
        """All of it, as a kubelet would."""
        migrated = self.migrate()
        self.assertEqual(migrated.returncode, 0, migrated.stdout + migrated.stderr)
        self.assertEqual([each["args"] for each in self.pod()["containers"]], [["serve"]])
        sirius = Sirius(self.folder, self.mounted())
        sirius.start()
        self.addCleanup(sirius.kill)
        return sirius

    def visit(self, sirius: Sirius) -> int:
        """The number of another visit."""
        return json.loads(sirius.ask("/api/v1/visits", method="POST").body)["number"]

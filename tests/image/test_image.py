"""What the image promises: nothing but Sirius in it, no root, no shell, a read-only root, and it says how it is."""

import subprocess
import unittest
from pathlib import Path

from servers.http import ask
from servers.process import scratch_folder
from servers.sirius import binary
from servers.tools import REPOSITORY

from . import base
from .container import Container, Root
from .dockerfile import Image, context_holds


class Stage(unittest.TestCase):
    """What the Dockerfile says."""

    image = Image()

    def test_it_runs_as_a_number_that_is_not_root(self) -> None:
        self.assertRegex(self.image.user, r"^[1-9]\d*:[1-9]\d*$")

    def test_nothing_asks_for_a_shell(self) -> None:
        instructions = [name for name, _ in self.image.stage]
        self.assertFalse({"RUN", "SHELL", "ADD"} & set(instructions), instructions)
        # JSON lists were read, else reading the Dockerfile would have failed.
        self.assertEqual(self.image.healthcheck, [*self.image.entrypoint, "healthcheck"])

    def test_it_says_what_it_is(self) -> None:
        wanted = {"title", "description", "licenses", "version", "revision", "source", "created", "base.name"}
        self.assertEqual({f"org.opencontainers.image.{name}" for name in wanted}, set(self.image.labels))
        from_, base_name = self.image.stage[0][1], self.image.labels["org.opencontainers.image.base.name"]
        self.assertEqual(from_.split("${")[0], base_name.split("13:")[0])

    def test_what_is_compiled_is_in_the_context(self) -> None:
        """As rustc has written down what it read; a file that is missing would fail in the image's build only."""
        read = Path(f"{binary()}.d").read_text().replace("\\ ", "\0").split()[1:]
        ours = [Path(name.replace("\0", " ")) for name in read]
        missing = [
            str(path.relative_to(REPOSITORY))
            for path in ours
            if path.is_relative_to(REPOSITORY) and not context_holds(str(path.relative_to(REPOSITORY)))
        ]
        self.assertGreater(len(ours), 100)
        self.assertEqual(missing, [])
        self.assertFalse(context_holds("data/sirius.db") or context_holds("target/release/sirius"))


class Running(unittest.TestCase):
    """What the image does."""

    @classmethod
    def setUpClass(cls) -> None:
        """One image for all."""
        cls.folder = scratch_folder()
        cls.root = Root(cls.folder, Image())

    def test_it_needs_the_c_library_and_libgcc(self) -> None:
        names = {path.name for path in base.libraries(binary())}
        self.assertLessEqual({name for name in names if not base.LIBC6.fullmatch(name)}, {"libgcc_s.so.1"})

    def test_it_serves_and_tells_how_it_is(self) -> None:
        container = Container(self.root, self.folder)
        container.start()
        self.addCleanup(container.kill)

        status = Path(f"/proc/{container.first()}/status").read_text()
        self.assertRegex(status, r"CapEff:\s+0+\n")
        self.assertRegex(status, r"NSpid:\s+\d+\s+1\n")
        self.assertEqual(ask(container.url + "/").status, 200)
        # What the pipelines ask after each deployment.
        asked = subprocess.run(
            [REPOSITORY / ".github/scripts/ask.sh", container.url], capture_output=True, text=True, timeout=60
        )
        self.assertEqual((asked.returncode, asked.stderr), (0, ""), asked.stdout)

        health = self.root.run(self.root.image.healthcheck, container.settings)
        self.assertEqual((health.returncode, health.stdout), (0, "ok\n"), health.stderr)
        self.assertEqual(container.stop_as_an_engine_does(), 0, container.tail())
        health = self.root.run(self.root.image.healthcheck, container.settings)
        self.assertEqual(health.returncode, 1)
        self.assertIn("nothing answers", health.stderr)

    def test_its_root_is_read_only(self) -> None:
        elsewhere = self.root.run(
            [*self.root.image.entrypoint, "serve"],
            {"SIRIUS_DATA__DIR": "/tmp/data", "SIRIUS_SERVER__LISTEN": "127.0.0.1:0", "SIRIUS_ADMIN__LISTEN": "127.0.0.1:0"},
        )
        self.assertNotEqual(elsewhere.returncode, 0)
        self.assertIn("Read-only file system", elsewhere.stderr)
        self.assertEqual(self.root.run(["/bin/sh", "-c", "true"], {}).returncode, 127)

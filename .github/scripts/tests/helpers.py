"""What the tests of the scripts share."""

import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

SCRIPTS = Path(__file__).resolve().parents[1]
REPOSITORY = SCRIPTS.parents[1]
FIXTURES = Path(__file__).resolve().parent / "fixtures"
sys.path.insert(0, str(SCRIPTS))


class Checkout(unittest.TestCase):
    """A repository of the test's own, with the scripts in it, and the one that it pushes to."""

    def setUp(self) -> None:
        """Makes both."""
        folder = tempfile.TemporaryDirectory(prefix="sirius-pipelines-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.origin, self.work = self.folder / "origin.git", self.folder / "work"
        # Nothing of whoever runs the tests: no signing, no hooks, no other name of the branch.
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "GITHUB_"))},
            "GIT_CONFIG_GLOBAL": "/dev/null",
            "GIT_CONFIG_SYSTEM": "/dev/null",
            "GIT_AUTHOR_NAME": "A Person",
            "GIT_AUTHOR_EMAIL": "person@example.org",
            "GIT_COMMITTER_NAME": "A Person",
            "GIT_COMMITTER_EMAIL": "person@example.org",
            "GITHUB_OUTPUT": str(self.folder / "output"),
        }
        self.sh("git", "init", "--quiet", "--bare", "--initial-branch=main", self.origin, cwd=self.folder)
        self.sh("git", "clone", "--quiet", self.origin, self.work, cwd=self.folder)
        (self.work / ".github").mkdir()
        (self.work / ".github/scripts").symlink_to(SCRIPTS)
        (self.work / ".git/info/exclude").write_text("/.github\n__pycache__\n")

    def sh(self, *command: object, cwd: Path | None = None, fails: bool = False, **variables: str) -> str:
        """Runs a command and gives what it said; fails the test when it fails, or, with `fails`, when it does not."""
        done = subprocess.run(
            list(map(str, command)),
            cwd=cwd or self.work,
            env={**self.environment, **variables},
            capture_output=True,
            text=True,
            timeout=60,
        )
        said = done.stdout + done.stderr
        self.assertEqual(done.returncode != 0, fails, said)
        return said if fails else done.stdout

    def script(self, name: str, *arguments: object, fails: bool = False, **variables: str) -> str:
        """Runs a script of the pipelines in the checkout."""
        return self.sh(f".github/scripts/{name}", *arguments, fails=fails, **variables)

    def write(self, name: str, text: str) -> None:
        """Writes a file of the checkout."""
        path = self.work / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def copy(self, source: Path, name: str) -> None:
        """Puts a file into the checkout; a link stays one."""
        path = self.work / name
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source, path, follow_symlinks=False)

    def commit(self, message: str, *, push: bool = True) -> str:
        """Commits everything, pushes it, and gives its hash."""
        self.sh("git", "add", "--all")
        self.sh("git", "commit", "--quiet", "--allow-empty", "--message", message)
        if push:
            self.sh("git", "push", "--quiet", "origin", "HEAD:main")
        return self.sh("git", "rev-parse", "HEAD").strip()

    def outputs(self) -> dict[str, str]:
        """What scripts have handed to the steps after them; the last word counts."""
        lines = (self.folder / "output").read_text().splitlines()
        return dict(line.split("=", 1) for line in lines)

    def at_origin(self, path: str) -> str:
        """A file of main where it was pushed to."""
        return self.sh("git", "--git-dir", self.origin, "show", f"main:{path}")

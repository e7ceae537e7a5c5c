"""The image as a folder, and its process as an engine starts it: namespaces, a read-only root, a user by number."""

import os
import shutil
import signal
import subprocess
from pathlib import Path

from servers.http import answers_ok
from servers.process import Failure, Process, free_ports
from servers.sirius import binary

from . import base
from .dockerfile import Image

# Mounts what an engine mounts, then becomes the program. $1 root, $2 data; the rest is the command.
ENTER = """
set -eu
root=$1 data=$2; shift 2
mount --bind "$root" "$root"
mount --bind "$data" "$root/data"
mount --rbind /dev "$root/dev"
mount -t proc proc "$root/proc"
mount -o remount,bind,ro "$root"
exec "$@"
"""


class Root:
    """The image's files, laid out in `folder/root`."""

    def __init__(self, folder: Path, image: Image) -> None:
        """Does to folders what the last stage does: its base, then its COPYs."""
        self.image = image
        self.path = folder / "root"
        self.data = folder / "data"
        self.path.mkdir(parents=True)
        self.data.mkdir()
        self._owned_by_user(self.data)
        base.lay_out(self.path, binary())
        build = _stage(folder / "build", binary())
        for copy in image.copies:
            for source in copy.sources:
                origin = (build if copy.stage else Path.cwd()) / source.relative_to("/" if copy.stage else ".")
                target = self.path / copy.target.lstrip("/")
                if origin.is_dir():
                    shutil.copytree(origin, target, dirs_exist_ok=True)
                else:
                    target = target / origin.name if copy.target.endswith("/") else target
                    target.parent.mkdir(parents=True, exist_ok=True)
                    shutil.copy(origin, target)
        (self.path / image.working_folder.lstrip("/")).mkdir(parents=True, exist_ok=True)

    def command(self, arguments: list[str]) -> list[str]:
        """Runs a program of the image, as the image's user."""
        user, group = self.image.user.split(":")
        place = [f"--root={self.path}", f"--wd={self.image.working_folder}"]
        spaces = ["--mount", "--pid", "--fork", "--kill-child"]
        if os.geteuid() == 0:
            become = ["unshare", f"--setgid={group}", f"--setuid={user}", *place]
        else:
            # Without root, a namespace of users: one in which to mount, and in it one where we have the number.
            spaces = ["--map-root-user", *spaces]
            become = ["unshare", f"--map-user={user}", f"--map-group={group}", *place]
        enter = ["sh", "-c", ENTER, "enter", str(self.path), str(self.data)]
        return ["unshare", *spaces, *enter, *become, *arguments]

    def run(self, arguments: list[str], settings: dict[str, str]) -> subprocess.CompletedProcess[str]:
        """Runs one to its end."""
        environment = {**self.image.environment, **settings}
        return subprocess.run(
            self.command(arguments), env=_with_path(environment), capture_output=True, text=True, timeout=60
        )

    def _owned_by_user(self, folder: Path) -> None:
        folder.chmod(0o700)
        if os.geteuid() == 0:
            user, group = self.image.user.split(":")
            os.chown(folder, int(user), int(group))


class Container(Process):
    """The image's process, on free ports of loopback."""

    def __init__(self, root: Root, folder: Path) -> None:
        """What it is told is what the image says, but for the ports."""
        self.root = root
        port, admin_port = free_ports(2)
        self.url, self.admin_url = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{admin_port}"
        self.settings = {
            "SIRIUS_SERVER__LISTEN": f"0.0.0.0:{port}",
            "SIRIUS_ADMIN__LISTEN": f"0.0.0.0:{admin_port}",
        }
        environment = {**root.image.environment, **self.settings}
        command = root.command([*root.image.entrypoint, *root.image.arguments])
        super().__init__("container", command, folder, _with_path(environment))

    def is_ready(self) -> bool:
        """Whether it answers."""
        return answers_ok(f"{self.url}/healthz")

    def first(self) -> int:
        """The number, on this machine, of the process that is number 1 in there."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        if len(children) != 1:
            raise Failure(f"expected one process in there, found {children}\n{self.tail()}")
        return int(children[0])

    def stop_as_an_engine_does(self) -> int:
        """SIGTERM to number 1; gives its status."""
        os.kill(self.first(), signal.SIGTERM)
        return self.process.wait(60)


def _stage(folder: Path, program: Path) -> Path:
    """What the stage `build` leaves for the image."""
    (folder / "image/usr/local/bin").mkdir(parents=True)
    (folder / "image/data").mkdir()
    shutil.copy(program, folder / "image/usr/local/bin/sirius")
    libgcc = [path for path in base.libraries(program) if path.name == "libgcc_s.so.1"]
    for library in libgcc:
        place = folder / "image/usr" / library.relative_to("/").as_posix().removeprefix("usr/")
        place.parent.mkdir(parents=True)
        shutil.copy(library, place)
    return folder


def _with_path(environment: dict[str, str]) -> dict[str, str]:
    # For unshare and mount; the image has no use for it.
    return {"PATH": os.environ.get("PATH", "/usr/bin:/bin") + ":/usr/sbin:/sbin", **environment}

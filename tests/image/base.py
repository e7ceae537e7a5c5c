"""What stands for the image that ours builds on, `gcr.io/distroless/base-nossl-debian13`.

It consists of the Debian packages base-files, ca-certificates, libc6, media-types, netbase, tzdata and tzdata-legacy, of
a few accounts, and of an empty /tmp. Of these, here are the parts that a program can need, from this machine.
"""

import os
import re
import shutil
import subprocess
from pathlib import Path

from servers.process import Failure

# Debian's libc6, as the dynamic linker knows it.
LIBC6 = re.compile(r"(ld-linux[\w.-]*|lib(c|m|dl|rt|pthread|resolv|util|mvec|anl|nss_\w+))\.so\.\d+")
ACCOUNTS = {
    "passwd": "root:x:0:0:root:/root:/sbin/nologin\nnobody:x:65534:65534:nobody:/nonexistent:/sbin/nologin\n"
    "nonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin\n",
    "group": "root:x:0:\nnobody:x:65534:\nnonroot:x:65532:\n",
    "nsswitch.conf": "hosts: files dns\n",
}
CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")


def libraries(program: Path) -> list[Path]:
    """The shared libraries that a program is linked with, at the places where this machine has them."""
    said = subprocess.run(["ldd", program], capture_output=True, text=True)
    if said.returncode != 0 or "not found" in said.stdout:
        raise Failure(f"ldd {program} failed: {said.stdout}{said.stderr}")
    places = re.findall(r"(?:=> )?(/\S+) \(0x", said.stdout)
    return [Path(place) for place in places]


def lay_out(root: Path, program: Path) -> None:
    """Makes the base in `root`, with those parts of its C library that the program asks for."""
    for folder in ("dev", "etc/ssl/certs", "home/nonroot", "proc", "sys", "tmp", "usr/lib", "usr/lib64", "var"):
        (root / folder).mkdir(parents=True)
    for folder in ("lib", "lib64"):
        (root / folder).symlink_to(f"usr/{folder}")
    for name, text in ACCOUNTS.items():
        (root / "etc" / name).write_text(text)
    if CERTIFICATES.is_file():
        shutil.copy(CERTIFICATES, root / "etc/ssl/certs")
    for library in libraries(program):
        if LIBC6.fullmatch(library.name):
            place = root / "usr" / library.relative_to("/").as_posix().removeprefix("usr/")
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(os.path.realpath(library), place)

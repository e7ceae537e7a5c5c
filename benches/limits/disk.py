"""A disk that takes its time: strace holds each fsync and fdatasync back, and lets everything else pass (seccomp)."""

import shutil

from servers.process import Failure


def slow(milliseconds: float) -> list[str]:
    """The program, with its arguments, below which a server finds its disk slow."""
    strace = shutil.which("strace")
    if strace is None:
        raise Failure("strace is not installed: run tools/setup peers.")
    calls = "fsync,fdatasync"
    delay = f"{calls}:delay_exit={round(milliseconds * 1000)}"
    # The server stays the process that was started, with strace beside it, and not one line is written.
    aside = ["--daemonize", "--quiet=all", "--output=/dev/null"]
    return [strace, "--follow-forks", "--seccomp-bpf", *aside, f"--trace={calls}", f"--inject={delay}"]

"""A server as a process of the test's own: started, awaited, and always ended again."""

import atexit
import contextlib
import os
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

Answer = TypeVar("Answer")

LOG_LINES_SHOWN = 40
START_SECONDS = 90
STOP_SECONDS = 60
# Below those that Linux, the BSDs and macOS give to outgoing connections, above those of well-known services.
_PORTS = (20_000, 32_000)

_running: "set[Process]" = set()
_scratch: list[Path] = []
_given: list[int] = []
# A port is taken by the socket of UDP with its number, which no server here wants: the system then gives it to
# nobody else who asks here, in this process or beside it, however late its server starts.
_taken: list[socket.socket] = []


class Failure(Exception):
    """What went wrong, for the person who runs the tests."""


class Process:
    """A program with its output in `folder/name.log`. Ends at the latest when Python does."""

    def __init__(
        self, name: str, command: list[str | Path], folder: Path, env: dict[str, str] | None = None
    ) -> None:
        """Prepares it; it may be started again and again."""
        self.name = name
        self.command = command
        self.env = env
        self.log = folder / f"{name}.log"
        self.process: subprocess.Popen | None = None

    def start(self) -> None:
        """Starts it and waits until it is ready."""
        self.launch()
        self.wait()

    def launch(self) -> None:
        """Starts it."""
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                self.command,
                env=self.env,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                # Ctrl-C at the keyboard is for the test, which then stops its servers.
                start_new_session=True,
            )
        _running.add(self)

    def wait(self) -> None:
        """Waits until it is ready; fails when it ends before."""

        def ready_or_ended() -> bool:
            if self.process.poll() is not None:
                raise Failure(
                    f"{self.name} ended at its start with status {self.process.returncode}\n{self.tail()}"
                )
            return self.is_ready()

        wait_for(f"{self.name} to be ready", START_SECONDS, ready_or_ended, lambda _: self.tail())

    def is_ready(self) -> bool:
        """Whether it does what it is there for."""
        raise NotImplementedError

    def stop(self, seconds: float = STOP_SECONDS) -> None:
        """Asks it to end; fails when it had ended, does not end, or ends with a status other than 0."""
        if (status := self.process.poll()) is None:
            self.process.terminate()
            try:
                status = self.process.wait(seconds)
            except subprocess.TimeoutExpired:
                self.kill()
                raise Failure(
                    f"{self.name} did not stop within {seconds} s of SIGTERM and was killed\n{self.tail()}"
                ) from None
            _running.discard(self)
            if status != 0:
                raise Failure(
                    f"{self.name} stopped on SIGTERM with status {status} instead of 0\n{self.tail()}"
                )
        else:
            _running.discard(self)
            raise Failure(f"{self.name} had ended during the tests with status {status}\n{self.tail()}")

    def kill(self) -> None:
        """Ends it without a chance to tidy up."""
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        _running.discard(self)

    def resident_bytes(self) -> int:
        """How much of it is in memory."""
        if (ended := self.process.poll()) is not None:
            raise Failure(f"{self.name} ended during the tests with status {ended}\n{self.tail()}")
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        line = next(line for line in status.splitlines() if line.startswith("VmRSS:"))
        return int(line.split()[1]) * 1024

    def tail(self) -> str:
        """The end of what it said."""
        lines = self.log.read_text(errors="replace").splitlines()[-LOG_LINES_SHOWN:]
        return "\n".join([f"--- the end of {self.name}'s output ---", *lines])


@contextlib.contextmanager
def given_ports(*numbers: int) -> Iterator[None]:
    """The servers that are made within it take these ports, in this order, instead of any that are free."""
    _given.extend(numbers)
    try:
        yield
    finally:
        _given.clear()


def free_ports(count: int) -> list[int]:
    """Ports of loopback for servers of this process, given to nobody else as long as it runs.

    None of those that the system gives to outgoing connections: one of them could take it before its server does.
    """
    if _given:
        given, _given[:count] = _given[:count], []
        return given
    ports: list[int] = []
    while len(ports) < count:
        port = random.randrange(*_PORTS)
        with contextlib.suppress(OSError):
            _take(port)
            ports.append(port)
    return ports


def _take(port: int) -> None:
    """OSError if somebody has it, or listens there."""
    taken = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        taken.bind(("127.0.0.1", port))
        socket.create_server(("127.0.0.1", port)).close()
    except OSError:
        taken.close()
        raise
    _taken.append(taken)


def wait_for(
    what: str,
    seconds: float,
    ask: Callable[[], Answer],
    explain: Callable[[Answer], object] = lambda last: last,
) -> Answer:
    """Asks until the answer is true, and gives it; fails after `seconds`, saying what was wanted."""
    deadline = time.monotonic() + seconds
    while not (answer := ask()):
        if time.monotonic() > deadline:
            raise Failure(f"waited {seconds} s in vain for {what}: {explain(answer)}")
        time.sleep(0.05)
    return answer


def leave_on_signals() -> None:
    """A stopped test run leaves no server behind: signals end Python as Ctrl-C does."""

    def leave(_number: int, _frame: object) -> None:
        for number in signals:
            signal.signal(number, signal.SIG_IGN)
        raise KeyboardInterrupt

    signals = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)
    for number in signals:
        signal.signal(number, leave)


def environment(**settings: str) -> dict[str, str]:
    """The environment without what people have set there for a Sirius of their own, and with `settings`."""
    theirs = ("SIRIUS_", "OTEL_", "AWS_", "AZURE_", "GOOGLE_", "STORAGE_EMULATOR_HOST")
    mine = {name: value for name, value in os.environ.items() if not name.startswith(theirs)}
    return {**mine, **settings}


def scratch_folder() -> Path:
    """A new folder for what servers write; it goes when Python ends, after the servers."""
    _scratch.append(Path(tempfile.mkdtemp(prefix="sirius-test-")))
    return _scratch[-1]


@atexit.register
def _end_all() -> None:
    for process in list(_running):
        process.kill()
    for folder in _scratch:
        shutil.rmtree(folder, ignore_errors=True)

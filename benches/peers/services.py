"""Those who answer: each started with its best settings, pinned to its core, its lines written to a file."""

import contextlib
import os
import shutil
import signal
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from servers.http import Response, answers_ok, ask
from servers.mariadb import MariaDb
from servers.postgres import Postgres
from servers.process import Failure, Process, environment, free_ports
from servers.sirius import Sirius
from servers.tools import REPOSITORY

from . import machine
from .machine import Cores
from .works import TITLES, Work

HERE = Path(__file__).parent
FLASK = REPOSITORY / ".tools/peers/bin"


@dataclass(frozen=True)
class Request:
    """What is sent."""

    path: str
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Catalogue:
    """What all of them serve: images as Sirius lists them, and the addresses of two of them."""

    folder: Path
    ids: dict[str, str]
    images: list[dict]

    @property
    def site(self) -> Path:
        """A folder with the list and the pictures, each at the path of its address."""
        return self.folder / "site"


class Service:
    """A server that is measured: its process with all that descend from it, and its database, if it has one."""

    def __init__(self, key: str, process: Process, url: str, database: MariaDb | Postgres | None = None) -> None:
        self.key, self.title, self.url = key, TITLES.get(key, key), url
        self.process, self.database = process, database
        self.ids: dict[str, str] = {}

    def cpu_seconds(self) -> float:
        """Of its processes, without the database's."""
        return machine.cpu_seconds(self.process.process.pid)

    def database_seconds(self) -> float:
        """Of its database's process."""
        return machine.cpu_seconds(self.database.process.pid) if self.database else 0.0

    def memory_bytes(self) -> int:
        """Of its processes, without the database's."""
        return machine.memory_bytes(self.process.process.pid)

    def request(self, work: Work) -> Request:
        """What this one is asked for a work."""
        path = work.path.format(**self.ids)
        if not work.known:
            return Request(path)
        return Request(path, {"If-None-Match": self.ask(path).headers["ETag"]})

    def ask(self, path: str, **request: object) -> Response:
        """Its answer."""
        return ask(self.url + path, **request)

    def metric(self, name: str) -> float:
        """Of a Sirius: the sum of a metric's series."""
        lines = ask(f"{self.process.admin_url}/metrics").text().splitlines()
        return sum(float(line.split()[-1]) for line in lines if line.split("{")[0].split(" ")[0] == name)

    def forget_lines(self) -> None:
        """Its lines need not fill the disk."""
        for path in (self.process.log, *self.process.log.parent.glob(f"{self.key}*/logs/*")):
            if path.exists():
                os.truncate(path, 0)


def sirius(
    key: str,
    folder: Path,
    pictures: Path,
    cores: Cores,
    settings: dict[str, str],
    database: MariaDb | Postgres | None = None,
    program: Path | None = None,
) -> Service:
    """A Sirius in its default configuration but for quotas (those of load tests) and `settings`.

    `program` is another Sirius than the one to measure.
    """
    if database:
        name = key.replace("-", "_")
        database.query(f"CREATE DATABASE {name}")
        settings = {**settings, "SIRIUS_DATABASE__URL": f"{database.root}{name}"}
    server = Sirius(folder, name=key, program=program)
    quotas = (f"SIRIUS_LIMITS__{kind}__{part}" for kind in ("READS", "VISITS") for part in ("PER_SECOND", "BURST"))
    server.env |= {**dict.fromkeys(quotas, "1000000"), **settings}
    _run([server.command[0], "import", "--data-dir", server.data, pictures], server.env)
    server.command = cores.pinned(server.command, cores.server)
    server.start()
    return Service(key, server, server.url, database)


def catalogue(folder: Path, first: Service) -> Catalogue:
    """What a Sirius has, laid out for the others."""
    images = first.ask("/api/v1/images", limit=100).json()["items"]
    by_size = sorted((each for each in images if each["format"] == "png"), key=lambda each: each["size_bytes"])
    named = {"small": _nearest(by_size, 20_000), "large": _nearest(by_size, 1_000_000)}
    made = Catalogue(folder, {name: each["id"] for name, each in named.items()}, images)
    for each in named.values():
        path = made.site / each["content_url"].lstrip("/")
        path.parent.mkdir(parents=True)
        path.write_bytes(first.ask(each["content_url"]).body)
    (made.site / "images.json").write_bytes(first.ask("/api/v1/images", limit=100).body)
    return made


def bare(key: str, shown: Catalogue, cores: Cores, program: Path) -> Service:
    """benches/bare: hyper or poem-openapi and nothing else."""
    (port,) = free_ports(1)
    command = [program, key, f"127.0.0.1:{port}", shown.site]
    url = f"http://127.0.0.1:{port}"
    return _started(key, cores.pinned(command, cores.server), shown.folder, f"{url}/api/v1/images/random", url)


def nginx(keys: tuple[str, str], shown: Catalogue, cores: Cores) -> tuple[Service, Service]:
    """Debian's nginx with nginx.conf, its log unbuffered and buffered."""
    program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if program is None:
        raise Failure("nginx is not installed: run tools/setup peers.")
    ports = free_ports(2)
    folder = shown.folder / keys[0]
    (folder / "logs").mkdir(parents=True)
    (folder / "site").symlink_to(shown.site)
    # Where nobody, who serves when root starts it, has to get.
    shown.folder.chmod(0o711)
    configuration = (HERE / "nginx.conf").read_text()
    for committed, port in zip(("8090", "8091"), ports, strict=True):
        configuration = configuration.replace(committed, str(port))
    (folder / "nginx.conf").write_text(configuration)
    command = cores.pinned([program, "-p", folder, "-c", "nginx.conf"], cores.server)
    urls = [f"http://127.0.0.1:{port}" for port in ports]
    first = _started(keys[0], command, shown.folder, f"{urls[0]}/images.json", urls[0])
    return first, Service(keys[1], first.process, urls[1])


def flask(key: str, shown: Catalogue, cores: Cores, database: MariaDb) -> Service:
    """flask/app.py under gunicorn, with the same images in the same MariaDB."""
    if not (FLASK / "gunicorn").exists():
        raise Failure("Flask and gunicorn are not installed: run tools/setup peers.")
    (port,) = free_ports(1)
    metrics = shown.folder / "flask-metrics"
    metrics.mkdir()
    env = environment(
        DATABASE_URL=f"{database.root}flask",
        PROMETHEUS_MULTIPROC_DIR=str(metrics),
        PYTHONPATH=str(HERE / "flask"),
        PYTHONDONTWRITEBYTECODE="1",
    )
    _run([FLASK / "python", HERE / "flask/fill.py", shown.site / "images.json"], env)
    command = [FLASK / "gunicorn", "--config", HERE / "flask/gunicorn.conf.py", f"--bind=127.0.0.1:{port}", "app:app"]
    url = f"http://127.0.0.1:{port}"
    made = _started(key, cores.pinned(command, cores.server), shown.folder, f"{url}/metrics", url, env)
    made.database = database
    return made


class _Plain(Process):
    """A server that is ready when an address is answered."""

    def __init__(self, name: str, command: list, folder: Path, env: dict[str, str] | None, probe: str) -> None:
        super().__init__(name, command, folder, env)
        self.probe = probe

    def is_ready(self) -> bool:
        return answers_ok(self.probe)

    def kill(self) -> None:
        """Ends it with all that descend from it: nginx's workers go on serving without their master."""
        members = machine.family(self.process.pid) if self.process and self.process.poll() is None else []
        super().kill()
        for each in members[1:]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(each, signal.SIGKILL)


def _started(key: str, command: list, folder: Path, probe: str, url: str, env: dict[str, str] | None = None) -> Service:
    server = _Plain(key, command, folder, env, probe)
    server.start()
    return Service(key, server, url)


def _nearest(images: list[dict], size: int) -> dict:
    return min(images, key=lambda each: abs(each["size_bytes"] - size))


def _run(command: list, env: dict[str, str]) -> None:
    done = subprocess.run(command, env=env, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if done.returncode:
        raise Failure(f"{Path(command[0]).name} failed: {done.stdout}{done.stderr}")

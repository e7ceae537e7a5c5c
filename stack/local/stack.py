"""All servers of the stack, wired to each other by the project's own rules and alertmanager.yml."""

import secrets
import socket
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from generate import __main__ as rules
from generate import definition, drill
from generate.catalogue import read
from generate.durations import Clock
from servers.alertmanager import Alertmanager
from servers.blackbox import Blackbox
from servers.jaeger import Jaeger
from servers.loki import Loki
from servers.process import Failure, Process, given_ports
from servers.prometheus import Prometheus
from servers.receivers import Mailbox, Receiver
from servers.sirius import Sirius

from .disk import Disk

# Where people look for each of them.
PORTS = {
    "sirius": (8080, 8081),
    "second sirius": (8082, 8083),
    "prometheus": (9090,),
    "alertmanager": (9093,),
    "blackbox": (9115,),
    "loki": (3100, 9096),
    "jaeger": (4317, 4318, 16686, 16685, 13133),
}
# Without a call for so long, the dead-man's switch rings; in a drill so many times shorter.
SWITCH_SECONDS = 300


@dataclass
class Stack:
    """The servers, in the folder of their data; times are `factor` times shorter than in earnest."""

    folder: Path
    factor: float = 1
    #: Added to every port.
    offset: int = 0
    replicas: int = 1
    #: Whether there is a disk that can be filled (`disk`).
    has_disk: bool = False
    #: Who is told of alerts, by any way.
    receiver: Receiver = field(default_factory=Receiver)
    mailbox: Mailbox = field(default_factory=Mailbox)

    def __post_init__(self) -> None:
        """Makes all of them, and starts none."""
        self.clock = Clock(self.factor)
        #: Opens the admin port's /faults.
        self.token = secrets.token_hex(16)
        self._refuse_taken_ports()
        with self._ports("loki"):
            self.loki = Loki(self.folder)
        with self._ports("jaeger"):
            self.jaeger = Jaeger(self.folder)
        with self._ports("alertmanager"):
            self.alertmanager = Alertmanager(self.folder, self._alertmanager())
        with self._ports("blackbox"):
            self.blackbox = Blackbox(self.folder)
        self.sirius = []
        for name in list(PORTS)[: self.replicas]:
            with self._ports(name):
                self.sirius.append(Sirius(self.folder, self._settings(), name=name.replace(" ", "-")))
        self.disk = Disk(self.sirius[0].data) if self.has_disk else None
        with self._ports("prometheus"):
            self.prometheus = Prometheus(self.folder, self.sirius[0].admin_address, self._prometheus())
        # So that Alertmanager forgets an alert that nobody repeats as much sooner.
        self.prometheus.command.append(f"--rules.alert.resend-delay={self.clock.text('1m')}")
        self.ringing: float | None = None

    def start(self) -> None:
        """Starts all of them: those whom Sirius tells things before it, so that nothing is lost at the start."""
        listeners = [self.loki, self.jaeger, self.alertmanager, self.blackbox]
        for group in (listeners, self.sirius, [self.prometheus]):
            for server in group:
                server.launch()
            for server in group:
                server.wait()
        threading.Thread(target=self._listen, daemon=True).start()

    def stop(self) -> None:
        """Stops those that run."""
        for server in reversed(self.servers()):
            if server.process and server.process.poll() is None:
                server.stop()

    def servers(self) -> list[Process]:
        """All of them."""
        return [self.loki, self.jaeger, self.alertmanager, self.blackbox, *self.sirius, self.prometheus]

    def addresses(self) -> dict[str, str]:
        """Where to look, for people."""
        return {
            "Sirius": f"{self.sirius[0].url}/",
            "its monitor": f"{self.sirius[0].admin_url}/",
            "blackbox exporter": f"http://{self.blackbox.address}/",
            "Prometheus": f"{self.prometheus.url}/api/v1/alerts",
            "Alertmanager": f"{self.alertmanager.url}/#/alerts",
            "Loki": self.loki.url,
            "Jaeger": f"{self.jaeger.url}/",
        }

    def begin_fault(self, **fault: object) -> None:
        """Breaks something within the first Sirius, for at most an hour; the members are those of `POST /faults`."""
        self.sirius[0].begin_fault(**fault)

    def lift_faults(self) -> None:
        """Nothing is broken within it any more."""
        self.sirius[0].lift_faults()

    def _listen(self) -> None:
        """The dead-man's switch: rings when it is not called for too long."""
        while True:
            calls = self.receiver.at("/dead-mans-switch")
            late = calls and time.time() - calls[-1].at > SWITCH_SECONDS / self.factor
            self.ringing = (self.ringing or time.time()) if late else None
            time.sleep(0.1)

    def _ports(self, name: str):  # noqa: ANN202 (a context)
        return given_ports(*(port + self.offset for port in PORTS[name]))

    def _refuse_taken_ports(self) -> None:
        taken = []
        for name, numbers in PORTS.items():
            if name != "second sirius" or self.replicas > 1:
                numbered = (number + self.offset for number in numbers)
                taken += [f"{number} ({name})" for number in numbered if not _is_free(number)]
        if taken:
            raise Failure(
                f"These ports are taken: {', '.join(taken)}. Stop what listens there, or take others: --offset 10000 adds "
                "10000 to each."
            )

    def _settings(self) -> dict[str, str]:
        return {
            "SIRIUS_FAULTS__ENABLED": "true",
            "SIRIUS_ADMIN__TOKEN": self.token,
            "SIRIUS_LOKI__URL": self.loki.url,
            "SIRIUS_LOKI__DEPLOYMENT_ENVIRONMENT": "local",
            "OTEL_EXPORTER_OTLP_ENDPOINT": self.jaeger.otlp_http,
            "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
            "OTEL_TRACES_SAMPLER_ARG": "0.1",
        }

    def _prometheus(self) -> dict:
        folder = self.folder / "rules"
        folder.mkdir(exist_ok=True)
        for name, text in rules.rule_files(definition.read(read()), self.clock).items():
            (folder / name).write_text(text)
        targets = ["{}:{}".format(*each.admin_address) for each in self.sirius]
        alertmanager = "{}:{}".format(*self.alertmanager.address)
        interval = self.clock.text("15s")
        # The health page, and one picture by chance.
        probed = [f"{self.sirius[0].url}{path}" for path in ("/healthz", "/api/v1/images/random?as=image")]
        jobs = {
            "sirius": targets,
            "prometheus": [f"127.0.0.1:{PORTS['prometheus'][0] + self.offset}"],
            "alertmanager": [alertmanager],
            **({"node": [self.disk.address]} if self.disk else {}),
        }
        return {
            "global": {"scrape_interval": interval, "scrape_timeout": interval if self.factor > 1 else "10s"},
            "scrape_configs": [
                {"job_name": name, "static_configs": [{"targets": where}]} for name, where in jobs.items()
            ]
            + [self.blackbox.probes(probed)],
            "rule_files": [f"{folder}/*.yaml"],
            "alerting": {"alertmanagers": [{"static_configs": [{"targets": [alertmanager]}]}]},
        }

    def _alertmanager(self) -> Path:
        secrets = self.folder / "secrets"
        secrets.mkdir(exist_ok=True)
        (secrets / "pagerduty-routing-key").write_text("0" * 32)
        for name, path in [
            ("slack-webhook-url", "/slack"),
            ("webhook-url", "/webhook"),
            ("dead-mans-switch-url", "/dead-mans-switch"),
        ]:
            (secrets / name).write_text(self.receiver.url + path)
        made = drill.configuration(
            self.clock, secrets, self.mailbox.address, f"{self.receiver.url}/v2/enqueue"
        )
        path = self.folder / "alertmanager.yml"
        path.write_text(yaml.safe_dump(made))
        return path


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except (OSError, OverflowError):
            return False
    return True

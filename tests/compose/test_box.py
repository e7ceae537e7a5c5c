"""stack/compose.yaml and the files that it mounts."""

import json
import re
import subprocess
import unittest
from pathlib import Path

import yaml

import box
from generate import catalogue, definition
from servers.alertmanager import check_configuration
from servers.tools import REPOSITORY, tool

STACK = REPOSITORY / "stack"
#: Started by hand, and only for a while.
JOBS = {"k6"}
#: Who is asked by whom, and at which port.
LISTENING = {
    "sirius": {8080, 8081},
    "postgres": {5432},
    "prometheus": {9090},
    "alertmanager": {9093},
    "blackbox": {9115},
    "loki": {3100},
    "tempo": {3200, 4317, 4318},
    "grafana": {3000},
    "pages": {8080},
    "mail": {1025, 8025},
}


def compose() -> dict:
    """The file as the Compose specification's own reader has it, with everything resolved. Fails when it refuses it."""
    command = [tool("compose-spec"), "-format", "json", "compose.yaml"]
    result = subprocess.run(command, cwd=STACK, capture_output=True, text=True)
    if result.returncode:
        raise AssertionError(result.stdout + result.stderr)
    return json.loads(result.stdout)


class Compose(unittest.TestCase):
    """What is run, and how."""

    @classmethod
    def setUpClass(cls) -> None:
        cls.compose = compose()
        cls.services = cls.compose["services"]

    def test_the_reader_of_the_specification_refuses_what_is_wrong(self) -> None:
        text = (STACK / "compose.yaml").read_text()
        changes = [("", "", 0), ("mem_limit: 512m", "memlimit: 512m", 1), ("service_healthy", "service_well", 1)]
        for good, bad, status in changes:
            with self.subTest(bad):
                command = [tool("compose-spec"), "-"]
                wrong = text.replace(good, bad) if good else text
                result = subprocess.run(command, cwd=STACK, input=wrong, capture_output=True, text=True)
                self.assertEqual(result.returncode, status, result.stderr)

    def test_there_is_everything(self) -> None:
        self.assertEqual(set(self.services), set(LISTENING) | JOBS)
        self.assertEqual(self.services["k6"]["profiles"], ["load"])

    def test_images_are_pinned(self) -> None:
        for name, service in self.services.items():
            with self.subTest(name):
                self.assertRegex(service["image"], r"^sirius:local$|:v?\d+\.\d+(\.\d+)?(-[a-z0-9.]+)?$")

    def test_each_has_limits_and_tells_whether_it_is_well(self) -> None:
        for name, service in self.services.items():
            with self.subTest(name):
                self.assertIn("mem_limit", service)
                self.assertIn("cpus", service)
                if name not in JOBS:
                    self.assertEqual(service["healthcheck"]["test"][0], "CMD")
                    self.assertEqual(service["restart"], "unless-stopped")

    def test_each_may_do_no_more_than_it_needs(self) -> None:
        for name, service in self.services.items():
            # PostgreSQL's image gives up root by itself, and writes where it likes.
            if name != "postgres":
                with self.subTest(name):
                    self.assertEqual(service["cap_drop"], ["ALL"])
                    self.assertTrue(service["read_only"])
                    self.assertEqual(service["security_opt"], ["no-new-privileges:true"])

    def test_what_is_published_is_published_to_this_machine_alone(self) -> None:
        for name, service in self.services.items():
            for port in service.get("ports", []):
                with self.subTest(name, port=port["published"]):
                    self.assertEqual(port["host_ip"], "127.0.0.1")
                    self.assertIn(port["target"], LISTENING[name])

    def test_only_sirius_reaches_the_database(self) -> None:
        inside = [name for name, service in self.services.items() if "data" in service["networks"]]
        self.assertEqual(sorted(inside), ["postgres", "sirius"])
        self.assertTrue(self.compose["networks"]["data"]["internal"])
        self.assertEqual(list(self.services["postgres"]["networks"]), ["data"])
        self.assertNotIn("ports", self.services["postgres"])

    def test_what_is_mounted_is_there(self) -> None:
        for name, service in self.services.items():
            for volume in service.get("volumes", []):
                with self.subTest(name, target=volume["target"]):
                    if volume["type"] == "bind":
                        self.assertTrue(Path(volume["source"]).exists(), volume["source"])
                        self.assertTrue(volume["read_only"])
        for secret in self.compose["secrets"].values():
            self.assertTrue(Path(secret["file"]).is_file())

    def test_addresses_lead_to_who_listens_there(self) -> None:
        texts = {path: re.sub("image: .*", "", path.read_text()) for path in STACK.rglob("*.y*ml")}
        texts |= {path: path.read_text() for path in (STACK / "alertmanager/secrets").iterdir()}
        found = 0
        for path, text in texts.items():
            for host, port in re.findall(r"(?:://(?:\w+@)?|\"| )([a-z]\w+):(\d+)\b", text):
                if host not in ("localhost", "0"):
                    with self.subTest(path.name, address=f"{host}:{port}"):
                        found += 1
                        self.assertIn(int(port), LISTENING.get(host, ()))
        self.assertGreater(found, 10)

    def test_sirius_knows_its_settings(self) -> None:
        documented = (REPOSITORY / "docs/configuration.md").read_text()
        sections = re.split(r"^### `\[(.+)\]`$", documented, flags=re.MULTILINE)
        known = {
            f"SIRIUS_{section}__{name}".upper().replace(".", "__")
            for section, text in zip(sections[1::2], sections[2::2], strict=True)
            for name in re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE)
        }
        for name in self.services["sirius"]["environment"]:
            with self.subTest(name):
                self.assertTrue(name in known or name in documented if name.startswith("OTEL_") else name in known)


class Files(unittest.TestCase):
    """What the programs say to their configuration."""

    def test_prometheus(self) -> None:
        path = STACK / "prometheus/prometheus.yml"
        result = subprocess.run(
            [tool("promtool"), "check", "config", "--syntax-only", path], capture_output=True, text=True
        )
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)

    def test_prometheus_does_what_the_objectives_say(self) -> None:
        known = definition.read(catalogue.read())
        raw = yaml.safe_load((STACK / "prometheus/prometheus.yml").read_text())
        jobs = {each["job_name"] for each in raw["scrape_configs"]}
        self.assertIn(known.job, jobs)
        self.assertIn(re.search('"(.+)"', known.targets["probes"])[1], jobs)
        times = (raw["global"]["scrape_interval"], raw["global"]["evaluation_interval"])
        self.assertEqual(times, (known.scrape_interval, known.evaluation_interval))

    def test_alertmanager(self) -> None:
        self.assertEqual(box.FILE.read_text(), box.text(), "run make box")
        self.assertEqual(check_configuration(box.FILE), "")

    def test_every_secret_of_alertmanager_is_there(self) -> None:
        named = set(re.findall(r"/etc/alertmanager/secrets/([\w-]+)", box.text()))
        self.assertEqual({path.name for path in (STACK / "alertmanager/secrets").iterdir()}, named)

    def test_loki(self) -> None:
        command = [tool("loki"), f"-config.file={STACK / 'loki/loki.yaml'}", "-verify-config"]
        result = subprocess.run(command, capture_output=True, text=True)
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)

    def test_loki_tells_whether_it_is_well(self) -> None:
        result = subprocess.run(
            [tool("loki"), "-health", "-health.url=http://127.0.0.1:1/"], capture_output=True, text=True
        )
        self.assertIn("Health check failed", result.stdout + result.stderr)

    def test_k6(self) -> None:
        result = subprocess.run([tool("k6"), "inspect", STACK / "k6.js"], capture_output=True, text=True)
        self.assertEqual(result.returncode, 0, result.stderr)
        inspected = json.loads(result.stdout)
        limit = definition.read(catalogue.read())
        promise = {slo.name: slo for slo in limit.slos}
        thresholds = inspected["thresholds"]
        milliseconds = promise["latency"].indicator.slower_than * 1000
        part = promise["latency"].objective * 100
        self.assertEqual(thresholds["http_req_duration{promise:latency}"], [f"p({part:g})<{milliseconds:g}"])
        self.assertEqual(thresholds["http_req_failed"], [f"rate<{promise['availability'].budget:g}"])

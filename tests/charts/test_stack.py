"""The umbrella: what each part is told, and that the parts lead to each other."""

import re
import subprocess
import unittest
from pathlib import Path

import yaml

from servers.process import scratch_folder
from servers.tools import REPOSITORY, tool

from . import stack
from .helm import Refused, objects, only, template

# Where the file has things, and where the operator puts them.
ALERTMANAGER_PATHS = {
    "/etc/alertmanager/secrets/": "/etc/alertmanager/secrets/sirius-alertmanager/",
    "templates/*.tmpl": "/etc/alertmanager/config/*.tmpl",
}

_cache: dict[str, list[dict]] = {}
umbrella: Path


def setUpModule() -> None:
    """One copy with stand-ins for all."""
    global umbrella
    umbrella = stack.with_stand_ins(scratch_folder())


def rendered(combination: str) -> list[dict]:
    """What a combination of value files makes."""
    if combination not in _cache:
        files = stack.COMBINATIONS[combination]
        _cache[combination] = objects(template(umbrella, *files, namespace=stack.NAMESPACE))
    return _cache[combination]


class Parts(unittest.TestCase):
    """Which there are, and how each is switched."""

    def test_every_version_is_exact(self) -> None:
        """A range would change what a commit means."""
        for part in stack.dependencies():
            self.assertRegex(part["version"], r"^\d+\.\d+\.\d+$", part["name"])

    def test_each_can_be_left_out(self) -> None:
        """Then nothing of it is there."""
        names = {each["metadata"]["name"] for each in rendered("alone")}
        self.assertFalse({name for name in names if name.startswith("values-of-")}, names)
        self.assertIn("sirius", names)
        names = {each["metadata"]["name"] for each in rendered("minimal")}
        parts = {part["name"] for part in stack.dependencies()} - {"sirius", "alloy"}
        self.assertEqual(
            {name for name in names if name.startswith("values-of-")}, {f"values-of-{n}" for n in parts}
        )

    def test_parts_that_lead_nowhere_are_refused(self) -> None:
        """Each with a sentence, all at once."""
        cases = {
            "loki.enabled is false and sirius.config.loki.url leads to it": {"loki.enabled": "false"},
            "tempo.enabled is false and sirius.config.traces.endpoint leads to it": {
                "tempo.enabled": "false"
            },
            "sirius.monitoring.probe leads to it": {"prometheus-blackbox-exporter.enabled": "false"},
            "writes to its Prometheus": {"kube-prometheus-stack.enabled": "false"},
            "Alloy has nowhere to send lines": {"global.alloy.enabled": "true", "loki.enabled": "false"},
            "Helm never upgrades": {"kube-prometheus-stack.crds.enabled": "true"},
            "these values do not go together (2)": {"loki.enabled": "false", "tempo.enabled": "false"},
            "lokii": {"lokii.enabled": "false"},
            "replicas = 2 and the database is SQLite": {"sirius.replicas": "2"},
            "additional properties 'replica' not allowed": {"sirius.replica": "2"},
        }
        for sentence, sets in cases.items():
            with self.subTest(sentence), self.assertRaisesRegex(Refused, re.escape(sentence)):
                template(umbrella, sets=sets)


class Wiring(unittest.TestCase):
    """From page to dashboard to trace to line, and back."""

    def test_prometheus_selects_what_is_ours(self) -> None:
        """Selectors of nothing take everything."""
        spec = told("minimal", "kube-prometheus-stack")["prometheus"]["prometheusSpec"]
        for kind in ("serviceMonitor", "podMonitor", "rule", "probe", "scrapeConfig"):
            self.assertIs(spec[f"{kind}SelectorNilUsesHelmValues"], False, kind)

    def test_a_metric_leads_to_its_trace(self) -> None:
        """Exemplars are kept, and Grafana knows where they lead."""
        values = told("minimal", "kube-prometheus-stack")
        self.assertIn("exemplar-storage", values["prometheus"]["prometheusSpec"]["enableFeatures"])
        sources = values["grafana"]["sidecar"]["datasources"]
        uids = {each["uid"]: each for each in values["grafana"]["additionalDataSources"]}
        self.assertIn(sources["exemplarTraceIdDestinations"]["datasourceUid"], uids)
        # The label that Sirius puts on its exemplars, which tests/telemetry holds it to.
        self.assertEqual(sources["exemplarTraceIdDestinations"]["traceIdLabelName"], "trace_id")

    def test_traces_lines_and_metrics_lead_to_each_other(self) -> None:
        """By the sources' fixed ids."""
        values = told("minimal", "kube-prometheus-stack")["grafana"]
        sources = {each["uid"]: each for each in values["additionalDataSources"]}
        known = {*sources, values["sidecar"]["datasources"]["uid"]}
        named = re.findall(r"datasourceUid: (\S+)", yaml.safe_dump(values))
        self.assertGreaterEqual(len(named), 5)
        self.assertLessEqual(set(named), known)
        [field] = sources["loki"]["jsonData"]["derivedFields"]
        line = '{"level":"info","trace_id":"0af7651916cd43dd8448eb211c80319c","status":200}'
        self.assertEqual(re.search(field["matcherRegex"], line)[1], "0af7651916cd43dd8448eb211c80319c")
        # `$$` because Grafana's chart passes them through a template of its own.
        self.assertEqual(field["url"], "$${__value.raw}")
        self.assertIn(
            'trace_id="$${__trace.traceId}"', sources["tempo"]["jsonData"]["tracesToLogsV2"]["query"]
        )

    def test_each_address_is_of_a_part(self) -> None:
        """By the name that it is given, and a port that it listens on."""
        ports = {
            "obs-prometheus": "9090",
            "obs-loki": "3100",
            "obs-tempo": "3200 4317 4318",
            "obs-blackbox": "9115",
        }
        for name in stack.COMBINATIONS:
            text = yaml.safe_dump(rendered(name))
            for host, port in re.findall(r"\b(obs-[a-z]+):(\d+)", text):
                with self.subTest(name, host=host):
                    self.assertIn(port, ports[host].split())
        overrides = {
            part: told("alloy", part)["fullnameOverride"]
            for part in ("kube-prometheus-stack", "loki", "tempo", "alloy", "prometheus-blackbox-exporter")
        }
        self.assertEqual(
            overrides,
            {
                "kube-prometheus-stack": "obs",
                "loki": "obs-loki",
                "tempo": "obs-tempo",
                "alloy": "obs-alloy",
                "prometheus-blackbox-exporter": "obs-blackbox",
            },
        )

    def test_sirius_tells_and_is_scraped(self) -> None:
        """Spans and lines go out, and the way for them is open."""
        file = only(rendered("minimal"), "ConfigMap", "sirius")["data"]["sirius.toml"]
        self.assertIn('url = "http://obs-loki:3100"', file)
        self.assertIn('endpoint = "http://obs-tempo:4318"', file)
        kinds = {each["kind"] for each in rendered("minimal")}
        self.assertLessEqual({"ServiceMonitor", "Probe"}, kinds)
        egress = only(rendered("minimal"), "NetworkPolicy")["spec"]["egress"]
        ports = {port["port"] for rule in egress for port in rule["ports"]}
        self.assertEqual(ports, {53, 3100, 4318})

    def test_lines_come_one_way_only(self) -> None:
        """With Alloy, Sirius pushes none."""
        for name, pushes in (("minimal", True), ("alloy", False)):
            file = only(rendered(name), "ConfigMap", "sirius")["data"]["sirius.toml"]
            self.assertIs("[loki]" in file, pushes, name)
        self.assertIn("obs-loki:3100", told("alloy", "alloy")["alloy"]["configMap"]["content"])

    def test_tempo_writes_what_it_counts(self) -> None:
        """Into a Prometheus that takes it, with exemplars."""
        generator = told("minimal", "tempo")["tempo"]["metricsGenerator"]
        self.assertIs(generator["storage"]["remote_write"][0]["send_exemplars"], True)
        spec = told("minimal", "kube-prometheus-stack")["prometheus"]["prometheusSpec"]
        self.assertIs(spec["enableRemoteWriteReceiver"], True)

    def test_error_budgets_fit_into_what_is_kept(self) -> None:
        """They are of 30 days."""
        for name in ("minimal", "gke-standard", "gke-autopilot"):
            retention = told(name, "kube-prometheus-stack")["prometheus"]["prometheusSpec"]["retention"]
            self.assertGreater(int(retention.removesuffix("d")), 30, name)


class Alerts(unittest.TestCase):
    """Alertmanager runs the one configuration of the project."""

    def test_it_is_the_file_with_the_operators_paths(self) -> None:
        """Nothing else is changed, and the Secrets are those that the values name."""
        secret = only(rendered("minimal"), "Secret", "obs-alertmanager-config")["stringData"]
        ours = yaml.safe_load(secret["alertmanager.yaml"])
        theirs = (REPOSITORY / "alerts" / "alertmanager.yml").read_text()
        spec = told("minimal", "kube-prometheus-stack")["alertmanager"]["alertmanagerSpec"]
        self.assertEqual(spec["configSecret"], "obs-alertmanager-config")
        [mounted] = spec["secrets"]
        for path in re.findall(r"_file: (\S+)", secret["alertmanager.yaml"]):
            self.assertTrue(path.startswith(f"/etc/alertmanager/secrets/{mounted}/"), path)
        self.assertEqual(ours["templates"], ["/etc/alertmanager/config/*.tmpl"])
        back = secret["alertmanager.yaml"]
        for file_path, operators in ALERTMANAGER_PATHS.items():
            back = back.replace(operators, file_path)
        self.assertEqual(yaml.safe_load(back), yaml.safe_load(theirs))
        for path in (REPOSITORY / "alerts" / "templates").glob("*.tmpl"):
            self.assertEqual(secret[path.name].strip(), path.read_text().strip())

    def test_amtool_takes_it(self) -> None:
        """With its templates beside it."""
        folder = scratch_folder()
        secret = only(rendered("minimal"), "Secret", "obs-alertmanager-config")["stringData"]
        for name, text in secret.items():
            (folder / name).write_text(text.replace("/etc/alertmanager/config", str(folder)))
        run = subprocess.run(
            [tool("amtool"), "check-config", folder / "alertmanager.yaml"], capture_output=True, text=True
        )
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)


class Places(unittest.TestCase):
    """What does not work somewhere is off there."""

    def test_gke_is_not_asked_for_what_google_runs(self) -> None:
        """It would be down for ever."""
        for name in ("gke-standard", "gke-autopilot"):
            values = told(name, "kube-prometheus-stack")
            for part in (
                "kubeControllerManager",
                "kubeScheduler",
                "kubeProxy",
                "kubeEtcd",
                "coreDns",
                "kubeDns",
            ):
                self.assertIs(values[part]["enabled"], False, f"{name}: {part}")
            for store in ("loki", "tempo"):
                account = told(name, store)["serviceAccount"]["annotations"]
                self.assertIn("iam.gke.io/gcp-service-account", account)

    def test_autopilot_is_not_asked_for_its_nodes(self) -> None:
        """Nor for writing to kube-system."""
        values = told("gke-autopilot", "kube-prometheus-stack")
        self.assertIs(values["nodeExporter"]["enabled"], False)
        self.assertIs(values["kubelet"]["enabled"], False)
        self.assertIs(values["prometheusOperator"]["kubeletService"]["enabled"], False)

    def test_kind_is_small(self) -> None:
        """Everything that is requested fits into a laptop: under 2 GiB of memory, 10 GiB of disk."""
        text = yaml.safe_dump(
            [each for each in rendered("kind") if each["metadata"]["name"].startswith("values-of-")]
        )
        storage = [int(size) for size in re.findall(r"(?:storage|size): (\d+)Gi", text)]
        self.assertLessEqual(sum(storage), 10)


def told(combination: str, part: str) -> dict:
    """The values that a part is given by a combination."""
    return stack.told(rendered(combination), part)

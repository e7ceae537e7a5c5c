"""What the rendered objects mean: who reaches whom, who may do what, and in which order a pod stops."""

import ipaddress
import json
import unittest

from .helm import CHARTS, objects, only, template, value_files

CHART = CHARTS / "sirius"
RENDERED = {
    path.stem.removesuffix("-values"): objects(template(CHART, path)) for path in value_files("sirius")
}
SHARED = {
    "database.type": '"postgres"',
    "database.url": '"postgres://s@db.example.org/s"',
    "blobs.url": '"gs://pictures"',
}
WORKLOADS = ("Deployment", "StatefulSet")


def render(sets: dict[str, str]) -> list[dict]:
    """With a few values of the test's own."""
    return objects(template(CHART, sets=sets))


def pod(rendered: list[dict]) -> dict:
    """The pod of the workload."""
    [workload] = [each for each in rendered if each["kind"] in WORKLOADS]
    return workload["spec"]["template"]


class Privileges(unittest.TestCase):
    """Nothing is granted that is not needed."""

    def test_nothing_is_granted_in_the_cluster(self) -> None:
        """No role, no binding, no token: Sirius does not talk to Kubernetes."""
        for name, rendered in RENDERED.items():
            with self.subTest(name):
                kinds = {each["kind"] for each in rendered}
                self.assertFalse({kind for kind in kinds if "Role" in kind})
                for each in rendered:
                    if each["kind"] == "ServiceAccount":
                        self.assertIs(each["automountServiceAccountToken"], False)
                for spec in [pod(rendered)["spec"], only(rendered, "Pod")["spec"]]:
                    self.assertIs(spec["automountServiceAccountToken"], False)

    def test_no_container_can_write_or_rise(self) -> None:
        """Its root is read-only, it has no capability and is not root."""
        for name, rendered in RENDERED.items():
            for spec in [pod(rendered)["spec"], only(rendered, "Pod")["spec"]]:
                self.assertIs(spec["securityContext"]["runAsNonRoot"], True)
                self.assertGreater(spec["securityContext"]["runAsUser"], 0)
                for container in spec["containers"] + spec.get("initContainers", []):
                    with self.subTest(name, container=container["name"]):
                        context = container["securityContext"]
                        self.assertIs(context["readOnlyRootFilesystem"], True)
                        self.assertIs(context["allowPrivilegeEscalation"], False)
                        self.assertEqual(context["capabilities"], {"drop": ["ALL"]})

    def test_secrets_are_nowhere_but_in_the_secret(self) -> None:
        """Not in the ConfigMap, not in the pod."""
        rendered = RENDERED["sqlite"]
        secret = only(rendered, "Secret")["stringData"]
        self.assertEqual(set(secret), {"admin-token", "loki-password"})
        rest = json.dumps([each for each in rendered if each["kind"] != "Secret"])
        for value in secret.values():
            self.assertNotIn(value, rest)


class Ways(unittest.TestCase):
    """Who reaches whom, as the NetworkPolicies say it."""

    def test_a_stranger_reaches_the_public_port_and_nothing_else(self) -> None:
        """The admin port is Prometheus' alone."""
        policy = policy_of(RENDERED["minimal"])
        stranger, prometheus = (
            {"app.kubernetes.io/name": "anything"},
            {"app.kubernetes.io/name": "prometheus"},
        )
        self.assertTrue(admits(policy, 8080, address="203.0.113.9"))
        self.assertTrue(admits(policy, 8080, labels=stranger))
        self.assertFalse(admits(policy, 8081, address="203.0.113.9"))
        self.assertFalse(admits(policy, 8081, labels=stranger))
        self.assertTrue(admits(policy, 8081, labels=prometheus))
        self.assertFalse(admits(policy, 22, labels=prometheus))

    def test_sqlite_talks_to_the_resolver_only(self) -> None:
        """Everything else is denied."""
        policy = policy_of(RENDERED["minimal"])
        resolver = {"k8s-app": "kube-dns"}
        self.assertTrue(lets_out(policy, 53, labels=resolver, namespace="kube-system", protocol="UDP"))
        self.assertTrue(lets_out(policy, 53, labels=resolver, namespace="kube-system"))
        self.assertTrue(lets_out(policy, 53, address="169.254.20.10", protocol="UDP"))
        self.assertFalse(lets_out(policy, 53, labels=resolver, namespace="elsewhere", protocol="UDP"))
        self.assertFalse(lets_out(policy, 53, address="8.8.8.8", protocol="UDP"))
        for port in (80, 443, 5432, 6443, 10250, 3100, 4318):
            self.assertFalse(lets_out(policy, port, address="10.0.0.1"), port)
        self.assertFalse(lets_out(policy, 80, address="169.254.169.254"), "the metadata server")

    def test_gke_reaches_its_proxy_its_bucket_and_its_tokens(self) -> None:
        """And is reached by the load balancer and its health checks."""
        policy = policy_of(RENDERED["gke"])
        self.assertTrue(lets_out(policy, 3307, address="10.20.3.4"))
        self.assertFalse(lets_out(policy, 3307, address="10.21.3.4"))
        self.assertFalse(lets_out(policy, 5432, address="10.20.3.4"), "the database without the proxy")
        self.assertTrue(lets_out(policy, 443, address="142.250.1.1"), "the bucket")
        self.assertTrue(lets_out(policy, 988, address="169.254.169.252"))
        self.assertTrue(lets_out(policy, 80, address="169.254.169.254"))
        self.assertFalse(lets_out(policy, 25, address="142.250.1.1"))
        for google in ("35.191.4.4", "130.211.1.1"):
            self.assertTrue(admits(policy, 8080, address=google), google)
            self.assertFalse(admits(policy, 8081, address=google), google)
        self.assertTrue(admits(policy, 8080, address="10.1.2.3"))
        self.assertFalse(admits(policy, 8080, address="203.0.113.9"), "past the load balancer")

    def test_telemetry_goes_to_the_ports_that_the_settings_name(self) -> None:
        """Of pods in any namespace."""
        policy = policy_of(RENDERED["sqlite"])
        for port in (3100, 4318):
            self.assertTrue(lets_out(policy, port, labels={"app": "any"}, namespace="observability"), port)
            self.assertFalse(lets_out(policy, port, address="203.0.113.9"), port)
        self.assertFalse(lets_out(policy, 4317, labels={"app": "any"}, namespace="observability"))

    def test_a_database_of_ones_own_is_reached_on_its_port(self) -> None:
        """The one of its URL."""
        self.assertTrue(lets_out(policy_of(RENDERED["external"]), 5432, address="192.0.2.1"))
        policy = policy_of(RENDERED["mysql-gateway"])
        self.assertTrue(lets_out(policy, 3307, address="192.0.2.1"))
        self.assertFalse(lets_out(policy, 3306, address="192.0.2.1"))
        self.assertTrue(lets_out(policy, 9, address="192.0.2.7"), "a rule of one's own")
        self.assertFalse(admits(policy, 8081, labels={"app.kubernetes.io/name": "prometheus"}))

    def test_the_policy_is_for_these_pods(self) -> None:
        """And for no others, not even the pod of `helm test`."""
        for name, rendered in RENDERED.items():
            for policy in [each for each in rendered if each["kind"] == "NetworkPolicy"]:
                with self.subTest(name):
                    wanted = policy["spec"]["podSelector"]["matchLabels"].items()
                    self.assertLessEqual(wanted, pod(rendered)["metadata"]["labels"].items())
                    self.assertFalse(wanted <= only(rendered, "Pod")["metadata"]["labels"].items())

    def test_the_admin_port_is_never_public(self) -> None:
        """No Service but the headless one leads there, nor does an Ingress or a route."""
        for name, rendered in RENDERED.items():
            with self.subTest(name):
                for service in [each for each in rendered if each["kind"] == "Service"]:
                    targets = [port["targetPort"] for port in service["spec"]["ports"]]
                    headless = service["spec"].get("clusterIP") == "None"
                    self.assertEqual(targets, ["admin"] if headless else ["http"])
                fronts = [each for each in rendered if each["kind"] in ("Ingress", "HTTPRoute")]
                self.assertNotIn("-admin", json.dumps([each["spec"] for each in fronts]))

    def test_services_find_the_pods_and_not_the_test(self) -> None:
        """By labels that never change."""
        for name, rendered in RENDERED.items():
            for service in [each for each in rendered if each["kind"] == "Service"]:
                with self.subTest(name, service=service["metadata"]["name"]):
                    selector = service["spec"]["selector"].items()
                    self.assertLessEqual(selector, pod(rendered)["metadata"]["labels"].items())
                    self.assertFalse(selector <= only(rendered, "Pod")["metadata"]["labels"].items())


class Stopping(unittest.TestCase):
    """preStop, the steps of `[shutdown]`, and the grace period that holds them all."""

    def test_the_grace_period_is_the_sum(self) -> None:
        """Of preStop 5, unready 10, drain 20, three flushes of 5, the admin port's 1, and 2 to spare."""
        spec = pod(RENDERED["minimal"])["spec"]
        self.assertEqual(spec["containers"][0]["lifecycle"], {"preStop": {"sleep": {"seconds": 5}}})
        self.assertEqual(spec["terminationGracePeriodSeconds"], 5 + 10 + 20 + 3 * 5 + 1 + 2)

    def test_it_follows_the_settings(self) -> None:
        """In whatever unit they are."""
        sets = {
            "config.shutdown": '{"unready_delay": "1500ms", "drain_timeout": "2m", "flush_timeout": "1s"}',
            "shutdown.preStopSeconds": "0",
        }
        spec = pod(render(sets))["spec"]
        self.assertNotIn("lifecycle", spec["containers"][0])
        self.assertEqual(spec["terminationGracePeriodSeconds"], 2 + 120 + 3 * 1 + 1 + 2)

    def test_defaults_of_sirius_count_where_the_chart_has_none(self) -> None:
        """A setting that is taken away has Sirius' own value."""
        spec = pod(render({"config.shutdown": "null"}))["spec"]
        self.assertEqual(spec["terminationGracePeriodSeconds"], 5 + 0 + 20 + 3 * 5 + 1 + 2)

    def test_a_longer_one_is_taken(self) -> None:
        """And used for draining at the load balancer, too."""
        self.assertEqual(pod(RENDERED["external"])["spec"]["terminationGracePeriodSeconds"], 120)
        policy = only(RENDERED["gke"], "GCPBackendPolicy")
        grace = pod(RENDERED["gke"])["spec"]["terminationGracePeriodSeconds"]
        self.assertEqual(policy["spec"]["default"]["connectionDraining"]["drainingTimeoutSec"], grace)


class Pods(unittest.TestCase):
    """What runs, how often, and in which order it starts."""

    def test_probes_ask_the_admin_port(self) -> None:
        """Each its own path."""
        for name, rendered in RENDERED.items():
            with self.subTest(name):
                [sirius] = pod(rendered)["spec"]["containers"]
                asked = {
                    kind: sirius[f"{kind}Probe"]["httpGet"] for kind in ("startup", "liveness", "readiness")
                }
                paths = {"startup": "/startupz", "liveness": "/livez", "readiness": "/readyz"}
                self.assertEqual({kind: get["path"] for kind, get in asked.items()}, paths)
                self.assertEqual({get["port"] for get in asked.values()}, {"admin"})

    def test_what_is_kept_in_a_volume_has_one_pod(self) -> None:
        """A StatefulSet; everything else is a Deployment."""
        for name, rendered in RENDERED.items():
            with self.subTest(name):
                stateful = [each for each in rendered if each["kind"] == "StatefulSet"]
                deployed = [each for each in rendered if each["kind"] == "Deployment"]
                self.assertEqual(len(stateful) + len(deployed), 1)
                for each in stateful:
                    self.assertEqual(each["spec"]["replicas"], 1)
                for each in deployed:
                    volumes = pod(rendered)["spec"]["volumes"]
                    self.assertIn("emptyDir", next(v for v in volumes if v["name"] == "data"))

    def test_the_proxy_is_up_before_migrations_and_outlives_sirius(self) -> None:
        """A sidecar is an init container that goes on."""
        spec = pod(RENDERED["gke"])["spec"]
        self.assertEqual([each["name"] for each in spec["initContainers"]], ["cloud-sql-proxy", "migrate"])
        self.assertEqual(spec["initContainers"][0]["restartPolicy"], "Always")
        self.assertIn("startupProbe", spec["initContainers"][0])
        self.assertEqual(spec["initContainers"][1]["args"], ["migrate"])
        self.assertNotIn("initContainers", pod(RENDERED["mysql-gateway"])["spec"])
        self.assertNotIn("initContainers", pod(RENDERED["minimal"])["spec"])

    def test_replicas_are_the_autoscalers(self) -> None:
        """A Deployment that names a number would fight it."""
        self.assertNotIn("replicas", only(RENDERED["gke"], "Deployment")["spec"])
        scaler = only(RENDERED["gke"], "HorizontalPodAutoscaler")["spec"]
        self.assertEqual((scaler["minReplicas"], scaler["maxReplicas"]), (3, 20))
        self.assertEqual(scaler["metrics"][0]["containerResource"]["container"], "sirius")

    def test_a_budget_is_there_where_it_helps(self) -> None:
        """Not for one pod, which it would nail to its node."""
        self.assertEqual(only(RENDERED["gke"], "PodDisruptionBudget")["spec"]["minAvailable"], 2)
        self.assertEqual(only(RENDERED["external"], "PodDisruptionBudget")["spec"]["maxUnavailable"], "25%")
        for name in ("minimal", "sqlite", "mysql-gateway"):
            self.assertFalse([each for each in RENDERED[name] if each["kind"] == "PodDisruptionBudget"], name)
        knows = render(
            {**SHARED, "replicas": "1", "autoscaling.enabled": "true", "autoscaling.minReplicas": "2"}
        )
        self.assertEqual(only(knows, "PodDisruptionBudget")["spec"]["maxUnavailable"], 1)

    def test_pods_are_spread(self) -> None:
        """Over zones and nodes, where there is more than one."""
        keys = [each["topologyKey"] for each in pod(RENDERED["gke"])["spec"]["topologySpreadConstraints"]]
        self.assertEqual(keys, ["topology.kubernetes.io/zone", "kubernetes.io/hostname"])
        self.assertNotIn("topologySpreadConstraints", pod(RENDERED["minimal"])["spec"])
        self.assertNotIn("topologySpreadConstraints", pod(RENDERED["external"])["spec"])

    def test_other_settings_make_other_pods(self) -> None:
        """Which a rollout then replaces; the same settings do not."""
        same = [pod(render(sets)) for sets in ({}, {"service.port": "8000"})]
        self.assertEqual(same[0], same[1])
        other = pod(render({"config.log.filter": '"debug"'}))
        self.assertNotEqual(same[0]["metadata"]["annotations"], other["metadata"]["annotations"])
        secrets = [pod(render({"secrets.values": json.dumps({"admin-token": token * 16})})) for token in "ab"]
        self.assertNotEqual(secrets[0]["metadata"]["annotations"], secrets[1]["metadata"]["annotations"])

    def test_the_secrets_that_are_there_are_given_to_sirius(self) -> None:
        """By file where there is a setting for it, else by variable; each key exists in the Secret."""
        [sirius] = pod(RENDERED["external"])["spec"]["containers"]
        variables = {each["name"]: each for each in sirius["env"]}
        self.assertEqual(
            variables["AWS_SECRET_ACCESS_KEY"]["valueFrom"]["secretKeyRef"],
            {"name": "stars-secrets", "key": "s3-secret-access-key"},
        )
        self.assertIn("SIRIUS_TRACES__HEADERS", variables)
        toml = only(RENDERED["external"], "ConfigMap")["data"]["sirius.toml"]
        self.assertIn('password_file = "/etc/sirius/secrets/database-password"', toml)
        self.assertIn('token_file = "/etc/sirius/secrets/admin-token"', toml)
        [external] = [each for each in RENDERED["gke"] if each["kind"] == "ExternalSecret"]
        self.assertEqual([each["secretKey"] for each in external["spec"]["data"]], ["admin-token"])
        volume = next(v for v in pod(RENDERED["gke"])["spec"]["volumes"] if v["name"] == "secrets")
        self.assertEqual(volume["secret"]["secretName"], external["spec"]["target"]["name"])


class FrontDoors(unittest.TestCase):
    """Ingress and Gateway: whom they lead to, and what Sirius is told of them."""

    def test_proxies_are_counted(self) -> None:
        """Google's append two addresses, others one."""
        counts = {name: proxies(rendered) for name, rendered in RENDERED.items()}
        self.assertEqual(
            counts,
            {
                "external": 0,
                "gateway-cert-manager": 1,
                "gce-ingress": 2,
                "gke": 2,
                "minimal": 0,
                "mysql-gateway": 1,
                "sqlite": 1,
            },
        )
        self.assertEqual(proxies(render({"trustedProxies": "3"})), 3)
        self.assertEqual(proxies(render({"trustedProxies": "0", **ingress("nginx")})), 0)

    def test_load_balancers_ask_for_healthz(self) -> None:
        """On the public port: by default they would ask for the page, which counts a visit."""
        policy = only(RENDERED["gke"], "HealthCheckPolicy")["spec"]
        check = policy["default"]["config"]["httpHealthCheck"]
        self.assertEqual((check["requestPath"], check["port"]), ("/healthz", 8080))
        self.assertEqual(
            policy["targetRef"]["name"], only(RENDERED["gke"], "Service", "sirius")["metadata"]["name"]
        )
        rendered = RENDERED["gce-ingress"]
        check = only(rendered, "BackendConfig")["spec"]["healthCheck"]
        self.assertEqual((check["requestPath"], check["port"]), ("/healthz", 8080))
        service = only(rendered, "Service", "sirius")["metadata"]["annotations"]
        backend = json.loads(service["cloud.google.com/backend-config"])
        self.assertEqual(backend, {"default": only(rendered, "BackendConfig")["metadata"]["name"]})

    def test_an_ingress_leads_to_the_public_service(self) -> None:
        """Under each of its names."""
        rendered = RENDERED["sqlite"]
        spec = only(rendered, "Ingress")["spec"]
        self.assertEqual(
            [rule["host"] for rule in spec["rules"]], ["stars.example.org", "www.stars.example.org"]
        )
        backend = spec["rules"][0]["http"]["paths"][0]["backend"]["service"]
        self.assertEqual(backend, {"name": "stars", "port": {"name": "http"}})
        self.assertEqual(spec["tls"][0]["secretName"], "stars-tls")
        self.assertIn(
            'public_url = "https://stars.example.org"',
            only(rendered, "ConfigMap", "stars")["data"]["sirius.toml"],
        )

    def test_google_reads_its_class_from_the_annotation(self) -> None:
        """And not from the field."""
        ingress_object = only(RENDERED["gce-ingress"], "Ingress")
        self.assertNotIn("ingressClassName", ingress_object["spec"])
        annotations = ingress_object["metadata"]["annotations"]
        self.assertEqual(annotations["kubernetes.io/ingress.class"], "gce")
        self.assertEqual(annotations["kubernetes.io/ingress.global-static-ip-name"], "sirius")
        certificate = only(RENDERED["gce-ingress"], "ManagedCertificate")
        self.assertEqual(
            annotations["networking.gke.io/managed-certificates"], certificate["metadata"]["name"]
        )
        self.assertEqual(certificate["spec"]["domains"], ["sirius.example.org"])

    def test_a_route_leads_from_its_gateway_to_the_public_service(self) -> None:
        """By TLS; whoever comes without is sent on."""
        for name in ("gke", "gateway-cert-manager"):
            with self.subTest(name):
                rendered = RENDERED[name]
                gateway = only(rendered, "Gateway")
                listeners = {each["name"]: each for each in gateway["spec"]["listeners"]}
                routes = [each for each in rendered if each["kind"] == "HTTPRoute"]
                for route in routes:
                    for parent in route["spec"]["parentRefs"]:
                        self.assertEqual(parent["name"], gateway["metadata"]["name"])
                        self.assertIn(parent["sectionName"], listeners)
                [to_sirius] = [each for each in routes if "backendRefs" in each["spec"]["rules"][0]]
                [redirect] = [each for each in routes if each is not to_sirius]
                backend = to_sirius["spec"]["rules"][0]["backendRefs"][0]
                self.assertEqual(backend["name"], only(rendered, "Service", "sirius")["metadata"]["name"])
                self.assertTrue(
                    all(p["sectionName"].startswith("https") for p in to_sirius["spec"]["parentRefs"])
                )
                self.assertEqual([p["sectionName"] for p in redirect["spec"]["parentRefs"]], ["http"])


class Monitoring(unittest.TestCase):
    """How Prometheus finds the pods."""

    def test_the_monitor_finds_the_admin_port_of_each_pod(self) -> None:
        """By the labels of the headless Service."""
        rendered = RENDERED["sqlite"]
        monitor = only(rendered, "ServiceMonitor")["spec"]
        selected = [
            each
            for each in rendered
            if each["kind"] == "Service"
            and monitor["selector"]["matchLabels"].items() <= each["metadata"]["labels"].items()
        ]
        [service] = selected
        self.assertEqual(service["spec"]["clusterIP"], "None")
        self.assertEqual(
            [port["name"] for port in service["spec"]["ports"]], [monitor["endpoints"][0]["port"]]
        )
        self.assertEqual(service["metadata"]["labels"][monitor["jobLabel"]], "sirius")

    def test_labels_for_the_selection_are_put_on(self) -> None:
        """Those of the values."""
        self.assertEqual(only(RENDERED["sqlite"], "ServiceMonitor")["metadata"]["labels"]["release"], "obs")

    def test_lines_are_pushed_unless_the_cluster_collects_them(self) -> None:
        """Each line would be stored twice."""
        sets = {"config.loki.url": '"http://loki:3100"'}
        pushed = only(render(sets), "ConfigMap")["data"]["sirius.toml"]
        collected = only(render({**sets, "global.alloy.enabled": "true"}), "ConfigMap")["data"]["sirius.toml"]
        self.assertIn("[loki]", pushed)
        self.assertNotIn("[loki]", collected)


def ingress(class_name: str) -> dict[str, str]:
    """The values of a small Ingress."""
    return {
        "ingress.enabled": "true",
        "ingress.className": json.dumps(class_name),
        "ingress.hosts": '["a.example.org"]',
    }


def proxies(rendered: list[dict]) -> int:
    """What Sirius is told of proxies in front."""
    maps = [each for each in rendered if each["kind"] == "ConfigMap" and "sirius.toml" in each["data"]]
    line = next(
        line for line in maps[0]["data"]["sirius.toml"].splitlines() if line.startswith("trusted_proxies")
    )
    return int(line.split(" = ")[1])


def policy_of(rendered: list[dict]) -> dict:
    """The one policy, which denies what it does not list."""
    spec = only(rendered, "NetworkPolicy")["spec"]
    assert set(spec["policyTypes"]) == {"Ingress", "Egress"}
    return spec


def admits(policy: dict, port: int, **peer: object) -> bool:
    """Whether a peer may reach a port of the pods."""
    return any(_covers(rule, "from", port, **peer) for rule in policy.get("ingress", []))


def lets_out(policy: dict, port: int, **peer: object) -> bool:
    """Whether the pods may reach a port of a peer."""
    return any(_covers(rule, "to", port, **peer) for rule in policy.get("egress", []))


def _covers(rule: dict, side: str, port: int, protocol: str = "TCP", **peer: object) -> bool:
    ports = rule.get("ports")
    if ports and not any(each["port"] == port and each.get("protocol", "TCP") == protocol for each in ports):
        return False
    return not rule.get(side) or any(_is_peer(each, **peer) for each in rule[side])


def _is_peer(
    peer: dict, address: str | None = None, labels: dict | None = None, namespace: str = "somewhere"
) -> bool:
    if "ipBlock" in peer:
        inside = address and ipaddress.ip_address(address) in ipaddress.ip_network(peer["ipBlock"]["cidr"])
        return bool(inside)
    if labels is None:
        return False
    spaces = peer.get("namespaceSelector")
    wanted = (peer.get("podSelector") or {}).get("matchLabels", {})
    # Without a selector of namespaces, only the policy's own is meant.
    in_space = spaces is not None and all(
        {"kubernetes.io/metadata.name": namespace}.get(key) == value
        for key, value in spaces.get("matchLabels", {}).items()
    )
    return in_space and wanted.items() <= labels.items()

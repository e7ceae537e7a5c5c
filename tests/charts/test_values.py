"""Bad values are refused, with a sentence that says what to do."""

import json
import unittest

from .helm import CHARTS, Refused, objects, template

CHART = CHARTS / "sirius"
SHARED = {
    "database.type": '"postgres"',
    "database.url": '"postgres://s@db/s"',
    "blobs.url": '"s3://pictures"',
}


class Typos(unittest.TestCase):
    """The schema knows every value."""

    def test_a_typo_is_refused_wherever_it_stands(self) -> None:
        """One for each depth, and one in Sirius' own settings."""
        for key in (
            "replica",
            "service.prot",
            "gateway.tls.mod",
            "config.server.listn",
            "config.limits.reads.brust",
        ):
            with self.subTest(key):
                self.assertRegex(refusal({key: "1"}), key.rpartition(".")[2])

    def test_every_object_of_the_schema_is_closed_or_free_on_purpose(self) -> None:
        """Free are maps of labels and the like, and what is Kubernetes' own."""
        free = []

        def look(schema: dict, path: str) -> None:
            if "properties" in schema:
                if schema.get("additionalProperties") is not False:
                    free.append(path)
                for name, inner in schema["properties"].items():
                    look(inner, f"{path}.{name}")

        schema = json.loads((CHART / "values.schema.json").read_text())
        look(schema, "values")
        for name, definition in schema["definitions"].items():
            look(definition, name)
        self.assertEqual(free, [])

    def test_a_value_of_the_wrong_kind_is_refused(self) -> None:
        """Each with what is allowed, in the words of Helm's schema."""
        wrong = {
            "replicas": '"three"',
            "service.type": '"Internal"',
            "config.shutdown.drain_timeout": "20",
            "config.limits.reads.per_second": "0",
            "config.server.trusted_proxies": "17",
            "config.log.format": '"yaml"',
            "image.digest": '"sha256:short"',
            "secrets.values.password": '"a"',
            "podUser": "0",
            "blobs.url": '"ftp://pictures"',
        }
        for key, value in wrong.items():
            with self.subTest(key):
                self.assertIn("don't meet the specifications of the schema", refusal({key: value}))


class Together(unittest.TestCase):
    """Values that are allowed, but not together."""

    #: The values, and what the sentence must contain.
    CASES = {
        "replicas > 1 with SQLite": ({"replicas": "2"}, "replicas = 2 and the database is SQLite"),
        "autoscaling with SQLite": ({"autoscaling.enabled": "true"}, "autoscaling.enabled is true and the database is"),
        "pictures in a pod": (
            {"replicas": "2", "database.type": '"mysql"', "database.url": '"mysql://s@db/s"'},
            "replicas = 2 and blobs.url is not set",
        ),
        "no database URL": ({"database.type": '"postgres"'}, "database.url is not set: set it to where the database is"),
        "a URL for SQLite": ({"database.url": '"postgres://s@db/s"'}, "database.type is sqlite, whose file is in"),
        "another scheme": (
            {"database.type": '"mysql"', "database.url": '"postgres://s@db/s"'},
            'database.url begins with "postgres:" and database.type is mysql: allowed is mysql:// or mariadb://',
        ),
        "a password in the URL": (
            {"database.type": '"postgres"', "database.url": '"postgres://s:pw@db/s"'},
            "database.url holds a password",
        ),
        "Ingress without host": ({"ingress.enabled": "true"}, "ingress.enabled is true and ingress.hosts is empty"),
        "Gateway without host": ({"gateway.enabled": "true"}, "gateway.enabled is true and gateway.hosts is empty"),
        "two ways in": (
            {"ingress.enabled": "true", "gateway.enabled": "true"},
            "ingress.enabled and gateway.enabled are both true",
        ),
        "two ways of Secret": (
            {
                "secrets.values": '{"admin-token": "0123456789abcdef"}',
                "secrets.existing": '{"name": "mine", "keys": ["admin-token"]}',
            },
            "secrets.values and secrets.existing are set together",
        ),
        "three ways of Secret": (
            {
                "secrets.values": '{"admin-token": "0123456789abcdef"}',
                "secrets.existing": '{"name": "mine", "keys": ["admin-token"]}',
                "secrets.external.data": '{"admin-token": {"key": "k"}}',
            },
            "secrets.values and secrets.existing and secrets.external are set together",
        ),
        "a Secret of unknown keys": ({"secrets.existing.name": '"mine"'}, "secrets.existing.keys is empty"),
        "keys of no Secret": ({"secrets.existing.keys": '["admin-token"]'}, "name the Secret that has them"),
        "no store": ({"secrets.external.data": '{"admin-token": {"key": "k"}}'}, "secrets.external.store.name is not"),
        "a password for SQLite": ({"secrets.values": '{"database-password": "p"}'}, "the database is SQLite, which has"),
        "HPA below the PDB": (
            {**SHARED, "autoscaling.enabled": "true", "podDisruptionBudget.minAvailable": "2"},
            "podDisruptionBudget.minAvailable = 2 leaves none of the 2 pods that autoscaling.minReplicas guarantees",
        ),
        "replicas below the PDB": (
            {**SHARED, "replicas": "3", "podDisruptionBudget.minAvailable": '"100%"'},
            "podDisruptionBudget.minAvailable = 100% leaves none of the 3 pods that replicas guarantees",
        ),
        "a PDB that blocks": ({"podDisruptionBudget.maxUnavailable": "0"}, "maxUnavailable is 0"),
        "both of the PDB": (
            {**SHARED, "replicas": "3", "podDisruptionBudget.minAvailable": "1", "podDisruptionBudget.maxUnavailable": "1"},
            "minAvailable and podDisruptionBudget.maxUnavailable are both set",
        ),
        "HPA upside down": (
            {**SHARED, "autoscaling.enabled": "true", "autoscaling.maxReplicas": "1"},
            "autoscaling.maxReplicas = 1 is below autoscaling.minReplicas = 2",
        ),
        "HPA without an aim": (
            {**SHARED, "autoscaling.enabled": "true", "autoscaling.targetCPU": "null"},
            "neither autoscaling.targetCPU nor autoscaling.targetMemory is set",
        ),
        "HPA without a request": (
            {**SHARED, "autoscaling.enabled": "true", "resources.requests.cpu": "null"},
            "resources.requests.cpu is not set",
        ),
        "a grace period that is too short": (
            {"shutdown.gracePeriodSeconds": "30"},
            "shutdown.gracePeriodSeconds = 30 is shorter than stopping may take, 53 s",
        ),
        "a setting that the chart makes": ({"config.server.listen": '"0.0.0.0:80"'}, "use listenAddress and ports.http"),
        "a secret in a ConfigMap": ({"config.loki.password": '"p"'}, "config.loki.password is not for config: use loki-"),
        "a proxy without an instance": (
            {**SHARED, "cloudSql.enabled": "true", "database.url": '"postgres://s@127.0.0.1/s"'},
            "cloudSql.instance is not set",
        ),
        "past the proxy": (
            {**SHARED, "cloudSql.enabled": "true", "cloudSql.instance": '"p:r:i"'},
            "database.url does not lead to the proxy",
        ),
        "a managed certificate elsewhere": (
            {"ingress.enabled": "true", "ingress.hosts": '["a.example"]', "ingress.className": '"nginx"',
             "ingress.tls.mode": '"google-managed"'},
            "only gce has such certificates",
        ),
        "cert-manager without an issuer": (
            {"ingress.enabled": "true", "ingress.hosts": '["a.example"]', "ingress.tls.mode": '"cert-manager"'},
            "ingress.tls.issuer.name is not set",
        ),
        "one port for two": ({"ports.admin": "8080"}, "ports.http and ports.admin are both 8080"),
        "a node's port of no node": ({"service.nodePort": "30080"}, "service.type is ClusterIP"),
        "nobody is paged": (
            {"monitoring.alertmanager": '{"enabled": true, "secretName": "s"}'},
            "nobody is paged: set monitoring.alertmanager.page.pagerduty or page.webhook",
        ),
    }  # fmt: skip

    def test_each_is_refused_with_a_sentence(self) -> None:
        """That names the values and what to do."""
        for name, (sets, sentence) in self.CASES.items():
            with self.subTest(name):
                self.assertIn(sentence, refusal(sets))

    def test_all_are_told_at_once(self) -> None:
        """Not one after the other."""
        words = refusal({"replicas": "2", "ingress.enabled": "true", "shutdown.gracePeriodSeconds": "1"})
        self.assertIn("these values do not go together (3):", words)


def refusal(sets: dict[str, str]) -> str:
    """What Helm says against the values; fails when it takes them."""
    try:
        rendered = template(CHART, sets=sets)
    except Refused as refused:
        return str(refused)
    raise AssertionError(f"{sets} were taken: {len(objects(rendered))} objects")

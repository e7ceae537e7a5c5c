"""What a real API server says to the objects, and how Helm installs, upgrades, rolls back and uninstalls there."""

import json
import re
import subprocess
import unittest
from pathlib import Path

from servers.kubernetes import Answer, ApiServer, Etcd
from servers.process import leave_on_signals, scratch_folder
from servers.sirius import binary
from servers.tools import REPOSITORY

from . import gitops, kubeconform, stack
from .definitions import definitions
from .helm import CHARTS, Refused, helm, objects, template, value_files
from .test_documents import PAGE, command

CHART = CHARTS / "sirius"
RESTRICTED = {
    "pod-security.kubernetes.io/enforce": "restricted",
    "pod-security.kubernetes.io/warn": "restricted",
}
# Deprecated since long, and the only way in which Google's controller is told.
INGRESS_CLASS = "kubernetes.io/ingress.class"
# What a Secret may hold.
MOST_BYTES = 1 << 20

folder: Path
etcd: Etcd
server: ApiServer


def setUpModule() -> None:
    """One control plane for all: a namespace for each test."""
    global folder, etcd, server
    leave_on_signals()
    folder = scratch_folder()
    etcd = Etcd(folder)
    etcd.start()
    server = ApiServer(folder, etcd)
    server.start()
    server.add_definitions(definitions())


def tearDownModule() -> None:
    """Ends it."""
    server.stop()
    etcd.stop()


class Objects(unittest.TestCase):
    """Every object of every value file."""

    def test_each_is_taken_strictly_and_each_pod_let_in(self) -> None:
        """A field that is unknown or twice there is an error; so is a pod that Pod Security would not let run, those of
        the workloads and that of `helm test`.
        """
        for path in value_files("sirius"):
            namespace = new_namespace(path.stem)
            for each in placed(objects(template(CHART, path)), namespace):
                with self.subTest(path.stem, kind=each["kind"], name=each["metadata"]["name"]):
                    answer = server.apply(each)
                    self.assertIn(answer.status, (200, 201), answer.message)
                    self.assertEqual([each for each in answer.warnings if INGRESS_CLASS not in each], [])
                    pod = pod_of(each, namespace)
                    if pod is not None:
                        answer = create(pod)
                        self.assertEqual(answer.status, 201, answer.message)

    def test_a_wrong_object_is_refused(self) -> None:
        """So that the two tests above mean something."""
        namespace = new_namespace("wrong")
        rendered = placed(objects(template(CHART)), namespace)
        service = next(each for each in rendered if each["kind"] == "Service")
        service["spec"]["selektor"] = {}
        self.assertIn("field not declared in schema", server.apply(service).message)
        [pod] = [
            pod for each in rendered if each["kind"] == "StatefulSet" for pod in [pod_of(each, namespace)]
        ]
        pod["spec"]["containers"][0]["securityContext"]["allowPrivilegeEscalation"] = True
        answer = create(pod)
        self.assertEqual(answer.status, 403)
        self.assertIn('violates PodSecurity "restricted', answer.message)
        rule = {
            "apiVersion": "monitoring.coreos.com/v1",
            "kind": "PrometheusRule",
            "metadata": {"name": "wrong", "namespace": namespace},
            "spec": {"groups": [{"name": "g", "rules": [{"alret": "A", "expr": "up"}]}]},
        }
        self.assertIn("alret", server.apply(rule).message)

    def test_kubeconform_agrees(self) -> None:
        """With schemas of this very API server, its custom resources included."""
        schemas = kubeconform.schemas(server, folder / "schemas")
        everything = "".join(template(CHART, path) for path in value_files("sirius"))
        self.assertEqual(kubeconform.check(everything, schemas), "")
        wrong = template(CHART).replace("targetPort: http", "targetPort: http\n      targetPrt: http")
        self.assertIn("targetPrt", kubeconform.check(wrong, schemas))


class Releases(unittest.TestCase):
    """Helm, from the first installation to the last trace."""

    def test_install_upgrade_rollback_uninstall(self) -> None:
        """Each version of the pod is there when its release is; in the end only the volume's claim would be."""
        namespace = new_namespace("release")
        before, after = folder / "before.yaml", folder / "after.yaml"
        before.write_text(json.dumps({**SEVERAL, "image": {"tag": "sha-11111111"}}))
        after.write_text(json.dumps({**SEVERAL, "image": {"tag": "sha-22222222"}, "replicas": 4}))

        run("install", namespace, CHART, "--values", before)
        first = deployment(namespace)
        self.assertEqual(image(first), "ghcr.io/sirius-images/sirius:sha-11111111")
        run("upgrade", namespace, CHART, "--values", after)
        second = deployment(namespace)
        self.assertEqual((image(second).split(":")[1], second["spec"]["replicas"]), ("sha-22222222", 4))
        # Nothing but the image, the number and the labels with the version: a rollback has nothing else to undo.
        self.assertEqual(first["spec"]["selector"], second["spec"]["selector"])
        run("rollback", namespace, "1")
        third = deployment(namespace)
        self.assertEqual(third["spec"], first["spec"])
        self.assertEqual(third["metadata"]["uid"], first["metadata"]["uid"], "it was changed, not made anew")

        run("uninstall", namespace)
        for kind, version in (
            ("Deployment", "apps/v1"),
            ("Service", "v1"),
            ("ConfigMap", "v1"),
            ("Secret", "v1"),
        ):
            self.assertEqual(
                [each["metadata"]["name"] for each in server.list(kind, namespace, version)], [], kind
            )

    def test_the_volume_is_kept(self) -> None:
        """With SQLite the claim is the StatefulSet's, which is told to keep it."""
        namespace = new_namespace("volume")
        run("install", namespace, CHART)
        stateful = server.get("StatefulSet", "stars-sirius", namespace, "apps/v1")
        policy = stateful["spec"]["persistentVolumeClaimRetentionPolicy"]
        self.assertEqual(policy, {"whenDeleted": "Retain", "whenScaled": "Retain"})
        run(
            "upgrade", namespace, CHART, "--set", "image.tag=sha-22222222", "--set", "config.log.filter=debug"
        )
        run("uninstall", namespace)

    def test_bad_values_change_nothing(self) -> None:
        """A release that was refused leaves the one before as it is."""
        namespace = new_namespace("refused")
        run("install", namespace, CHART)
        before = server.get("StatefulSet", "stars-sirius", namespace, "apps/v1")
        with self.assertRaisesRegex(Refused, "replicas = 2 and the database is SQLite"):
            run("upgrade", namespace, CHART, "--set", "replicas=2")
        self.assertEqual(server.get("StatefulSet", "stars-sirius", namespace, "apps/v1"), before)
        [secret] = [each for each in server.list("Secret", namespace) if each["type"].startswith("helm.sh/")]
        self.assertEqual(secret["metadata"]["labels"]["version"], "1")

    def test_a_release_fits_into_its_secret(self) -> None:
        """With all rules and dashboards; Kubernetes takes 1 MiB."""
        namespace = new_namespace("size")
        everything = value_files("sirius")
        run(
            "install",
            namespace,
            CHART,
            "--values",
            next(each for each in everything if each.stem == "sqlite-values"),
        )
        [secret] = [each for each in server.list("Secret", namespace) if each["type"].startswith("helm.sh/")]
        size = len(json.dumps(secret["data"]))
        print(
            f"(the release of charts/sirius with everything takes {size / 1024:.0f} KiB) ", end="", flush=True
        )
        self.assertLess(size, MOST_BYTES)


class Umbrella(unittest.TestCase):
    """The stack with stand-ins."""

    def test_each_object_is_taken_strictly(self) -> None:
        """Of every combination of value files; and each pod of ours is let in."""
        umbrella = stack.with_stand_ins(scratch_folder())
        for name, files in stack.COMBINATIONS.items():
            namespace = new_namespace(f"stack-{name}")
            for each in placed(objects(template(umbrella, *files)), namespace):
                with self.subTest(name, kind=each["kind"], of=each["metadata"]["name"]):
                    answer = server.apply(each)
                    self.assertIn(answer.status, (200, 201), answer.message)
                    pod = pod_of(each, namespace)
                    if pod is not None:
                        answer = create(pod)
                        self.assertEqual(answer.status, 201, answer.message)

    def test_install_upgrade_rollback_uninstall(self) -> None:
        """Another version of Sirius, and parts that come and go."""
        umbrella = stack.with_stand_ins(scratch_folder())
        namespace = new_namespace("stack")
        run("install", namespace, umbrella)
        names = {each["metadata"]["name"] for each in server.list("ConfigMap", namespace)}
        self.assertIn("values-of-tempo", names)
        sets = ["sirius.image.tag=sha-22222222", "tempo.enabled=false", "sirius.config.traces.endpoint=null"]
        run("upgrade", namespace, umbrella, *[each for value in sets for each in ("--set", value)])
        self.assertIsNone(server.get("ConfigMap", "values-of-tempo", namespace))
        stateful = server.get("StatefulSet", "sirius", namespace, "apps/v1")
        self.assertTrue(image(stateful).endswith(":sha-22222222"))
        run("rollback", namespace, "1")
        self.assertIsNotNone(server.get("ConfigMap", "values-of-tempo", namespace))
        stateful = server.get("StatefulSet", "sirius", namespace, "apps/v1")
        self.assertFalse(image(stateful).endswith(":sha-22222222"))
        [secret, *_] = [
            each for each in server.list("Secret", namespace) if each["type"].startswith("helm.sh/")
        ]
        self.assertLess(len(json.dumps(secret["data"])), MOST_BYTES)
        run("uninstall", namespace)
        self.assertEqual(server.list("ConfigMap", namespace), [])


class Laptop(unittest.TestCase):
    """docs/deploy.md, by a reader who has never done it."""

    def test_the_release_goes_into_a_namespace_that_was_not_there(self) -> None:
        """With the flags of the page, but that nobody waits for pods that nothing schedules."""
        [name] = command("kubectl", "create", "namespace")
        [labelled, label] = command("kubectl", "label", "namespace")
        self.assertEqual(labelled, name)
        key, value = label.split("=")
        answer = server.apply(
            {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": {key: value}}}
        )
        self.assertEqual(answer.status, 201, answer.message)

        release, chart, *flags = command("helm", "upgrade", "--install")
        self.assertEqual(chart, "charts/sirius-stack")
        flags = [str(REPOSITORY / each) if each.endswith(".yaml") else each for each in flags]
        flags = flags[: flags.index("--wait")]
        umbrella = stack.with_stand_ins(scratch_folder())
        told = {"home": folder / "helm", "kubeconfig": server.kubeconfig}
        helm("upgrade", "--install", release, umbrella, *flags, **told)
        # Others use that namespace, too.
        self.addCleanup(helm, "uninstall", release, "--namespace", name, **told)

        pod = server.get("StatefulSet", "sirius", name, "apps/v1")["spec"]["template"]["spec"]
        self.assertEqual([each["image"] for each in pod["containers"]], ["sirius:local"])
        [port] = server.get("Service", "sirius", name)["spec"]["ports"]
        cluster = (REPOSITORY / "deploy" / "kind" / "cluster.yaml").read_text()
        self.assertIn(f"containerPort: {port['nodePort']}\n        hostPort: 8080", cluster)
        asked = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "candidate", "namespace": name}, "spec": pod}
        pod["volumes"].append({"name": "data", "emptyDir": {}})
        answer = server.ask("POST", f"/api/v1/namespaces/{name}/pods", asked, dryRun="All", fieldValidation="Strict")
        self.assertEqual((answer.status, answer.warnings), (201, []), answer.message)


class Moving(unittest.TestCase):
    """docs/deploy.md, from SQLite to several pods."""

    def test_the_job_that_copies_is_taken_strictly_and_its_pod_let_in(self) -> None:
        """With the claim that the chart's StatefulSet has, and options that Sirius knows."""
        [text] = re.findall(r"```yaml\n(apiVersion: batch.*?)```", PAGE, re.DOTALL)
        [job] = placed(objects(text), new_namespace("moving"))
        answer = server.apply(job)
        self.assertEqual((answer.status, answer.warnings), (201, []), answer.message)
        self.assertEqual(create(pod_of(job, job["metadata"]["namespace"])).status, 201)
        spec = job["spec"]["template"]["spec"]
        self.assertEqual(spec["volumes"][0]["persistentVolumeClaim"]["claimName"], "data-sirius-0")
        command, *options = spec["containers"][0]["args"]
        known = subprocess.run([binary(), command, "--help"], capture_output=True, text=True, check=True).stdout
        for option in options:
            self.assertIn(f"{option.split('=')[0]} <", known)


class GitOps(unittest.TestCase):
    """deploy/argocd, with the resources of Argo CD."""

    def test_each_application_is_taken_strictly(self) -> None:
        """The roots, and what they lead to; in the namespace that they name."""
        server.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "argocd"}})
        for environment in gitops.ENVIRONMENTS:
            root = objects((gitops.FOLDER / f"{environment}.yaml").read_text())
            for each in [*root, *gitops.everything(environment)]:
                with self.subTest(each["metadata"]["name"]):
                    answer = server.apply(each)
                    self.assertIn(answer.status, (200, 201), answer.message)


class Plain(unittest.TestCase):
    """deploy/manifests, for people without Helm."""

    def test_each_object_is_taken_strictly_and_each_pod_let_in(self) -> None:
        """In a namespace where pods are restricted."""
        namespace = {
            "apiVersion": "v1",
            "kind": "Namespace",
            "metadata": {"name": "sirius", "labels": RESTRICTED},
        }
        server.apply(namespace)
        files = sorted((REPOSITORY / "deploy" / "manifests").glob("*.yaml"))
        self.assertGreaterEqual(len(files), 2)
        for path in files:
            for each in objects(path.read_text()):
                with self.subTest(path.name, kind=each["kind"]):
                    answer = server.apply(each)
                    self.assertIn(answer.status, (200, 201), answer.message)
                    pod = pod_of(each, "sirius")
                    if pod is not None:
                        self.assertEqual(create(pod).status, 201)


SEVERAL = {
    "replicas": 2,
    "database": {"type": "postgres", "url": "postgres://sirius@db.example.org/sirius"},
    "blobs": {"url": "s3://pictures"},
    "secrets": {"values": {"database-password": "not-a-real-one"}},
}


def new_namespace(name: str) -> str:
    """One in which pods are restricted."""
    new_namespace.count += 1  # type: ignore[attr-defined]
    full = f"{name}-{new_namespace.count}"  # type: ignore[attr-defined]
    answer = server.apply(
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": full, "labels": RESTRICTED}}
    )
    assert answer.status in (200, 201), answer.message
    return full


new_namespace.count = 0  # type: ignore[attr-defined]


def placed(rendered: list[dict], namespace: str) -> list[dict]:
    """The objects in another namespace than they were rendered for."""
    for each in rendered:
        each["metadata"]["namespace"] = namespace
    return rendered


def pod_of(obj: dict, namespace: str) -> dict | None:
    """The pod that a workload's controller would make."""
    if obj["kind"] == "Pod":
        metadata, spec = obj["metadata"], obj["spec"]
    elif "template" in obj.get("spec", {}):
        metadata, spec = obj["spec"]["template"].get("metadata", {}), obj["spec"]["template"]["spec"]
        spec = {**spec, "volumes": spec["volumes"] + _claimed(obj)}
    else:
        return None
    metadata = {"name": "candidate", "namespace": namespace, "labels": metadata.get("labels", {})}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}


def create(pod: dict) -> Answer:
    """Nothing is kept."""
    path = f"/api/v1/namespaces/{pod['metadata']['namespace']}/pods"
    return server.ask("POST", path, pod, dryRun="All", fieldValidation="Strict")


def _claimed(workload: dict) -> list[dict]:
    claims = workload["spec"].get("volumeClaimTemplates", [])
    return [
        {"name": each["metadata"]["name"], "persistentVolumeClaim": {"claimName": "a-claim"}}
        for each in claims
    ]


def run(command: str, namespace: str, *arguments: object) -> str:
    """Helm against the server, on the release `stars`."""
    return helm(
        command,
        "stars",
        *arguments,
        "--namespace",
        namespace,
        home=folder / "helm",
        kubeconfig=server.kubeconfig,
    )


def deployment(namespace: str) -> dict:
    """The one of the release."""
    return server.get("Deployment", "stars-sirius", namespace, "apps/v1")


def image(workload: dict) -> str:
    """Of Sirius."""
    return workload["spec"]["template"]["spec"]["containers"][0]["image"]

"""docs/deploy.md, On a laptop: its commands as they are written, as far as they need neither Docker nor kind."""

import json
import re
import shlex
import unittest

from servers.kubernetes import ApiServer, Etcd
from servers.process import leave_on_signals, scratch_folder
from servers.tools import REPOSITORY

from . import stack
from .definitions import definitions
from .helm import helm

PAGE = (REPOSITORY / "docs" / "deploy.md").read_text()


def commands() -> list[list[str]]:
    """The words of each command of the section."""
    section = PAGE.split("\n## On a laptop\n")[1].split("\n## ")[0]
    blocks = "".join(re.findall(r"```sh\n(.*?)```", section, re.DOTALL))
    return [shlex.split(line, comments=True) for line in blocks.replace("\\\n", " ").splitlines() if line]


def command(*beginning: str) -> list[str]:
    """The only one that begins so, without its beginning."""
    [found] = [each for each in commands() if each[: len(beginning)] == list(beginning)]
    return found[len(beginning) :]


class Laptop(unittest.TestCase):
    """A reader who has never done it."""

    def test_alertmanager_gets_a_file_for_each_secret_that_it_reads(self) -> None:
        """What the page makes empty is what alerts/alertmanager.yml names."""
        self.assertEqual(command("mkdir"), ["secrets"])
        [braces] = command("touch")
        folder, names = braces.removesuffix("}").split("/{")
        read = re.findall(r"_file: \S*/([a-z-]+)$", (REPOSITORY / "alerts/alertmanager.yml").read_text(), re.MULTILINE)
        self.assertEqual((folder, set(names.split(","))), ("secrets", set(read)))
        made = {each[4] for each in commands() if each[:4] == ["kubectl", "create", "secret", "generic"]}
        values = (stack.STACK / "values.yaml").read_text()
        for name in made:
            self.assertIn(name, values)
        self.assertEqual(made, {"sirius-grafana", "sirius-alertmanager"})

    def test_the_release_goes_into_a_namespace_that_was_not_there(self) -> None:
        """With the flags of the page, but that nobody waits for pods that nothing schedules."""
        leave_on_signals()
        folder = scratch_folder()
        etcd = Etcd(folder)
        etcd.start()
        self.addCleanup(etcd.stop)
        server = ApiServer(folder, etcd)
        server.start()
        self.addCleanup(server.stop)
        server.add_definitions(definitions())
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
        umbrella = stack.with_stand_ins(folder)
        helm("upgrade", "--install", release, umbrella, *flags, home=folder / "helm", kubeconfig=server.kubeconfig)

        pod = server.get("StatefulSet", "sirius", name, "apps/v1")["spec"]["template"]["spec"]
        self.assertEqual([each["image"] for each in pod["containers"]], ["sirius:local"])
        [port] = server.get("Service", "sirius", name)["spec"]["ports"]
        cluster = (REPOSITORY / "deploy" / "kind" / "cluster.yaml").read_text()
        self.assertIn(f"containerPort: {port['nodePort']}\n        hostPort: 8080", cluster)
        asked = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "candidate", "namespace": name}, "spec": pod}
        pod["volumes"].append({"name": "data", "emptyDir": {}})
        answer = server.ask("POST", f"/api/v1/namespaces/{name}/pods", asked, dryRun="All", fieldValidation="Strict")
        self.assertEqual((answer.status, answer.warnings), (201, []), json.dumps(answer.message))

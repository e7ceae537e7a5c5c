"""What Terraform hands over fits those who take it."""

import functools
import json
import os
import re
import subprocess
import unittest
from collections.abc import Iterator
from pathlib import Path

import jsonschema_rs
import yaml

from servers.tools import REPOSITORY


@functools.cache
def mocked_outputs() -> dict[str, object]:
    """The outputs of modules/platform in the first run of its tests."""
    folder = Path(os.environ["TERRAFORM_COPY"]) / "terraform/modules/platform"
    said = subprocess.run(
        ["terraform", "test", "-json", "-verbose"], cwd=folder, capture_output=True, text=True, check=False
    )
    for line in said.stdout.splitlines():
        state = json.loads(line).get("test_state")
        if state:
            return {name: output["value"] for name, output in state["outputs"].items()}
    raise AssertionError(f"terraform test showed no state: {said.stdout}{said.stderr}")


class Values(unittest.TestCase):
    """The values that the charts take from `terraform output`."""

    def test_the_charts_take_them(self) -> None:
        outputs = mocked_outputs()
        for chart, output in (("sirius", "sirius_values"), ("sirius-stack", "stack_values")):
            values = yaml.safe_load(outputs[output])
            schema = json.loads((REPOSITORY / "charts" / chart / "values.schema.json").read_text())
            faults = [
                f"{chart}: {'/'.join(map(str, error.instance_path))}: {error.message}"
                for error in jsonschema_rs.validator_for(schema).iter_errors(values)
            ]
            self.assertEqual(faults, [])


    def test_argo_cd_has_them(self) -> None:
        """deploy/argocd/values says what Terraform would print for the examples of terraform.tfvars."""
        outputs = mocked_outputs()
        for environment in ("dev", "prod"):
            for output, file in (("sirius_values", f"{environment}.yaml"), ("stack_values", f"{environment}-stack.yaml")):
                printed = yaml.safe_load(outputs[output])
                # In the stack it is an application of its own.
                printed.pop("sirius", None)
                text = (REPOSITORY / "deploy/argocd/values" / file).read_text()
                # The mock has one service account, another project and another domain.
                example = REPOSITORY / "terraform/envs" / environment / "terraform.tfvars.example"
                [project] = re.findall(r'^project = "(\S+)"', example.read_text(), re.MULTILINE)
                [domain] = re.findall(r'^domain = { name = "(\S+)" }', example.read_text(), re.MULTILINE)
                text = text.replace(project, "sirius-test").replace(domain, "sirius.example.org")
                text = re.sub(r"\bsirius-(app|loki|tempo)(@|%40)", r"someone\2", text)
                values = dict(_leaves(yaml.safe_load(text)))
                for path, value in _leaves(printed):
                    with self.subTest(file, path=path):
                        self.assertEqual(values.get(path), value)


class Secrets(unittest.TestCase):
    """Every secret that the cluster asks for is one that Terraform makes."""

    def test_names_are_the_same_everywhere(self) -> None:
        made = set(mocked_outputs()["secrets"].values())
        documents = list(yaml.safe_load_all((REPOSITORY / "deploy/gke/secrets.yaml").read_text()))
        external = {each["metadata"]["name"]: each["spec"].get("data", []) for each in documents}
        asked = {item["remoteRef"]["key"] for data in external.values() for item in data}
        self.assertEqual(made - asked, {"sirius-admin-token"}, "which the chart of Sirius asks for")
        self.assertLessEqual(asked, made)
        alertmanager = (REPOSITORY / "alerts/alertmanager.yml").read_text()
        files = set(re.findall(r"_file: \S*/([a-z-]+)$", alertmanager, re.MULTILINE))
        self.assertEqual({item["secretKey"] for item in external["sirius-alertmanager"]}, files)


class Variables(unittest.TestCase):
    """What modules can be told."""

    #: What one module hands to another, which is called whatever Google calls it.
    HANDED_OVER = {"network", "subnet", "private_services"}

    def test_each_is_described_typed_and_checked(self) -> None:
        """By the module that uses it; modules/platform and envs/ hand on what the modules check."""
        unchecked = set()
        for path in sorted((REPOSITORY / "terraform").glob("**/variables.tf")):
            for name, body in re.findall(r'^variable "(\w+)" {\n(.*?)^}', path.read_text(), re.MULTILINE | re.DOTALL):
                with self.subTest(str(path.relative_to(REPOSITORY)), name=name):
                    kind = re.search(r"^  type += (\w+)", body, re.MULTILINE)
                    self.assertIsNotNone(kind, "has no type")
                    self.assertIn("description", body)
                    hands_on = path.parent.name == "platform" or path.parent.parent.name == "envs"
                    if kind[1] != "bool" and not hands_on and "validation {" not in body:
                        unchecked.add(name)
        self.assertEqual(unchecked, self.HANDED_OVER)


class Environments(unittest.TestCase):
    """The two ways to call modules/platform."""

    def test_terragrunt_says_the_same(self) -> None:
        for name in ("dev", "prod"):
            settings = _statements(REPOSITORY / "terraform/terragrunt" / name / "settings.hcl")
            main = _statements(REPOSITORY / "terraform/envs" / name / "main.tf")
            own = {line for line in settings if re.match(r"(project|region|domain|emails) ", line)}
            self.assertEqual([line for line in settings if line not in own and line not in main], [])


def _leaves(values: object, path: str = "") -> Iterator[tuple[str, object]]:
    """Each plain value or list, and the keys that lead to it."""
    if not isinstance(values, dict):
        yield path, values
        return
    for key, value in values.items():
        yield from _leaves(value, f"{path}/{key}")


def _statements(path: Path) -> list[str]:
    """The lines of a file of HCL, however they are indented, without comments and the opening of its block."""
    lines = [re.sub(r"\s+", " ", line.split("#")[0]).strip() for line in path.read_text().splitlines()]
    return [line for line in lines if line and line not in ("locals {", "}")]

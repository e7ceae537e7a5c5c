"""What Terraform hands over fits those who take it."""

import json
import os
import re
import subprocess
import unittest
from pathlib import Path

import jsonschema_rs
import yaml

from servers.tools import REPOSITORY


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
        for path in sorted(REPOSITORY.glob("charts/*/values.schema.json")):
            chart = path.parent.name
            values = yaml.safe_load(outputs["sirius_values" if chart == "sirius" else "stack_values"])
            schema = json.loads(path.read_text())
            faults = [
                f"{chart}: {'/'.join(map(str, error.instance_path))}: {error.message}"
                for error in jsonschema_rs.validator_for(schema).iter_errors(values)
            ]
            self.assertEqual(faults, [])


class Environments(unittest.TestCase):
    """The two ways to call modules/platform."""

    def test_terragrunt_says_the_same(self) -> None:
        for name in ("dev", "prod"):
            settings = _statements(REPOSITORY / "terraform/terragrunt" / name / "settings.hcl")
            main = _statements(REPOSITORY / "terraform/envs" / name / "main.tf")
            own = {line for line in settings if re.match(r"(project|region|domain|emails) ", line)}
            self.assertEqual([line for line in settings if line not in own and line not in main], [])


def _statements(path: Path) -> list[str]:
    """The lines of a file of HCL, however they are indented, without comments and the opening of its block."""
    lines = [re.sub(r"\s+", " ", line.split("#")[0]).strip() for line in path.read_text().splitlines()]
    return [line for line in lines if line and line not in ("locals {", "}")]

"""docs/pinned.md against the files that pin: each image, chart and action in the version that was looked up."""

import re
import unittest

import yaml

from servers.tools import REPOSITORY

PAGE = (REPOSITORY / "docs" / "pinned.md").read_text()
CHARTS = REPOSITORY / "charts"
WORKFLOWS = sorted((REPOSITORY / ".github" / "workflows").glob("*.yml"))
#: Built here, not pulled.
OWN = {"sirius:local"}


def section(title: str) -> list[list[str]]:
    """The cells of the rows of a section's table, without its head."""
    text = PAGE.split(f"\n## {title}\n")[1].split("\n## ")[0]
    rows = [line for line in text.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows[2:]]


def images() -> set[str]:
    """Every image that some file of the project would pull."""
    found: set[str] = set()
    compose = yaml.safe_load((REPOSITORY / "stack" / "compose.yaml").read_text())
    found |= {service["image"] for service in compose["services"].values()}
    values = yaml.safe_load((CHARTS / "sirius" / "values.yaml").read_text())
    for image in (values["cloudSql"]["image"], values["test"]["image"]):
        found.add(f"{image['repository']}:{image['tag']}")
    for document in yaml.safe_load_all((REPOSITORY / ".github" / "scripts" / "webhook.yaml").read_text()):
        pod = document["spec"].get("template", {}).get("spec", {})
        found |= {each["image"].removeprefix("docker.io/library/") for each in pod.get("containers", [])}
    for path in WORKFLOWS:
        jobs = yaml.safe_load(path.read_text())["jobs"].values()
        found |= {job["container"]["image"] for job in jobs if "container" in job}
    return (found | dockerfile()) - OWN


def dockerfile() -> set[str]:
    """The bases of the Dockerfile, with its arguments filled in."""
    text = (REPOSITORY / "Dockerfile").read_text()
    arguments = dict(re.findall(r"^ARG (\w+)=(\S+)$", text, re.MULTILINE))
    stages = set(re.findall(r" AS (\w+)$", text, re.MULTILINE))
    bases = re.findall(r"^FROM (?:--\S+ )?(\S+)", text, re.MULTILINE)
    full = {re.sub(r"\$\{(\w+)\}", lambda name: arguments[name[1]], base) for base in bases}
    return full - stages


class Pinned(unittest.TestCase):
    """Each in the version that the page names, and the page names nothing else."""

    def test_images(self) -> None:
        named = {match for row in section("Images") for match in re.findall(r"`([^`]+)`", row[0])}
        self.assertEqual(images(), named)

    def test_charts(self) -> None:
        stack = yaml.safe_load((CHARTS / "sirius-stack" / "Chart.yaml").read_text())
        used = {each["name"]: each["version"] for each in stack["dependencies"] if each["name"] != "sirius"}
        script = (CHARTS / "install-crds").read_text()
        used["prometheus-operator-crds"] = re.findall(r"^version=(\S+)$", script, re.MULTILINE)[0]
        cloud = (REPOSITORY / "docs" / "google-cloud.md").read_text()
        used["external-secrets"] = re.findall(r"charts\.external-secrets\.io --version (\S+)", cloud)[0]
        used["argo-cd"] = re.findall(r"argoproj/argo-cd/(\S+)/manifests/install\.yaml", cloud)[0]
        named = {re.findall(r"`([^`]+)`", row[0])[0]: row[1] for row in section("Charts")}
        self.assertEqual(named, used)

    def test_actions(self) -> None:
        used: dict[str, str] = {}
        commits: dict[str, set[str]] = {}
        for path in WORKFLOWS:
            pattern = r"uses: ([\w-]+/[\w-]+)@([0-9a-f]{40}) # (v[\d.]+)$"
            for action, commit, version in re.findall(pattern, path.read_text(), re.MULTILINE):
                used[action] = version
                commits.setdefault(action, set()).add(commit)
        named: dict[str, str] = {}
        for row in section("Actions"):
            names, owner = re.findall(r"`([^`]+)`", row[0]), ""
            for name, version in zip(names, row[1].split(", "), strict=True):
                owner = name.split("/")[0] if "/" in name else owner
                named[name if "/" in name else f"{owner}/{name}"] = version
        self.assertEqual(named, used)
        self.assertEqual([action for action, hashes in commits.items() if len(hashes) > 1], [])


if __name__ == "__main__":
    unittest.main()

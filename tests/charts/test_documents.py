"""docs/deploy.md, On a laptop: its commands as they are written, as far as they need neither Docker nor kind. What needs a
cluster is in test_cluster.py.
"""

import re
import shlex
import unittest

from servers.tools import REPOSITORY

from . import stack

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

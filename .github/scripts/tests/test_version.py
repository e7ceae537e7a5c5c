"""The next version, and the changelog."""

import unittest

from . import helpers  # noqa: F401  (finds the scripts)
from changelog import insert, section
from commits import END, SEPARATOR, parse, read
from version import next_version


def commits(*messages: str) -> list:
    """Commits with these messages."""
    return [parse(f"{number:040x}", message) for number, message in enumerate(messages, start=1)]


class Version(unittest.TestCase):
    """What commits ask for."""

    def test_the_largest_change_counts(self) -> None:
        for last, messages, expected in [
            ("v1.2.3", ["fix: a", "feat(api): b", "docs: c"], "1.3.0"),
            ("v1.2.3", ["fix: a", "perf: b"], "1.2.4"),
            ("v1.2.3", ["docs: a", "ci: b", "chore(deps): c"], None),
            ("v1.2.3", [], None),
            ("v1.2.3", ["feat!: a", "fix: b"], "2.0.0"),
            ("v1.2.3", ["fix: a\n\nText.\n\nBREAKING CHANGE: the port is another"], "2.0.0"),
            ("v1.2.3", ["docs: a\n\nBREAKING-CHANGE: b"], "2.0.0"),
            ("v1.2.3", ["Serve pictures faster"], "1.2.4"),
            ("v0.4.9", ["feat!: a"], "0.5.0"),
            ("v0.4.9", ["Feat: a"], "0.5.0"),
            ("v0.4.9", ["feat : no conventional commit"], "0.4.10"),
            ("v9.9.9", ["feat: a"], "9.10.0"),
            (None, ["docs: a"], "0.1.0"),
            (None, [], None),
        ]:
            self.assertEqual(next_version(last, commits(*messages)), expected, (last, messages))

    def test_what_the_pipelines_commit_is_no_change(self) -> None:
        messages = ["Release v1.2.4", "Deploy sha-01234567 to dev\n\nInstead of x.", 'Revert "Deploy a to dev"', "Merge branch 'a'", "fix: a"]
        log = "".join(f"{number:040x}{SEPARATOR}{message}\n{END}\n" for number, message in enumerate(messages))
        self.assertEqual([commit.subject for commit in read(log)], ["a"])


class Changelog(unittest.TestCase):
    """What people read of a release."""

    def test_what_breaks_comes_first_and_what_nobody_notices_is_left_out(self) -> None:
        text = section(
            "1.0.0",
            "2026-11-21",
            commits("docs: a", "fix(cli): b", "feat: c", "feat!: d\n\nBREAKING CHANGE: e is gone", "Plain words"),
        )
        self.assertEqual(
            text,
            "## 1.0.0 (2026-11-21)\n\n"
            "### What breaks\n\n- e is gone (00000000)\n\n"
            "### New\n\n- c (00000000)\n\n"
            "### Mended and improved\n\n- cli: b (00000000)\n- Plain words (00000000)\n",
        )

    def test_a_message_is_text(self) -> None:
        text = section("1.0.0", "2026-11-21", commits("fix: <img src=x> [a](b) `c` # d"))
        self.assertIn(r"\<img src=x\> \[a\](b) \`c\` \# d", text)

    def test_the_newest_is_above_and_nothing_comes_twice(self) -> None:
        first = insert("", "1.0.0", "## 1.0.0 (a)\n")
        second = insert(first, "1.0.1", "## 1.0.1 (b)\n")
        self.assertLess(second.index("## 1.0.1"), second.index("## 1.0.0"))
        self.assertTrue(second.startswith("# Changelog"))
        self.assertEqual(insert(second, "1.0.1", "## 1.0.1 (b)\n"), second)

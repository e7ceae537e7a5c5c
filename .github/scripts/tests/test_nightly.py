"""With what the night compares."""

from . import helpers

DAYS = 86_400
FIRST = 1_700_000_000


class Before(helpers.Checkout):
    """two_versions.sh --which"""

    def commit_at(self, day: float, message: str = "A change") -> str:
        """A commit of a day."""
        self.environment |= {name: f"{FIRST + int(day * DAYS)} +0000" for name in ("GIT_AUTHOR_DATE", "GIT_COMMITTER_DATE")}
        return self.commit(message, push=False)

    def which(self, wanted: str = "") -> str:
        """The commit that it would take."""
        return self.script("two_versions.sh", "--which", wanted).strip()

    def test_the_last_release(self) -> None:
        for version in ("v1.0.0", "v1.1.0"):
            released = self.commit_at(0, f"Release {version}")
            self.sh("git", "tag", version)
        self.commit_at(1)
        self.sh("git", "tag", "not-a-release")
        self.commit_at(2)
        self.assertEqual(self.which(), released)

    def test_without_a_release_the_day_before(self) -> None:
        self.commit_at(0)
        before = self.commit_at(1)
        self.commit_at(1.5)
        self.commit_at(2.25)
        self.assertEqual(self.which(), before)

    def test_what_was_asked_for(self) -> None:
        first = self.commit_at(0)
        self.commit_at(5)
        self.assertEqual(self.which(first[:10]), first)

    def test_nothing_to_compare_with(self) -> None:
        self.commit_at(0)
        self.assertIn("nothing before this commit", self.script("two_versions.sh", "--which", fails=True))
        self.assertIn("no commit v9", self.script("two_versions.sh", "--which", "v9", fails=True))

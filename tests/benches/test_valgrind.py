"""That Sirius can be looked at with valgrind's tools, as `make bench-telemetry` does."""

import unittest

from servers.process import scratch_folder
from servers.sirius import Sirius


class BelowValgrind(unittest.TestCase):
    """The debug build, run by valgrind without any tool."""

    def test_it_starts_answers_and_stops(self) -> None:
        sirius = Sirius(scratch_folder())
        sirius.command = ["valgrind", "--quiet", "--tool=none", *sirius.command]
        sirius.start()
        self.assertEqual(sirius.ask("/api/v1/images/random").status, 200)
        sirius.stop()

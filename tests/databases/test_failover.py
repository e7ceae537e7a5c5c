"""A PostgreSQL whose place is taken by its synchronous standby."""

import re
import unittest

from servers.postgres import Postgres
from servers.process import scratch_folder, wait_for
from servers.sirius import Sirius
from servers.wire import Wire

from .visiting import Visiting, check_kept, wait_for_health, while_visited


class FailOver(unittest.TestCase):
    """An address that leads to whichever server writes: a virtual one, a name, or a proxy that follows it."""

    def setUp(self) -> None:
        self.folder = scratch_folder()
        self.first = Postgres(self.folder, name="first")
        self.first.start()
        self.addCleanup(self.first.kill)
        self.first.query("CREATE DATABASE sirius")
        self.standby = Postgres(self.folder, name="standby", standby_of=self.first)
        self.standby.start()
        self.addCleanup(self.standby.kill)
        self.first.query("ALTER SYSTEM SET synchronous_standby_names = '*'")
        self.first.query("SELECT pg_reload_conf()")
        wait_for(
            "the standby to be waited for",
            30,
            lambda: self.first.query("SELECT sync_state FROM pg_stat_replication") == "sync",
        )
        self.wire = Wire(self.first.port)
        url = re.sub(r":\d+/", f":{self.wire.port}/", self.first.root) + "sirius"
        self.sirius = Sirius(self.folder, {"SIRIUS_DATABASE__URL": url})
        self.addCleanup(self.sirius.kill)
        self.sirius.start()
        self.visiting = Visiting(self.sirius.address)

    def test_the_first_is_killed(self) -> None:
        """Every acknowledged visit is in the standby, and it goes on from there."""

        def fail_over() -> None:
            self.first.kill()
            # Before it is promoted, as where an address moves first: it takes connections, and nothing else.
            self.wire.lead_to(self.standby.port)
            wait_for("the standby to be seen", 30, lambda: b"read-only" in self.sirius.ask_admin("/readyz").body)
            self.assertEqual(self.sirius.ask("/api/v1/images/random?as=image").status, 200)
            self.standby.promote()
            wait_for_health(self.sirius)

        self.fail_over(fail_over)

    def test_the_first_is_made_a_standby_while_it_is_connected_to(self) -> None:
        """A planned change of places: connections to a server that may only be read are not kept."""

        def change_places() -> None:
            self.first.query("ALTER SYSTEM SET default_transaction_read_only = on")
            self.first.query("SELECT pg_reload_conf()")
            wait_for("it to be seen", 30, lambda: b"read-only" in self.sirius.ask_admin("/readyz").body)
            self.first.stop()
            self.standby.promote()
            self.wire.lead_to(self.standby.port)
            wait_for_health(self.sirius)

        self.fail_over(change_places)

    def fail_over(self, happens: object) -> None:
        """Visits meanwhile, and holds what the standby has against what was acknowledged."""
        before = int(self.first.query("SELECT total FROM visit_total", "sirius"))
        while_visited(self.visiting, happens)
        stored = int(self.standby.query("SELECT total FROM visit_total", "sirius"))
        check_kept(self, self.visiting, stored - before)
        self.sirius.stop()

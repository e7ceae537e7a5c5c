"""Sirius while others are in its database's way: locks, deadlocks, and servers without room for another connection."""

import concurrent.futures
import contextlib
import functools
import subprocess
import time
import unittest
from collections.abc import Iterator
from typing import ClassVar

from servers.postgres import PASSWORD
from servers.process import Failure, wait_for
from servers.sirius import FAULTS

from .served import InMariaDb, InPostgres, Served
from .test_network import IMPATIENT
from .visiting import Visiting, check_kept, count_visit, wait_for_health, while_visited


class InTheWay(Served):
    """The tests, for each kind of server."""

    #: Takes the lock on the hours first that Sirius takes last, and then waits for the one that Sirius takes first.
    crosswise: ClassVar[str]
    make_user: ClassVar[str]
    end_connections: ClassVar[str]
    lock_hours: ClassVar[str]

    def test_a_pool_that_is_used_up(self) -> None:
        """Everybody who reads hangs at a lock, until no connection is left; pictures are served all the same."""
        sirius = self.sirius(SIRIUS_DATABASE__MAX_CONNECTIONS="4", **IMPATIENT)
        sirius.start()
        history = "/api/v1/visits/history?step=hour"

        def lock() -> None:
            with self.holding(self.lock_hours), concurrent.futures.ThreadPoolExecutor(12) as readers:
                asked = time.monotonic()
                answers = readers.map(lambda _: sirius.ask(history).status, range(12))
                self.check_degraded(sirius)
                self.assertEqual(set(answers), {503})
                # Not one after the other, as long as each may take.
                self.assertLess(time.monotonic() - asked, 10)
            wait_for_health(sirius)

        self.kept(sirius, lock)
        self.assertEqual(sirius.ask(history).status, 200)
        sirius.stop()

    def test_broken_on_purpose(self) -> None:
        """As in drills: every connection taken, or statements that fail; until it is lifted."""
        sirius = self.sirius(**FAULTS, **IMPATIENT)
        sirius.start()

        def disturb(fault: dict[str, object]) -> None:
            sirius.begin_fault(**fault)
            self.check_degraded(sirius)
            sirius.lift_faults()
            wait_for_health(sirius)

        for fault in ({"kind": "pool_exhausted"}, {"kind": "database_errors", "ratio": 1}):
            with self.subTest(**fault):
                self.kept(sirius, functools.partial(disturb, fault))
        sirius.stop()

    def test_deadlocks(self) -> None:
        """The server ends one of two that wait for each other; if that is Sirius, it counts anew."""
        sirius = self.sirius()
        sirius.start()
        self.assertEqual(count_visit(sirius).status, 201)
        before = self.deadlocks()

        def lock_crosswise() -> None:
            for _ in range(5):
                # It may be the one that is ended.
                with contextlib.suppress(Failure):
                    self.query(self.crosswise)

        self.kept(sirius, lock_crosswise)
        # PostgreSQL tells its figures a little later.
        wait_for("a deadlock", 10, lambda: self.deadlocks() > before)
        sirius.stop()

    def test_no_room_for_another_connection(self) -> None:
        """Others have them all when Sirius loses its own."""
        user, others = f"of_{self.database}", f"beside_{self.database}"
        for name in (others, user):
            self.query(self.make_user.format(user=name, database=self.database, password=PASSWORD))
        self.url = self.url.replace("//root:", f"//{user}:").replace("//postgres:", f"//{user}:")
        sirius = self.sirius(**IMPATIENT)
        sirius.start()

        def is_shut_out() -> bool:
            # Long enough for a connection that was being made, which may have the last place.
            time.sleep(0.2)
            return (
                self.visiting.visit_once(sirius).status == 503
                and b"no room for more connections" in sirius.ask_admin("/readyz").body
            )

        def crowd() -> None:
            with contextlib.ExitStack() as held:
                # Each takes a place that Sirius has lost, until all are taken and it has none.
                while not is_shut_out():
                    # Where even those who may do everything have one place only, it may not be free yet.
                    with contextlib.suppress(Failure):
                        self.query(self.end_connections.format(user=user))
                    with contextlib.suppress(Failure):
                        held.enter_context(self.holding("", others))
                self.check_degraded(sirius)
                self.assertIn(b"no room for more connections", sirius.ask_admin("/readyz").body)
            wait_for_health(sirius)

        self.kept(sirius, crowd)
        sirius.stop()

    @contextlib.contextmanager
    def holding(self, sql: str, user: str | None = None) -> Iterator[None]:
        """Somebody has said this, and stays connected."""
        client = subprocess.Popen(
            self.server.client(self.database, *([user] if user else [])),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        try:
            client.stdin.write(f"{sql}\nSELECT 'done';\n")
            client.stdin.flush()
            if (said := client.stdout.readline()) != "done\n":
                raise Failure(said)
        except (BrokenPipeError, Failure) as error:
            client.kill()
            client.communicate()
            raise Failure(f"nobody could say {sql!r}: {error}") from error
        try:
            yield
        finally:
            client.kill()
            client.communicate()


class InPostgresWay(InTheWay, InPostgres, unittest.TestCase):
    """PostgreSQL."""

    server_settings: ClassVar = {"max_connections": "20", "deadlock_timeout": "50ms"}
    lock_hours = "BEGIN; LOCK TABLE visit_hours IN ACCESS EXCLUSIVE MODE;"
    crosswise = """
        BEGIN; UPDATE visit_hours SET visits = visits; SELECT pg_sleep(0.2); UPDATE visit_total SET total = total; COMMIT
    """
    end_connections = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{user}'"
    make_user = "CREATE USER {user} PASSWORD '{password}'; ALTER DATABASE {database} OWNER TO {user}"

    def deadlocks(self) -> int:
        """How many there were."""
        return int(self.query("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"))


    def test_a_database_that_wants_transactions_one_after_the_other(self) -> None:
        """Whatever isolation it has been set to, replicas do not get in each other's way."""
        for isolation in ("serializable", "repeatable read"):
            self.query(f"ALTER DATABASE {self.database} SET default_transaction_isolation = '{isolation}'")
        one, other = self.sirius("one"), self.sirius("other")
        one.start()
        other.start()
        before = self.total()
        beside = Visiting(other.address)
        with concurrent.futures.ThreadPoolExecutor(1) as second:
            done = second.submit(while_visited, beside, lambda: time.sleep(2))
            self.visiting = Visiting(one.address)
            while_visited(self.visiting, lambda: time.sleep(2))
            done.result()
        self.visiting.numbers += beside.numbers
        self.visiting.failures += beside.failures
        check_kept(self, self.visiting, self.total() - before)
        self.assertFalse(self.visiting.failures)
        one.stop()
        other.stop()
        # Those that the server would have ended were counted anew, and so took twice as long.
        ended = "SELECT xact_rollback FROM pg_stat_database WHERE datname = current_database()"
        self.assertLess(int(self.query(ended)), 5)


class InMariaDbsWay(InTheWay, InMariaDb, unittest.TestCase):
    """MariaDB."""

    server_settings: ClassVar = {"max-connections": "20", "performance-schema": "OFF"}
    lock_hours = "LOCK TABLES visit_hours WRITE;"
    crosswise = """
        START TRANSACTION; UPDATE visit_hours SET visits = visits + 0 ORDER BY hour; DO SLEEP(0.2);
        UPDATE visit_total SET total = total + 0; COMMIT
    """
    end_connections = "KILL USER {user}"
    make_user = "CREATE USER {user} IDENTIFIED BY '{password}'; GRANT ALL ON {database}.* TO {user}"

    def deadlocks(self) -> int:
        """How many there were."""
        return int(self.query("SHOW GLOBAL STATUS LIKE 'Innodb_deadlocks'").split()[1])

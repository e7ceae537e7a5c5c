"""What was full first, and what has grown, from looks that are made up."""

import unittest

from runner import saturation, steady
from runner.watched import Look

IDLE = {
    "tokio_workers": 2.0,
    "http_server_active_requests": 3.0,
    "process_open_fds": 40.0,
    "process_max_fds": 1000.0,
}


def looks(count: int, every: float = 1, **series: object) -> list[Look]:
    """One every so many seconds; a figure of what is not idle is a function of the seconds, or always the same."""
    made = []
    for at in (number * every for number in range(count)):
        values = {name: value(at) if callable(value) else value for name, value in {**IDLE, **series}.items()}
        made.append(Look(at, {name: [({}, value)] for name, value in values.items()}))
    return made


def labelled(found: list[Look], name: str, labels: dict[str, str], value: object) -> list[Look]:
    """Adds a series with labels to each."""
    for each in found:
        each.series.setdefault(name, []).append((labels, value(each.at)))
    return found


class Saturation(unittest.TestCase):
    """What was full first."""

    def full(self, found: list[Look]) -> tuple[str, str, float]:
        """What was, what shows it, and since when."""
        first = saturation.first(found)
        self.assertIsNotNone(first)
        return first["what"], first["evidence"], first["seconds"]

    def test_nothing(self) -> None:
        self.assertIsNone(saturation.first([]))
        self.assertIsNone(saturation.first(looks(10)))

    def test_the_threads_of_sirius(self) -> None:
        # Busy for half of the time until the fifth second, and then always.
        found = looks(10, tokio_worker_busy_seconds_total=lambda at: at + max(at - 5, 0))
        what, evidence, seconds = self.full(found)
        self.assertEqual((what, seconds), ("the threads of Sirius", 6))
        self.assertIn("busy for 100 % of the time (tokio_worker_busy_seconds_total)", evidence)

    def test_a_moment_is_no_limit(self) -> None:
        found = looks(20, tokio_worker_busy_seconds_total=lambda at: 0.1 * at + (2 if at >= 3 else 0))
        self.assertIsNone(saturation.first(found))

    def test_the_earlier_of_two(self) -> None:
        found = looks(
            10,
            sirius_rate_limited_total=lambda at: max(at - 6, 0) * 10,
            tokio_worker_busy_seconds_total=lambda at: 2 * max(at - 3, 0),
        )
        self.assertEqual(self.full(found)[0], "the threads of Sirius")

    def test_a_refusal_goes_before_what_is_only_busy(self) -> None:
        found = looks(
            10,
            sirius_rate_limited_total=lambda at: max(at - 3, 0) * 10,
            tokio_worker_busy_seconds_total=lambda at: 2 * max(at - 3, 0),
        )
        self.assertIn("sirius_rate_limited_total rose by 10 a second", self.full(found)[1])

    def test_requests_at_a_time_and_visits_that_wait_are_told_apart(self) -> None:
        refused = "http_server_requests_refused_total"
        found = labelled(looks(10), refused, {"reason": "too_many"}, lambda at: 5 * at)
        self.assertIn("server.max_requests", self.full(found)[0])
        found = labelled(found, "sirius_visit_failures_total", {"reason": "busy"}, lambda at: 5 * at)
        self.assertIn("visits.max_waiting", self.full(found)[0])
        found = labelled(looks(10), refused, {"reason": "lag"}, lambda at: 5 * at)
        labelled(found, "tokio_scheduling_delay_seconds_count", {}, lambda at: 100 * at)
        labelled(found, "tokio_scheduling_delay_seconds_sum", {}, lambda at: 6 * at)
        self.assertIn("server.max_lag", self.full(found)[0])
        self.assertIn("(lag) rose by 5 a second while a task waited 60 ms", self.full(found)[1])

    def test_a_slow_disk_and_short_commits_without_a_pause(self) -> None:
        commits = {"sirius_visit_commit_duration_seconds_sum": lambda at: at}
        slow = looks(10, **commits, sirius_visit_commit_duration_seconds_count=lambda at: at * 10)
        self.assertEqual(self.full(slow)[0], "the database's disk")
        self.assertIn("a commit took 100 ms", self.full(slow)[1])
        quick = looks(10, **commits, sirius_visit_commit_duration_seconds_count=lambda at: at * 1000)
        self.assertIsNone(saturation.first(quick))

    def test_processors_that_are_shared_are_theirs_only_if_they_take_them(self) -> None:
        found = looks(10, process_cpu_seconds_total=lambda at: at)
        for each in found:
            each.idle_seconds, each.cores, each.k6_cores, each.k6_seconds = (
                0.02 * each.at,
                2,
                2,
                0.9 * each.at,
            )
        self.assertIn("the machine that Sirius and k6 share", self.full(found)[0])
        busy_with_others = looks(10, process_cpu_seconds_total=lambda at: 0.1 * at)
        for each in busy_with_others:
            each.idle_seconds, each.cores, each.k6_cores, each.k6_seconds = 0, 2, 2, 0.1 * each.at
        self.assertIn("by other programs", self.full(busy_with_others)[0])
        limited = labelled(busy_with_others, "sirius_rate_limited_total", {}, lambda at: 5 * max(at - 5, 0))
        self.assertIn("quota", self.full(limited)[0])

    def test_k6_itself(self) -> None:
        found = looks(10)
        for each in found:
            each.k6_seconds, each.k6_cores, each.cores = each.at, 1, 2
        self.assertIn("the processors of k6, and not Sirius", self.full(found)[0])

    def test_k6_that_collects_its_garbage_now_and_then(self) -> None:
        # From the tenth second on it takes a whole core in one second and half of it in the next.
        found = looks(40)
        for number, each in enumerate(found):
            taken = max(number - 10, 0)
            each.k6_seconds, each.k6_cores, each.cores = 0.75 * taken + 0.25 * (taken % 2), 1, 2
        what, evidence, seconds = self.full(found)
        self.assertIn("the processors of k6, and not Sirius", what)
        self.assertRegex(evidence, r"k6 took 0\.7\d of the 1 cores")
        self.assertGreater(seconds, 15)

    def test_who_has_to_look_elsewhere_is_told_how_busy_both_were(self) -> None:
        found = looks(
            20,
            http_server_request_duration_seconds_count=lambda at: 1_000 * at,
            http_server_request_duration_seconds_sum=lambda at: 0.5 * at,
            process_cpu_seconds_total=lambda at: 0.13 * at,
        )
        for each in found:
            each.k6_seconds, each.k6_cores = 0.6 * each.at, 1
        self.assertIsNone(saturation.first(found))
        told = saturation.meanwhile(found)
        self.assertIn("Sirius took 0.50 ms a request", told)
        self.assertIn("0.13 cores, k6 0.60 of the 1", told)
        self.assertIsNone(saturation.meanwhile([]))


class Steady(unittest.TestCase):
    """What has grown."""

    def flat(self, **series: object) -> dict[str, bool]:
        """Of a minute and a half: what is flat."""
        memory = {"process_resident_memory_bytes": 40e6, "tokio_alive_tasks": 10.0, **series}
        return {each["name"]: each["is_flat"] for each in steady.judge(looks(90, **memory))}

    def test_all_flat(self) -> None:
        names = {"process_resident_memory_bytes", "process_open_fds", "tokio_alive_tasks", "series"}
        self.assertEqual(self.flat(), dict.fromkeys(names, True))

    def test_what_is_filled_in_the_beginning_is_flat(self) -> None:
        filled = self.flat(process_resident_memory_bytes=lambda at: min(20e6 + 2e6 * at, 60e6))
        self.assertTrue(filled["process_resident_memory_bytes"])

    def test_leaks(self) -> None:
        self.assertFalse(
            self.flat(process_resident_memory_bytes=lambda at: 40e6 + 1e6 * at)[
                "process_resident_memory_bytes"
            ]
        )
        self.assertFalse(self.flat(process_open_fds=lambda at: 40 + at)["process_open_fds"])
        self.assertFalse(self.flat(tokio_alive_tasks=lambda at: 10 + at)["tokio_alive_tasks"])

    def test_a_little_more_is_noise(self) -> None:
        self.assertTrue(
            self.flat(process_resident_memory_bytes=lambda at: 40e6 + 5e4 * at)[
                "process_resident_memory_bytes"
            ]
        )

    def test_a_short_run_says_nothing(self) -> None:
        self.assertEqual(steady.judge(looks(20)), [])

"""What is wrong with slo.yaml is said, all at once, and what is allowed."""

import copy
import unittest
from collections.abc import Callable

import yaml

from generate import definition
from generate.catalogue import read


class Mistakes(unittest.TestCase):
    """Each mistake that a person makes is named."""

    @classmethod
    def setUpClass(cls) -> None:
        cls.catalogue = read()
        cls.good = yaml.safe_load(definition.PATH.read_text())

    def errors(self, *changes: Callable[[dict], None]) -> list[str]:
        """What is said when the definition is changed so."""
        raw = copy.deepcopy(self.good)
        for change in changes:
            change(raw)
        with self.assertRaises(definition.Wrong) as caught:
            definition.check(raw, self.catalogue)
        return caught.exception.errors

    def one(self, change: Callable[[dict], None]) -> str:
        """The only thing that is said."""
        [error] = self.errors(change)
        return error

    def test_percent_instead_of_a_share(self) -> None:
        self.assertEqual(
            self.one(lambda raw: raw["slos"][0].update(objective=99.9)),
            "slos.availability.objective: 99.9 is not allowed: a share from 0.5 to below 1: for 99.9 % write 0.999",
        )

    def test_the_budget_instead_of_the_objective(self) -> None:
        self.assertIn(
            "if 0.001 is the budget, write 0.999",
            self.one(lambda raw: raw["slos"][0].update(objective=0.001)),
        )

    def test_no_budget_at_all(self) -> None:
        for objective in (1, 100, "0.999", True, None):
            self.assertIn(
                "a share from 0.5 to below 1",
                self.one(lambda raw: raw["slos"][0].update(objective=objective)),
            )

    def test_an_objective_with_which_an_alert_could_never_fire(self) -> None:
        self.assertIn(
            "with 0.9 an alert at 14.4x could never fire: the objective must be over 0.9306",
            self.one(lambda raw: raw["slos"][1].update(objective=0.9)),
        )

    def test_an_unknown_metric(self) -> None:
        error = self.one(
            lambda raw: raw["slos"][0]["indicator"].update(histogram="http_server_request_duration_second")
        )
        self.assertIn("slos.availability.indicator.histogram", error)
        self.assertIn("(did you mean http_server_request_duration_seconds?)", error)

    def test_a_metric_of_another_kind(self) -> None:
        error = self.one(lambda raw: raw["slos"][2]["indicator"].update(gauge="sirius_visits_total"))
        self.assertIn("'sirius_visits_total' is not allowed: a gauge of docs/telemetry.md", error)

    def test_an_unknown_label(self) -> None:
        error = self.one(lambda raw: raw["slos"][0]["indicator"].update(where={"http_rout": ["/"]}))
        self.assertIn("slos.availability.indicator.where.http_rout", error)
        self.assertIn("(did you mean http_route?)", error)

    def test_a_threshold_that_is_no_bucket(self) -> None:
        error = self.one(lambda raw: raw["slos"][1]["indicator"].update(slower_than=0.12))
        self.assertIn(
            "0.12 is not allowed: one of the buckets of http_server_request_duration_seconds, 0.001", error
        )

    def test_an_unknown_window(self) -> None:
        error = self.one(lambda raw: raw["alerts"][0]["when"][0].update(short="10m"))
        self.assertEqual(
            error,
            "alerts[0].when[0].short: '10m' is not allowed: one of the windows, 5m, 30m, 1h, 2h, 6h, 1d, 3d, 30d",
        )

    def test_windows_that_overlap(self) -> None:
        errors = self.errors(lambda raw: raw["alerts"][0]["when"][1].update(long="1h"))
        self.assertEqual(
            errors,
            [
                "alerts: the long windows at 14.4x (1h) and 6x (1h) overlap: a slower burn must have longer windows"
            ],
        )
        errors = self.errors(lambda raw: raw["alerts"][0]["when"][0].update(short="1h"))
        self.assertIn(
            "alerts: at 14.4x the short window 1h overlaps the long one 1h: it must be shorter", errors
        )

    def test_windows_out_of_order_and_too_short(self) -> None:
        self.assertIn(
            "longer than the one before it, 1h",
            "\n".join(
                self.errors(
                    lambda raw: raw.update(windows=["5m", "1h", "30m", "2h", "6h", "1d", "3d", "30d"])
                )
            ),
        )
        self.assertIn(
            "at least four scrapes, 4m",
            "\n".join(
                self.errors(
                    lambda raw: raw.update(scrape_interval="1m"), lambda raw: raw["windows"].insert(0, "3m")
                )
            ),
        )

    def test_an_unknown_severity(self) -> None:
        self.assertIn(
            "'page' is not allowed: one of critical, warning, info",
            self.one(lambda raw: raw["alerts"][0].update(severity="page")),
        )

    def test_a_misspelt_key(self) -> None:
        errors = self.errors(lambda raw: raw["slos"][0].update(objektive=raw["slos"][0].pop("objective")))
        self.assertIn("slos.availability: objective is missing", errors)
        self.assertTrue(any("(did you mean objective?)" in error for error in errors), errors)

    def test_two_promises_of_one_name(self) -> None:
        self.assertIn(
            "slos: latency is there 2 times", self.errors(lambda raw: raw["slos"][0].update(name="latency"))
        )

    def test_all_at_once(self) -> None:
        errors = self.errors(
            lambda raw: raw["slos"][0].update(objective=99.9),
            lambda raw: raw["slos"][1]["indicator"].update(histogram="nothing"),
            lambda raw: raw["alerts"][1].update(severity="loud"),
            lambda raw: raw.update(period="a month"),
            lambda raw: raw["links"].update(grafana="localhost"),
        )
        for place in (
            "slos.availability.objective",
            "slos.latency.indicator.histogram",
            "alerts[1].severity",
            "period",
            "links.grafana",
        ):
            self.assertTrue(any(error.startswith(f"{place}: ") for error in errors), f"{place} in {errors}")

    def test_what_is_no_definition(self) -> None:
        for raw in (None, [], "slos"):
            with self.assertRaises(definition.Wrong):
                definition.check(raw, self.catalogue)

"""The rules in promtool: each alert fires, is quiet just below, survives a gap and a restart, and resolves."""

import subprocess
import unittest
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import yaml

from generate.durations import seconds
from servers.process import scratch_folder
from servers.tools import REPOSITORY, tool

from .cases import FIRES, QUIET, RULES, Case, alert_rules, cases

ASPECTS = ("fires", "quiet", "gap", "restart")
# No one fires it, and it never ends: there is nothing just below.
ALWAYS = "Watchdog"


class Rules(unittest.TestCase):
    """alerts/rules with the cases of alerts/tests."""

    def test_promtool_takes_them(self) -> None:
        result = promtool("check", "rules", "--lint=all", "--lint-fatal", *sorted(RULES.glob("*.yaml")))
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)

    def test_every_case(self) -> None:
        files = test_files(scratch_folder())
        self.assertTrue(files)
        with ThreadPoolExecutor(max_workers=2) as workers:
            results = list(workers.map(lambda path: promtool("test", "rules", path), files))
        failures = [result.stdout + result.stderr for result in results if result.returncode]
        if failures:
            self.fail("\n".join(failures))

    def test_a_total_outage_pages_within_five_minutes(self) -> None:
        config = yaml.safe_load((REPOSITORY / "alerts/alertmanager.yml").read_text())
        [page] = [route for route in config["route"]["routes"] if route["receiver"] == "page"]
        left = 5 * 60 - seconds(page["group_wait"])
        outages = [case for case in cases() if case.outage is not None]
        # Errors, no answer to scrapes, no targets, and seen from outside.
        self.assertEqual(len({case.alert for case in outages}), 4)
        rules = alert_rules()
        for case in outages:
            with self.subTest(case.alert):
                self.assertEqual(rules[case.alert][1]["labels"]["severity"], "critical")
                self.assertLessEqual(case.moments(FIRES)[0] - case.outage, left)

    def test_every_alert_has_every_case(self) -> None:
        by_alert = defaultdict(dict)
        for case in cases():
            by_alert[case.alert][case.name] = case
        self.assertEqual(sorted(by_alert), sorted(alert_rules()), "alerts/tests has a case for each alert")
        for alert, named in by_alert.items():
            if alert == ALWAYS:
                continue
            with self.subTest(alert):
                for aspect in ASPECTS:
                    self.assertIn(aspect, named)
                self.assertTrue(resolves(named["fires"]), "it fires, and later it is quiet")
                self.assertFalse(named["quiet"].moments(FIRES))
                self.assertGreaterEqual(len(named["gap"].expect), 3, "before, within and after the gap")
                self.assertGreaterEqual(len(named["restart"].expect), 2, "before and after the restart")


def resolves(case: Case) -> bool:
    """Whether a case sees the alert fire and then end."""
    fires, quiet = case.moments(FIRES), case.moments(QUIET)
    return bool(fires and quiet) and max(quiet) > max(fires)


def test_files(folder: Path) -> list[Path]:
    """Files of promtool: one for each alert and each pace, with no more rules than the alert is made of."""
    rules, groups = alert_rules(), defaultdict(list)
    for case in cases():
        groups[case.alert, case.every].append(case.in_promtool(rules[case.alert][1]))
    paths = []
    for (alert, every), tests in groups.items():
        file, rule = rules[alert]
        paths.append(folder / f"{alert}-{every}-test.yaml")
        part = folder / f"{alert}-{file}"
        rule_file = needed(yaml.safe_load((RULES / file).read_text()), rule)
        part.write_text(yaml.safe_dump(rule_file))
        whole = {
            "rule_files": [str(part)],
            "evaluation_interval": every,
            # Otherwise an order by chance, by which an alert is an evaluation behind what is recorded, or is not.
            "group_eval_order": [group["name"] for group in rule_file["groups"]],
            "tests": tests,
        }
        paths[-1].write_text(yaml.safe_dump(whole, sort_keys=False, width=1000))
    return paths


def needed(whole: dict, alert: dict) -> dict:
    """The alert, and what is recorded of its objective."""
    slo = alert["labels"].get("slo")
    for group in whole["groups"]:
        group["rules"] = [
            rule
            for rule in group["rules"]
            if rule == alert or (slo and "record" in rule and rule["labels"]["slo"] == slo)
        ]
    return {"groups": [group for group in whole["groups"] if group["rules"]]}


def promtool(*arguments: object) -> subprocess.CompletedProcess:
    """Runs it."""
    command = [str(each) for each in (tool("promtool"), *arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=300)

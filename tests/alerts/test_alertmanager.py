"""alertmanager.yml, as amtool reads it: whom each alert reaches, and what is missing of the secrets."""

import re
import subprocess
import unittest
from pathlib import Path

import yaml

from servers.process import scratch_folder
from servers.tools import REPOSITORY, tool

from .cases import FIRES, alert_rules, cases

CONFIG = REPOSITORY / "alerts/alertmanager.yml"
RECEIVERS = {"critical": "page", "warning": "ticket", "info": "nobody", "none": "dead-mans-switch"}
SECRETS = {
    "pagerduty-routing-key": "0123456789abcdef0123456789ABCDEF",
    "slack-webhook-url": "https://hooks.slack.com/services/T0/B0/secret",
    "webhook-url": "https://tickets.example.org/alerts?token=secret",
    "dead-mans-switch-url": "https://switch.example.org/secret",
}


def amtool(*arguments: object) -> subprocess.CompletedProcess:
    """Runs it."""
    return subprocess.run(
        [str(each) for each in (tool("amtool"), *arguments)], capture_output=True, text=True, timeout=60
    )


class Routing(unittest.TestCase):
    """Whom an alert reaches."""

    def test_amtool_takes_the_configuration(self) -> None:
        result = amtool("check-config", CONFIG)
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        self.assertIn("1 templates", result.stdout)

    def test_every_alert_reaches_whom_it_should(self) -> None:
        rules = alert_rules()
        for case in (case for case in cases() if case.moments(FIRES)):
            labels = {"alertname": case.alert, **case.labels, **rules[case.alert][1]["labels"]}
            with self.subTest(labels):
                result = amtool(
                    "config",
                    "routes",
                    "test",
                    f"--config.file={CONFIG}",
                    f"--verify.receivers={RECEIVERS[labels['severity']]}",
                    *(f"{name}={value}" for name, value in labels.items()),
                )
                self.assertEqual(result.returncode, 0, result.stdout + result.stderr)

    def test_what_is_not_ours_pages_nobody(self) -> None:
        result = amtool(
            "config", "routes", "test", f"--config.file={CONFIG}", "--verify.receivers=nobody", "alertname=X"
        )
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)

    def test_nights_and_weekends_hold_up_tickets_only(self) -> None:
        routes = yaml.safe_load(CONFIG.read_text())["route"]["routes"]
        muted = {route["receiver"]: route.get("mute_time_intervals", []) for route in routes}
        self.assertEqual(muted, {"dead-mans-switch": [], "page": [], "ticket": ["nights", "weekends"]})

    def test_inhibition_names_alerts_that_there_are(self) -> None:
        alerts = set(alert_rules())
        for rule in yaml.safe_load(CONFIG.read_text())["inhibit_rules"]:
            for matcher in rule["source_matchers"] + rule["target_matchers"]:
                [pattern] = re.findall(r'alertname (?:=|=~|!~) "(.*)"', matcher)
                # Each alternative on its own, so that none of them is a name that has gone.
                for alternative in re.split(r"\|(?![^(]*\))", pattern):
                    self.assertTrue(any(re.fullmatch(alternative, alert) for alert in alerts), alternative)


class Secrets(unittest.TestCase):
    """alerts/check-secrets."""

    def setUp(self) -> None:
        self.folder = scratch_folder()

    def check(self, **changes: str | None) -> subprocess.CompletedProcess:
        """What it says when all secrets are there but for the changes; None takes one away."""
        for name, content in {
            **SECRETS,
            **{key.replace("_", "-"): each for key, each in changes.items()},
        }.items():
            if content is None:
                (self.folder / name).unlink(missing_ok=True)
            else:
                (self.folder / name).write_text(content)
        return subprocess.run(
            [REPOSITORY / "alerts/check-secrets", "--secrets", self.folder], capture_output=True, text=True
        )

    def test_all_are_there(self) -> None:
        result = self.check()
        self.assertEqual((result.returncode, result.stdout), (0, "All 4 secrets are there.\n"), result.stderr)

    def test_all_that_is_wrong_is_said_at_once_and_what_is_allowed(self) -> None:
        result = self.check(
            pagerduty_routing_key=None, slack_webhook_url="hooks.slack.com/secret", webhook_url="\n"
        )
        self.assertEqual(result.returncode, 1)
        self.assertEqual(
            result.stderr.splitlines(),
            [
                "/etc/alertmanager/secrets/pagerduty-routing-key (routing_key_file): is missing: a file with the 32 "
                "letters and digits of an integration key, Events API v2",
                "/etc/alertmanager/secrets/slack-webhook-url (api_url_file): has 22 characters of another form: allowed "
                "is one address that begins with https:// (or http://)",
                "/etc/alertmanager/secrets/webhook-url (url_file): is empty: allowed is one address that begins with "
                "https:// (or http://)",
                "3 of 4 secrets are not there as they should be.",
                "Who has no use for a receiver removes it from alertmanager.yml.",
            ],
        )
        self.assertNotIn("secret\n", result.stderr + result.stdout)

    def test_the_secrets_are_those_of_the_configuration(self) -> None:
        named = {Path(path).name for path in re.findall(r"_file: (\S+)", CONFIG.read_text())}
        self.assertEqual(named, set(SECRETS))

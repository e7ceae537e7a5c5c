"""Where dashboards lead: every dashboard and runbook that is linked to exists, and the time goes along."""

import re
import unittest
from urllib.parse import parse_qs

from generate import burn, catalogue, causes, definition
from generate.durations import Clock

from .committed import REPOSITORY, dashboards, panels

RUNBOOKS = REPOSITORY / "docs/runbooks"
RUNBOOK = re.compile(r"\$\{runbooks\}/(\w+|\$\{__value\.raw\})\.md$")
DASHBOARD = re.compile(r"/d/([a-z-]+)(?:\?(.*))?$")


class Links(unittest.TestCase):
    """Every link of every panel and dashboard."""

    def test_links_lead_to_dashboards_and_runbooks_that_there_are(self) -> None:
        alerts = set(_alerts())
        for panel in panels():
            for link in panel.links:
                with self.subTest(str(panel), link=link["url"]):
                    if match := RUNBOOK.search(link["url"]):
                        self.assertIn(match[1], alerts | {"${__value.raw}"})
                        self.assertTrue(match[1] not in alerts or (RUNBOOKS / f"{match[1]}.md").is_file())
                    else:
                        match = DASHBOARD.match(link["url"])
                        self.assertTrue(match)
                        self.assertIn(match[1], dashboards())

    def test_links_to_runbooks_have_the_alerts_name(self) -> None:
        for panel in panels():
            for link in panel.raw.get("links", []):
                if match := RUNBOOK.search(link["url"]):
                    with self.subTest(str(panel)):
                        self.assertEqual(link["title"], match[1])

    def test_links_to_dashboards_keep_the_time_and_what_was_chosen(self) -> None:
        for panel in panels():
            for link in panel.links:
                if match := DASHBOARD.match(link["url"]):
                    with self.subTest(str(panel), link=link["url"]):
                        self.assertTrue(match[2].startswith("${__url_time_range}&${__all_variables}"))
        for name, dashboard in dashboards().items():
            for link in dashboard["links"]:
                if link.get("url") != "${runbooks}":
                    with self.subTest(name, link=link["title"]):
                        self.assertTrue(link["keepTime"] and link["includeVars"])

    def test_variables_that_links_set_are_there(self) -> None:
        for panel in panels():
            for link in panel.links:
                match = DASHBOARD.match(link["url"])
                for name in parse_qs(match[2].partition("${__all_variables}")[2]) if match else []:
                    there = {each["name"] for each in dashboards()[match[1]]["templating"]["list"]}
                    with self.subTest(str(panel), link=link["url"]):
                        self.assertIn(name.removeprefix("var-"), there)

    def test_every_dashboard_can_be_reached_and_left(self) -> None:
        for name, dashboard in dashboards().items():
            linked = {link.get("url") for link in dashboard["links"]}
            every = [link for link in dashboard["links"] if link["type"] == "dashboards"]
            with self.subTest(name):
                self.assertEqual([link["tags"] for link in every], [["sirius"]])
                self.assertNotIn(f"/d/{name}", linked)


class Alerts(unittest.TestCase):
    """Alerts and the dashboards that they lead to."""

    def test_every_alert_has_a_panel_on_the_dashboard_that_it_leads_to(self) -> None:
        shown = {
            (panel.dashboard, link["title"])
            for panel in panels()
            for link in panel.raw.get("links", [])
            if RUNBOOK.search(link["url"])
        }
        for alert, dashboard in _alerts().items():
            with self.subTest(alert):
                self.assertIn((dashboard, alert), shown)

    def test_what_an_alert_sets_is_a_variable_of_its_dashboard(self) -> None:
        for alert, address in _addresses().items():
            dashboard = re.search(r"/d/([a-z-]+)\?", address)[1]
            there = {each["name"] for each in dashboards()[dashboard]["templating"]["list"]}
            with self.subTest(alert):
                self.assertLessEqual(set(re.findall(r"&var-(\w+)=", address)), there)


def _alerts() -> dict[str, str]:
    """The dashboard that each alert leads to, by the alert's name."""
    return {alert: re.search(r"/d/([a-z-]+)\?", address)[1] for alert, address in _addresses().items()}


def _addresses() -> dict[str, str]:
    """The address of the dashboard that each alert leads to, as the rule has it."""
    known = definition.read(catalogue.read())
    groups = burn.groups(known, Clock())
    for path in sorted(causes.FOLDER.glob("*.yaml")):
        groups += causes.groups(known, Clock(), path)
    return {
        rule["alert"]: rule["annotations"]["dashboard_url"]
        for group in groups
        for rule in group["rules"]
        if "alert" in rule
    }

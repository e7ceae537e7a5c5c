"""One incident, from Sirius to those whom it reaches: real Prometheus, real Alertmanager, times a sixtieth."""

import time
import unittest

import yaml

from generate import __main__ as command
from generate import definition, drill
from generate.catalogue import read
from generate.durations import Clock
from servers.alertmanager import Alertmanager, check_configuration
from servers.process import scratch_folder, wait_for
from servers.prometheus import Prometheus
from servers.receivers import Mailbox, Received, Receiver
from servers.sirius import Sirius

FACTOR = 60
# Nobody is patient in vain but on a busy machine: what is waited for comes within a few seconds.
SECONDS = 90
ANNOTATIONS = {
    "summary": "Users notice nothing, but 7 records were lost",
    "description": "Sirius made them and they did not arrive.",
    "runbook_url": "https://git.example.org/runbooks/SiriusTelemetryDropped.md",
    "dashboard_url": "http://localhost:3000/d/sirius-telemetry?from=1&to=now&var-job=sirius",
}


class Incident(unittest.TestCase):
    """Sirius dies, and comes back."""

    @classmethod
    def setUpClass(cls) -> None:
        folder = scratch_folder()
        cls.receiver, cls.mailbox = Receiver(), Mailbox()
        cls.alertmanager = Alertmanager(folder, cls._configuration(folder))
        cls.sirius = Sirius(folder)
        rules = folder / "rules"
        rules.mkdir()
        for name, text in command.rule_files(definition.read(read()), Clock(FACTOR)).items():
            (rules / name).write_text(text)
        address = "{}:{}".format(*cls.alertmanager.address)
        alerting = {"alertmanagers": [{"static_configs": [{"targets": [address]}]}]}
        more = {"rule_files": [f"{rules}/*.yaml"], "alerting": alerting}
        cls.prometheus = Prometheus(folder, cls.sirius.admin_address, more)
        for server in (cls.sirius, cls.alertmanager, cls.prometheus):
            server.launch()
        for server in (cls.sirius, cls.alertmanager, cls.prometheus):
            server.wait()

    @classmethod
    def _configuration(cls, folder):  # noqa: ANN001, ANN206 (paths)
        secrets = folder / "secrets"
        secrets.mkdir()
        (secrets / "pagerduty-routing-key").write_text("0123456789abcdef0123456789abcdef")
        for name, path in [
            ("slack-webhook", "slack"),
            ("webhook", "webhook"),
            ("dead-mans-switch", "switch"),
        ]:
            (secrets / f"{name}-url").write_text(f"{cls.receiver.url}/{path}")
        made = drill.configuration(
            Clock(FACTOR), secrets, cls.mailbox.address, f"{cls.receiver.url}/v2/enqueue"
        )
        path = folder / "alertmanager.yml"
        path.write_text(yaml.safe_dump(made))
        return path

    def test_a_dead_service_is_one_page_and_comes_back(self) -> None:
        self.assertEqual(check_configuration(self.alertmanager.log.parent / "alertmanager.yml"), "")
        self._wait_for("/switch", "the dead-man's switch to be called")
        self._wait_until_seen()
        self.sirius.kill()
        pages = self._wait_for("/v2/enqueue", "a page")
        # While nothing answers, what follows from it is told to nobody; of another service it is.
        for job in ("sirius", "another"):
            labels = {"alertname": "SiriusTelemetryDropped", "severity": "warning", "job": job}
            self.alertmanager.add(labels, ANNOTATIONS)
        wait_for("a mail of the other service", SECONDS, lambda: self.mailbox.mails)
        # Longer than a group waits with its next word.
        time.sleep(8)
        self._one_page(pages)
        self.assertEqual(
            [mail["Subject"] for mail in self.mailbox.mails], [f"TICKET {ANNOTATIONS['summary']} [another]"]
        )
        self._reads_well(self.mailbox.mails[0].get_body(("html",)).get_content())
        self.sirius.start()
        wait_for("the end", SECONDS, lambda: self._of("/webhook", "SiriusDown", "resolved"))
        self._over()

    def _wait_until_seen(self) -> None:
        wait_for("Prometheus to see it", SECONDS, lambda: self.prometheus.query('up{job="sirius"} == 1'))
        firing = self.prometheus.query('ALERTS{alertstate="firing", alertname!="Watchdog"}')
        self.assertEqual(firing, [], "while it is well, nobody is told anything")
        self.assertEqual(self.receiver.at("/v2/enqueue"), [])

    def _one_page(self, pages: list[Received]) -> None:
        self.assertEqual(len(self.receiver.at("/v2/enqueue")), 1, "one incident is one page")
        self.assertEqual(len(self._of("/webhook", "SiriusDown", "firing")), 1)
        title = "PAGE Nobody is served: none of the 1 replicas of sirius answers [sirius]"
        payload = pages[0].body["payload"]
        self.assertEqual((payload["summary"], payload["severity"]), (title, "critical"))
        links = {link["text"]: link["href"] for link in pages[0].body["links"]}
        self.assertRegex(links["Runbook"], r"^https://.*/docs/runbooks/SiriusDown\.md$")
        self.assertRegex(links["Dashboard"], r"^http.*/d/sirius-overview\?from=\d{13}&to=now&var-job=sirius$")
        self.assertIn("What to do: https://", payload["custom_details"]["what"])
        [slack] = self._slack("SiriusDown")
        self.assertEqual((slack["title"], slack["color"]), (title, "#c62828"))
        self.assertRegex(slack["text"], r"since \d\d:\d\d UTC · `SiriusDown`")
        self.assertRegex(slack["text"], r"<https://\S+/SiriusDown\.md\|What to do> · <http\S+\|Dashboard>")
        self._reads_well(slack["text"] + payload["custom_details"]["what"])

    def _over(self) -> None:
        resolved = wait_for(
            "PagerDuty to hear of it",
            SECONDS,
            lambda: [
                each for each in self.receiver.at("/v2/enqueue") if each.body["event_action"] == "resolve"
            ],
        )
        self.assertEqual(resolved[0].body["dedup_key"], self.receiver.at("/v2/enqueue")[0].body["dedup_key"])
        said = wait_for("Slack to hear of it", SECONDS, lambda: self._slack("SiriusDown")[1:])
        self.assertRegex(said[0]["title"], r"^OVER SiriusDown, after \S.* \[sirius\]$")
        self.assertEqual(said[0]["color"], "#2e7d32")

    def _reads_well(self, text: str) -> None:
        for rubbish in ("<no value>", "{{", "ZgotmplZ", "&amp;amp;", "%!"):
            self.assertNotIn(rubbish, text)

    def _slack(self, alert: str) -> list[dict]:
        attachments = [each.body["attachments"][0] for each in self.receiver.at("/slack")]
        return [each for each in attachments if alert in each["text"]]

    def _of(self, path: str, alert: str, status: str) -> list[Received]:
        return [
            each
            for each in self.receiver.at(path)
            if each.body["status"] == status and each.body["alerts"][0]["labels"]["alertname"] == alert
        ]

    def _wait_for(self, path: str, what: str) -> list[Received]:
        return wait_for(what, SECONDS, lambda: self.receiver.at(path))

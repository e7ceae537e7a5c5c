"""`make drill NAME=...`: breaks something, waits for the page, follows its runbook, mends it, waits for the end."""

import argparse
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import yaml

from generate import __main__ as rules
from generate.catalogue import REPOSITORY
from generate.durations import Clock, seconds
from servers.process import Failure, leave_on_signals, wait_for

from .drills import DRILLS, Drill
from .page import on_a_phone
from .people import People
from .picture import draw
from .stack import SWITCH_SECONDS, Stack

PATIENCE_SECONDS = 240
AFTERWARDS_SECONDS = 10
FAILED = (
    'sum(rate(http_server_request_duration_seconds_count{job="sirius", http_response_status_code=~"5.."}[5s]) or vector(0))'
    ' / sum(rate(http_server_request_duration_seconds_count{job="sirius", http_route!="/metrics"}[5s]))'
)
# An alert that nobody repeats is over after four times the delay of repeating, a minute: Prometheus' own arithmetic.
FORGOTTEN = "4m"


def main() -> int:
    """Runs one, or all."""
    parser = argparse.ArgumentParser(prog="make drill", description=__doc__)
    parser.add_argument(
        "name", choices=[*DRILLS, "all"], metavar="NAME", help=f"one of {', '.join(DRILLS)}, or all"
    )
    parser.add_argument(
        "--factor", type=float, default=60, help="how many times shorter the times of alerts are"
    )
    parser.add_argument("--offset", type=int, default=0, help="a number that is added to every port")
    parser.add_argument(
        "--wait", action="store_true", help="look around before it is mended, until Enter is pressed"
    )
    parser.add_argument(
        "--picture", type=Path, help="draw what happened, over the share of failed requests (SVG)"
    )
    options = parser.parse_args()
    leave_on_signals()
    chosen = DRILLS.values() if options.name == "all" else [DRILLS[options.name]]
    failed = [drill.name for drill in chosen if not _run(drill, options)]
    if failed:
        print(f"These did not go as they should: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


def _run(drill: Drill, options: argparse.Namespace) -> bool:
    with tempfile.TemporaryDirectory(prefix="sirius-drill-") as folder:
        try:
            stack = Stack(Path(folder), options.factor, options.offset, drill.replicas, drill.has_disk)
        except Failure as failure:
            print(failure, file=sys.stderr)
            return False
        try:
            print(
                f"Drill {drill.name}: starting the stack, its times {options.factor:g} times shorter.",
                flush=True,
            )
            stack.start()
            with People(stack, drill.requests, drill.rate):
                course = Course(stack, drill, options.wait)
                course.run()
            if options.picture:
                course.draw(options.picture)
            stack.stop()
        except Failure as failure:
            print(failure, file=sys.stderr)
            return False
        finally:
            for server in stack.servers():
                server.kill()
    return True


class Course:
    """One drill, from its cause to the end."""

    def __init__(self, stack: Stack, drill: Drill, wait: bool) -> None:
        """`wait` is for people who want to look around."""
        self.stack, self.drill, self.wait = stack, drill, wait
        self.begun = time.time()
        #: Seconds after the cause, and what happened.
        self.events: list[tuple[float, str]] = []

    def run(self) -> None:
        """All of it. Raises Failure when something does not come."""
        self.break_it()
        if self.drill.alert == "Watchdog":
            self._switch()
        else:
            self._page()

    def break_it(self) -> None:
        """Waits until all is well, and breaks it."""
        for name, address in self.stack.addresses().items():
            print(f"    {name:<18} {address}")
        time.sleep(self.drill.healthy_seconds)
        wait_for(
            f"{self.drill.alert} not to fire yet",
            PATIENCE_SECONDS,
            lambda: self.drill.alert not in self._firing(),
        )
        if firing := self._firing():
            # On a busy machine, mostly that answers are slow.
            print(f"    Before anything is broken this fires already: {', '.join(sorted(firing))}")
        wait_for(
            "the dead-man's switch to be called", 30, lambda: self.stack.receiver.at("/dead-mans-switch")
        )
        self.begun = time.time()
        self.drill.inject(self.stack)
        self._say(f"cause: {self.drill.cause}")

    def page(self) -> dict:
        """Waits for the alert and for what the webhook gets of it, and gives that."""
        alert = self.drill.alert
        self._until(f"{alert} is firing", lambda: alert in self._firing())
        took = self._until("a notification has come", lambda: self._received("firing"))
        page = self._received("firing")[0]
        print(f"\n{on_a_phone(page)}\n")
        low, high = predicted(self.drill, self.stack.clock)
        print(f"    from cause to page {took:.0f} s, the arithmetic says {low:.0f} to {high:.0f} s;", end=" ")
        low, high = predicted(self.drill, Clock())
        print(f"in earnest {low:.0f} to {high:.0f} s\n")
        return page

    def _page(self) -> None:
        self.page()
        self._diagnose()
        self._mend()
        self._until("it is over, and everybody was told", lambda: self._received("resolved"))

    def _switch(self) -> None:
        took = self._until("the dead-man's switch rings", lambda: self.stack.ringing)
        clock = self.stack.clock
        print(
            f"\n    from cause to ringing {took:.0f} s, the arithmetic says "
            f"{SWITCH_SECONDS / clock.factor:.0f} to {SWITCH_SECONDS / clock.factor + clock.seconds(FORGOTTEN) + 2:.0f} s; "
            f"in earnest {SWITCH_SECONDS} to {SWITCH_SECONDS + seconds(FORGOTTEN) + 60:.0f} s\n"
        )
        self._diagnose()
        self._mend()
        self._until("the switch is called again", lambda: not self.stack.ringing)

    def _mend(self) -> None:
        if self.wait:
            input("    Look around; Enter mends it. ")
        self.drill.lift(self.stack)
        self._say("mended")

    def _diagnose(self) -> None:
        """What the runbook says under Confirm."""
        text = (REPOSITORY / f"docs/runbooks/{self.drill.alert}.md").read_text()
        confirm = text.partition("## Confirm\n")[2].partition("\n## ")[0]
        print(f"    docs/runbooks/{self.drill.alert}.md, Confirm:\n")
        for language, block in re.findall(r"^```(promql|sh)\n(.*?)^```$", confirm, re.MULTILINE | re.DOTALL):
            print(_indented(block, "    > "))
            try:
                print(_indented(self._ask(block) if language == "promql" else self._shell(block), "      "))
            except (OSError, Failure) as error:
                print(f"      {type(error).__name__}: {error}")
            print()

    def _ask(self, query: str) -> str:
        rows = [f"{row['metric'] or ''} {row['value'][1]}" for row in self.stack.prometheus.query(query)]
        return "\n".join(rows[:5]) or "nothing"

    def _shell(self, block: str) -> str:
        for usual, here in {
            "http://127.0.0.1:8080": self.stack.sirius[0].url,
            "http://127.0.0.1:8081": self.stack.sirius[0].admin_url,
            "http://127.0.0.1:9090": self.stack.prometheus.url,
            "http://127.0.0.1:9093": self.stack.alertmanager.url,
        }.items():
            block = block.replace(usual, here)
        result = subprocess.run(["bash", "-c", block], capture_output=True, text=True, timeout=30)
        return (result.stdout + result.stderr).strip()

    def _until(self, what: str, happened: Callable[[], object]) -> float:
        """Waits for it, says when it was, and gives the seconds since the cause."""
        wait_for(what, PATIENCE_SECONDS, happened)
        return self._say(what)

    def _say(self, what: str) -> float:
        after = time.time() - self.begun
        print(f"    {after:6.1f} s  {what}", flush=True)
        self.events.append((after, what))
        return after

    def draw(self, path: Path) -> None:
        """The course as a picture, with half a minute of what followed."""
        time.sleep(AFTERWARDS_SECONDS)
        rows = self.stack.prometheus.query_range(FAILED, self.begun - 20, time.time(), 1)
        curve = [(float(at) - self.begun, float(value)) for at, value in rows[0]["values"] if value != "NaN"]
        title = f"{self.drill.name}: {self.drill.cause}"
        draw(
            path,
            title,
            curve,
            self.events,
            f"Share of requests that fail; times are {self.stack.factor:g} times shorter",
        )

    def _firing(self) -> set[str]:
        firing = self.stack.prometheus.query(
            'ALERTS{alertstate="firing", alertname!="Watchdog", severity!="info"}'
        )
        return {each["metric"]["alertname"] for each in firing}

    def _received(self, status: str) -> list[dict]:
        return [
            each.body
            for each in self.stack.receiver.at("/webhook")
            if each.at > self.begun
            and each.body["status"] == status
            and any(alert["labels"]["alertname"] == self.drill.alert for alert in each.body["alerts"])
        ]


def predicted(drill: Drill, clock: Clock) -> tuple[float, float]:
    """From cause to page, in seconds: at least, and at most when it just misses a scrape and an evaluation."""
    groups = [
        group for path in rules.RULES.glob("*.yaml") for group in yaml.safe_load(path.read_text())["groups"]
    ]
    [rule] = [rule for group in groups for rule in group["rules"] if rule.get("alert") == drill.alert]
    routes = yaml.safe_load((REPOSITORY / "alerts/alertmanager.yml").read_text())["route"]["routes"]
    severity = f'severity = "{rule["labels"]["severity"]}"'
    [route] = [route for route in routes if severity in route["matchers"]]
    window = clock.seconds(drill.window)
    if clock.factor > 1 and drill.without_history is not None:
        window = drill.without_history
    waits = sum(clock.seconds(each) for each in (rule.get("for", "0s"), route["group_wait"]))
    least = drill.own_seconds + window + waits
    return least, least + clock.seconds("15s") + clock.seconds("30s")


def _indented(text: str, by: str) -> str:
    return "\n".join(by + line for line in text.strip().splitlines())


if __name__ == "__main__":
    sys.exit(main())

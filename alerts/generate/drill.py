"""alertmanager.yml for a drill or a test: times as short as those of the rules, and receivers on this machine.

`python -m generate.drill --factor 60 --secrets FOLDER --mail HOST:PORT --pagerduty URL OUTPUT`. It is the configuration
itself, changed in these places and no other; so what a drill delivers is what an incident would.
"""

import argparse
import sys
from pathlib import Path

import yaml

from .catalogue import REPOSITORY
from .durations import Clock

CONFIG = REPOSITORY / "alerts/alertmanager.yml"
_SECRETS = "/etc/alertmanager/secrets"
_TIMES = ("group_wait", "group_interval", "repeat_interval")


def configuration(clock: Clock, secrets: Path, mail: str, pagerduty: str) -> dict:
    """What Alertmanager is to be given. `secrets` is the folder of the secrets, `mail` takes SMTP without TLS."""
    text = (
        CONFIG.read_text()
        .replace(_SECRETS, str(secrets))
        .replace("templates/", f"{CONFIG.parent}/templates/")
    )
    config = yaml.safe_load(text)
    config["global"] |= {"smtp_smarthost": mail, "smtp_require_tls": False, "pagerduty_url": pagerduty}
    for route in config["route"]["routes"]:
        route |= {name: clock.text(route[name]) for name in _TIMES if route.get(name, "0s") != "0s"}
        # A drill is at any time of the day.
        route.pop("mute_time_intervals", None)
    return config


def main() -> int:
    """Writes it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--factor", type=float, default=1, help="how many times shorter all times are")
    parser.add_argument("--secrets", type=Path, required=True, help="the folder of the secrets")
    parser.add_argument("--mail", required=True, help="who takes mails, without TLS: host:port")
    parser.add_argument("--pagerduty", required=True, help="who takes what PagerDuty would: an address")
    parser.add_argument("output", type=Path, help="the file to write")
    options = parser.parse_args()
    made = configuration(Clock(options.factor), options.secrets.resolve(), options.mail, options.pagerduty)
    options.output.write_text(yaml.safe_dump(made, sort_keys=False))
    return 0


if __name__ == "__main__":
    sys.exit(main())

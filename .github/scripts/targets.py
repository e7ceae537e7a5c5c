#!/usr/bin/env python3
"""Prints where a commit on main is to be deployed, as JSON: ["dev"], ["dev", "prod"] or [].

    targets.py MESSAGE < PATHS

MESSAGE is the commit's whole message, PATHS are the files that differ from what dev has, a line each. dev gets whatever changes
the image or a chart, and what says [dev]; prod gets what says [prod], by way of dev. That prod is approved by a person is
no matter of this script: the job waits for it, whatever a message says.
"""

import json
import re
import sys

# What an image or a release of the charts is made of.
DEPLOYED = re.compile(r"(src|assets|templates|migrations|charts|dashboards|alerts)/|Cargo\.(toml|lock)$|Dockerfile$|deploy/image/")


def targets(message: str, paths: list[str]) -> list[str]:
    """The environments, in the order of deployment."""
    marks = set(re.findall(r"\[(dev|prod)\]", message))
    if "prod" in marks:
        return ["dev", "prod"]
    return ["dev"] if "dev" in marks or any(DEPLOYED.match(path) for path in paths) else []


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    print(json.dumps(targets(sys.argv[1], sys.stdin.read().splitlines())))

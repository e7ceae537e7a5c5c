"""The settings of docs/configuration.md as a JSON schema, so that a typo in `config` is refused before anything starts.

The document is generated from the code, which checks everything again: where a kind of value is described in words that
are not known here, any text is let through.
"""

import re
from collections.abc import Iterator

from servers.tools import REPOSITORY

DOCUMENT = REPOSITORY / "docs" / "configuration.md"

_DURATION = {"type": "string", "pattern": "^[0-9]+(ms|s|m|h|d)$"}
_SIZE = {"type": ["string", "integer"], "pattern": "^[0-9]+ ?(B|[KMGT]iB|[kMGT]B)?$", "minimum": 0}


def settings() -> Iterator[tuple[str, str, str]]:
    """Each setting's key, its sentence and what is allowed."""
    section = ""
    for line in DOCUMENT.read_text().splitlines():
        if match := re.fullmatch(r"### `\[(.+)\]`", line):
            section = match[1]
        elif section and (match := re.fullmatch(r"\| `(\w+)` \| (.+?) \| (.+) \| (.+) \|", line)):
            yield f"{section}.{match[1]}", match[3], match[4]


def schema() -> dict:
    """Of `config`."""
    root = _section()
    for key, sentence, allowed in settings():
        *path, name = key.split(".")
        at = root
        for part in path:
            at = at["properties"].setdefault(part, _section())
        # Null takes a default of the chart away.
        at["properties"][name] = {"description": sentence, "anyOf": [value(allowed), {"type": "null"}]}
    return root


def value(allowed: str) -> dict:
    """The schema of one setting."""
    if match := re.match(r"a whole number from (\d+) to (\d+)", allowed):
        return {"type": "integer", "minimum": int(match[1]), "maximum": int(match[2])}
    if allowed.startswith("a number from 0 to 1"):
        return {"type": "number", "minimum": 0, "maximum": 1}
    if allowed == "true or false":
        return {"type": "boolean"}
    if allowed.startswith("one of "):
        return {"enum": re.findall(r'"([^"]+)"', allowed)}
    if allowed.startswith("a duration from "):
        return _DURATION
    if allowed.startswith("a size from "):
        return _SIZE
    return {"type": "string", "minLength": 1}


def _section() -> dict:
    return {"type": "object", "additionalProperties": False, "properties": {}}

"""Whether there is a Sirius where the load is to go."""

import json
import urllib.error
import urllib.request
from urllib.parse import urlsplit

from .settings import Refused, is_loopback

_TIMEOUT_SECONDS = 5
_LARGEST_DOCUMENT = 4_000_000


def check(origin: str) -> None:
    """Asks for its OpenAPI document, which counts no visit. Raises Refused."""
    # Whatever proxy is set does not know the way to this machine.
    proxies = {} if is_loopback(urlsplit(origin).hostname or "") else None
    opener = urllib.request.build_opener(urllib.request.ProxyHandler(proxies), _NoRedirects)
    try:
        with opener.open(f"{origin}/openapi.json", timeout=_TIMEOUT_SECONDS) as answer:
            document = json.loads(answer.read(_LARGEST_DOCUMENT))
        found = document["info"]["title"]
    except urllib.error.HTTPError as answer:
        raise Refused(
            f"TARGET {origin} is not a Sirius: it answers /openapi.json with {answer.code}."
        ) from None
    except OSError as error:
        reason = getattr(error, "reason", error)
        raise Refused(
            f"TARGET {origin} does not answer ({reason}): start it, or correct the address."
        ) from None
    except (ValueError, KeyError, TypeError):
        raise Refused(f"TARGET {origin} is not a Sirius: its /openapi.json is no OpenAPI document.") from None
    if found != "Sirius":
        raise Refused(f"TARGET {origin} is not a Sirius but {found!r}.")


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """A redirect may lead to a host that was not allowed."""

    def redirect_request(self, *_: object) -> None:
        """Takes it as the answer."""

"""Where panels lead: to runbooks, to other dashboards, and from there to traces and lines.

All keep the time that is shown and what was chosen.
"""

from dataclasses import dataclass

from grafana_foundation_sdk.builders.dashboard import DashboardLink
from grafana_foundation_sdk.models.dashboard import DashboardLinkType

#: The dashboards, by their fixed addresses.
OVERVIEW = "sirius-overview"
SLO = "sirius-slo"
VISITS_IMAGES = "sirius-visits-images"
DATABASE = "sirius-database"
RUNTIME = "sirius-runtime"
TELEMETRY = "sirius-telemetry"
LOGS_TRACES = "sirius-logs-traces"
LOADTEST = "sirius-loadtest"

#: Where the runbooks are: the variable that every dashboard has, so that a fork changes one value.
RUNBOOKS = "${runbooks}"
_KEPT = "${__url_time_range}&${__all_variables}"


@dataclass(frozen=True)
class Link:
    """A title and an address."""

    title: str
    url: str
    elsewhere: bool = False

    def builder(self) -> DashboardLink:
        """As panels and series have it."""
        link = DashboardLink(self.title).type(DashboardLinkType.LINK).url(self.url)
        return link.target_blank(self.elsewhere)


def to(uid: str, title: str, **variables: str) -> Link:
    """To another dashboard; `variables` are set there."""
    more = "".join(f"&var-{name}={value}" for name, value in variables.items())
    return Link(title, f"/d/{uid}?{_KEPT}{more}")


def runbook(alert: str) -> Link:
    """To the runbook of an alert. The title is the alert's name: so a test knows which panels an alert has."""
    return Link(alert, f"{RUNBOOKS}/{alert}.md", elsewhere=True)


def lines_and_traces(label: str = "http_route") -> Link:
    """From a series of a route to the traces and lines of that route."""
    value = f"${{__field.labels.{label}:percentencode}}"
    return to(LOGS_TRACES, "Traces and lines of ${__field.labels." + label + "}", route=value)

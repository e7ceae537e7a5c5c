"""Where an alert leads: its runbook, and a dashboard with the time and the labels of the incident filled in."""

from .definition import Definition

# What was before the alert belongs to the picture, too.
BEFORE_SECONDS = 3600


def annotations(
    definition: Definition, alert: str, dashboard: str, labels: dict[str, str] | None = None
) -> dict[str, str]:
    """The two links. `labels` are further variables of the dashboard; a value may be a template."""
    before = f'{{{{ with query "1000 * (time() - {BEFORE_SECONDS})" }}}}{{{{ . | first | value | printf "%.0f" }}}}{{{{ end }}}}'
    variables = "".join(
        f"{{{{ with $labels.{name} }}}}&var-{name}={{{{ . | urlquery }}}}{{{{ end }}}}"
        for name in ("namespace", "job")
    )
    variables += "".join(f"&var-{name}={value}" for name, value in (labels or {}).items())
    return {
        "runbook_url": f"{definition.runbooks}/{alert}.md",
        "dashboard_url": f"{definition.grafana}/d/{dashboard}?from={before}&to=now{variables}",
    }

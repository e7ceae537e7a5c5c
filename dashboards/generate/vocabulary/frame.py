"""What is around the panels of every dashboard: what a person can choose, what is marked on the time axis, and the way
to the other dashboards."""

from grafana_foundation_sdk.builders import dashboard
from grafana_foundation_sdk.models import dashboard as models
from grafana_foundation_sdk.models.dashboard import VariableOption

from .layout import Section, put
from .links import LOGS_TRACES, OVERVIEW, RUNBOOKS, SLO
from .panels import LINES, METRICS
from .queries import JOBS, SCOPE
from .slo import defined

TAG = "sirius"
ALL = VariableOption(selected=True, text="All", value="$__all")


def page(
    uid: str,
    title: str,
    what_for: str,
    *sections: Section,
    choices: list | None = None,
    since: str = "now-1h",
) -> dashboard.Dashboard:
    """A dashboard. `choices` are variables of its own, after those that all have."""
    page = dashboard.Dashboard(f"Sirius / {title}").uid(uid).description(what_for).tags([TAG])
    page.time(since, "now").refresh("30s").timezone("browser").readonly()
    # One moment is marked on all panels at once.
    page.tooltip(models.DashboardCursorSync.CROSSHAIR)
    page.variables([*_sources(), *_scope(), *(choices or []), _runbooks()])
    page.annotations([_deployments(), _alerts()])
    page.links(_elsewhere(uid))
    put(page, list(sections))
    return page


def label_values(name: str, label: str, query: str, what: str, all_value: str | None = None) -> dashboard.QueryVariable:
    """A variable with a label's values, of which several or all can be chosen."""
    variable = dashboard.QueryVariable(name).label(label).description(what).datasource(METRICS)
    variable.query({"query": query, "refId": "PrometheusVariableQueryEditor-VariableQuery"})
    variable.refresh(models.VariableRefresh.ON_TIME_RANGE_CHANGED).sort(models.VariableSort.ALPHABETICAL_ASC)
    variable.multi(True).include_all(True).current(ALL)
    return variable if all_value is None else variable.all_value(all_value)


def stream_label(name: str, label: str, of: str, what: str) -> dashboard.QueryVariable:
    """A variable with the values that a label has in Loki."""
    variable = dashboard.QueryVariable(name).label(label).description(what).datasource(LINES)
    variable.query({"label": of, "refId": "LokiVariableQueryEditor-VariableQuery", "stream": "", "type": 1})
    variable.refresh(models.VariableRefresh.ON_TIME_RANGE_CHANGED).sort(models.VariableSort.ALPHABETICAL_ASC)
    # `.+`, because Loki wants at least one condition that does not match everything.
    return variable.multi(True).include_all(True).all_value(".+").current(ALL)


def streams() -> list[dashboard.QueryVariable]:
    """Whose lines are shown, on dashboards that show lines."""
    return [
        stream_label("service", "Service", "service_name", "The service whose lines are shown."),
        stream_label(
            "environment", "Environment", "deployment_environment", "The environment whose lines are shown."
        ),
    ]


def _sources() -> list[dashboard.DatasourceVariable]:
    kinds = [
        ("datasource", "Metrics", "prometheus", "Where the metrics are: a Prometheus."),
        ("loki", "Lines", "loki", "Where the log lines are: a Loki."),
        ("tempo", "Traces", "tempo", "Where the traces are: a Tempo."),
    ]
    return [
        dashboard.DatasourceVariable(name).label(label).type(kind).description(what)
        for name, label, kind, what in kinds
    ]


def _scope() -> list[dashboard.QueryVariable]:
    of = "sirius_build_info"
    return [
        # Where nothing runs in namespaces there are none, and `.*` is what matches then.
        label_values(
            "namespace", "Namespace", f"label_values({of}, namespace)", "Where Sirius runs, in Kubernetes.", ".*"
        ),
        # Without a value for all, so that all means the jobs that are Sirius and not whatever else has a process.
        label_values(
            "job", "Job", f'label_values({of}{{namespace=~"$namespace"}}, job)', "What Prometheus calls Sirius."
        ),
        label_values(
            "instance", "Instance", f"label_values({of}{{{JOBS}}}, instance)", "Single processes.", ".*"
        ),
    ]


def _runbooks() -> dashboard.ConstantVariable:
    return dashboard.ConstantVariable(RUNBOOKS.strip("${}")).label("Runbooks").value(defined().runbooks)


class _Marks(dashboard.AnnotationQuery):
    """Marks from a Prometheus query. What stands in them is not in the SDK's model of annotations."""

    def __init__(self, name: str, expr: str, title: str, text: str, color: str) -> None:
        super().__init__()
        self._internal = _MarksModel(titleFormat=title, textFormat=text, step="30s")
        self.name(name).datasource(METRICS).enable(True).expr(expr).icon_color(color)


class _MarksModel(models.AnnotationQuery):
    def __init__(self, **more: str) -> None:
        super().__init__()
        self._more = more

    def to_json(self) -> dict[str, object]:
        return {**super().to_json(), **self._more}


def _deployments() -> dashboard.AnnotationQuery:
    # A version that is there and was not in the five minutes before.
    running = f"sirius_build_info{{{SCOPE}}}"
    before = f"max_over_time({running}[5m] offset $__interval)"
    by = "count by (version, commit)"
    return _Marks(
        "Deployments", f"{by} ({running}) unless {by} ({before})", "Sirius {{version}}", "commit {{commit}}", "blue"
    )


def _alerts() -> dashboard.AnnotationQuery:
    expr = f'max by (alertname, severity) (ALERTS{{alertstate="firing", severity=~"critical|warning", {JOBS}}})'
    return _Marks("Alerts", expr, "{{alertname}}", "{{severity}}", "red")


def _elsewhere(uid: str) -> list[dashboard.DashboardLink]:
    near = [(OVERVIEW, "Overview"), (SLO, "SLO"), (LOGS_TRACES, "Logs and traces")]
    links = [
        dashboard.DashboardLink(title).type(models.DashboardLinkType.LINK).url(f"/d/{other}").icon("dashboard")
        for other, title in near
        if other != uid
    ]
    every = dashboard.DashboardLink("All of Sirius").type(models.DashboardLinkType.DASHBOARDS).tags([TAG])
    runbooks = dashboard.DashboardLink("Runbooks").type(models.DashboardLinkType.LINK).url(RUNBOOKS).icon("doc")
    kept = [link.keep_time(True).include_vars(True) for link in [*links, every.as_dropdown(True).icon("apps")]]
    return [*kept, runbooks.target_blank(True)]

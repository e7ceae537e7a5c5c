"""Our panels: each says what it shows and what to do when that is bad, has a unit, and leads on.

A panel asks the data source that the person chose at the top of the dashboard, and no other.
"""

from dataclasses import dataclass, field

from grafana_foundation_sdk.builders import bargauge, common, dashboard, heatmap, logs, loki, prometheus, stat
from grafana_foundation_sdk.builders import table as tables
from grafana_foundation_sdk.builders import tempo, timeseries
from grafana_foundation_sdk.models import common as options
from grafana_foundation_sdk.models import dashboard as models
from grafana_foundation_sdk.models import heatmap as heatmaps
from grafana_foundation_sdk.models.dashboard import DataSourceRef, DynamicConfigValue, FieldColorModeId, Threshold
from grafana_foundation_sdk.models.prometheus import PromQueryFormat, QueryEditorMode

from .links import Link, runbook
from .queries import Query
from .units import PLAIN

METRICS = DataSourceRef(type_val="prometheus", uid="${datasource}")
LINES = DataSourceRef(type_val="loki", uid="${loki}")
TRACES = DataSourceRef(type_val="tempo", uid="${tempo}")

GOOD, WARN, BAD, CALM = "green", "orange", "red", "blue"
#: The SDK has a class of its own for each kind of panel, with nothing above them that has what they share.
PanelBuilder = timeseries.Panel | stat.Panel | bargauge.Panel | heatmap.Panel | tables.Panel | logs.Panel
#: Limits, from the lowest: the colour of what is above each. Below the first all is well.
Limits = list[tuple[float, str]]


@dataclass(frozen=True)
class About:
    """What a panel has beside its data."""

    title: str
    #: What is to be seen.
    shows: str
    #: What to do when it is bad.
    act: str
    #: The alerts that fire on what it shows; it links to their runbooks.
    alerts: tuple[str, ...] = ()
    #: Where else to look.
    see: tuple[Link, ...] = ()

    def put_on(self, panel: PanelBuilder) -> None:
        """Gives a panel its title, its description and its links."""
        panel.title(self.title).description(f"{self.shows}\n\n**When it is bad:** {self.act}")
        links = [*(runbook(alert) for alert in self.alerts), *self.see]
        panel.links([link.builder() for link in links])


@dataclass(frozen=True)
class Look:
    """How a graph is drawn, where it is not as usual."""

    limits: Limits = field(default_factory=list)
    #: The colour of series by their name, which is a regular expression.
    colors: dict[str, str] = field(default_factory=dict)
    stacked: bool = False
    #: For many series: their names beside the graph, with their greatest and their newest value.
    many: bool = False
    lowest: float | None = 0
    highest: float | None = None
    logarithmic: bool = False
    #: Where a click on a series leads.
    click: tuple[Link, ...] = ()


def graph(about: About, unit: str, *queries: Query, look: Look | None = None) -> timeseries.Panel:
    """Values over time."""
    look = look or Look()
    panel = timeseries.Panel().datasource(METRICS).unit(unit)
    about.put_on(panel)
    for target in targets(queries):
        panel.with_target(target)
    panel.line_width(1).fill_opacity(60 if look.stacked else 8).show_points(options.VisibilityMode.NEVER)
    panel.tooltip(
        common.VizTooltipOptions().mode(options.TooltipDisplayMode.MULTI).sort(options.SortOrder.DESCENDING)
    )
    panel.legend(_legend(look.many))
    if look.stacked:
        panel.stacking(common.StackingConfig().mode(options.StackingMode.NORMAL))
    if look.logarithmic:
        panel.scale_distribution(
            common.ScaleDistributionConfig().type(options.ScaleDistribution.LOG).log(10)
        )
    elif look.lowest is not None:
        panel.axis_soft_min(look.lowest)
    if look.highest is not None:
        panel.axis_soft_max(look.highest)
    if look.limits:
        panel.thresholds(_steps(look.limits))
        style = common.GraphThresholdsStyleConfig().mode(options.GraphThresholdsStyleMode.DASHED)
        panel.thresholds_style(style)
    for name, color in look.colors.items():
        panel.override_by_regexp(f"/{name}/", [_fixed(color)])
    if look.click:
        panel.data_links([link.builder() for link in look.click])
    return panel


@dataclass(frozen=True)
class Number:
    """How a single number is shown, where it is not as usual."""

    limits: Limits = field(default_factory=list)
    #: The colour below the first limit.
    base: str = GOOD
    #: A line of its course behind it.
    course: bool = True
    decimals: int | None = None
    #: What stands there when there is nothing.
    nothing: str | None = None
    #: What values are called, and their colours.
    words: dict[str, tuple[str, str]] = field(default_factory=dict)
    #: The names of the series beside the values.
    named: bool = False


def number(about: About, unit: str, query: Query, look: Number | None = None) -> stat.Panel:
    """The newest value, large enough to be read from across the room."""
    look = look or Number()
    panel = stat.Panel().datasource(METRICS).unit(unit)
    about.put_on(panel)
    [target] = targets([query])
    panel.with_target(target)
    panel.reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]).values(False).fields(""))
    panel.color_mode(options.BigValueColorMode.VALUE)
    panel.graph_mode(
        options.BigValueGraphMode.AREA if look.course and not query.instant else options.BigValueGraphMode.NONE
    )
    panel.text_mode(options.BigValueTextMode.VALUE_AND_NAME if look.named else options.BigValueTextMode.AUTO)
    panel.color_scheme(dashboard.FieldColor().mode(FieldColorModeId.THRESHOLDS))
    panel.thresholds(_steps(look.limits, look.base))
    if look.decimals is not None:
        panel.decimals(look.decimals)
    if look.nothing is not None:
        panel.no_value(look.nothing)
    if look.words:
        results = {
            value: models.ValueMappingResult(text=text, color=color, index=index)
            for index, (value, (text, color)) in enumerate(look.words.items())
        }
        panel.mappings([models.ValueMap(options=results)])
    return panel


def bars(about: About, unit: str, query: Query, limits: Limits | None = None) -> bargauge.Panel:
    """The newest values of several series, the one beside the other."""
    panel = bargauge.Panel().datasource(METRICS).unit(unit).min(0)
    about.put_on(panel)
    [target] = targets([query])
    panel.with_target(target)
    panel.orientation(options.VizOrientation.HORIZONTAL).display_mode(options.BarGaugeDisplayMode.BASIC)
    panel.reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]).values(False).fields(""))
    panel.thresholds(_steps(limits or [], CALM if not limits else GOOD))
    return panel


def heat(about: About, unit: str, query: Query) -> heatmap.Panel:
    """How a histogram's observations are spread, over time."""
    panel = heatmap.Panel().datasource(METRICS).unit(unit)
    about.put_on(panel)
    [target] = targets([query])
    panel.with_target(target.format(PromQueryFormat.HEATMAP))
    color = (
        heatmap.HeatmapColorOptions()
        .mode(heatmaps.HeatmapColorMode.SCHEME)
        .scheme("Oranges")
        .fill("dark-orange")
        .scale(heatmaps.HeatmapColorScale.EXPONENTIAL)
        .exponent(0.5)
        .steps(64)
        .reverse(False)
    )
    panel.calculate(False).color(color).cell_gap(1).mode(options.TooltipDisplayMode.SINGLE).show_legend()
    panel.y_axis(heatmap.YAxisConfig().unit(unit).axis_placement(options.AxisPlacement.LEFT))
    panel.filter_values(heatmap.FilterValueRange().le(1e-9)).exemplars_color("rgba(31, 120, 193, 0.9)")
    return panel


@dataclass(frozen=True)
class Column:
    """A column of a table: a label or the value, and what it is called there."""

    name: str
    title: str
    unit: str | None = None
    limits: Limits = field(default_factory=list)
    #: Where a click leads.
    click: tuple[Link, ...] = ()


def table(about: About, unit: str, query: Query, columns: list[Column], nothing: str = "") -> tables.Panel:
    """What there is now, a line each, the greatest value first; only these columns."""
    panel = tables.Panel().datasource(METRICS).unit(unit)
    about.put_on(panel)
    [target] = targets([query])
    panel.with_target(target.instant().format(PromQueryFormat.TABLE))
    organize = {
        "excludeByName": {},
        "includeByName": {column.name: True for column in columns},
        "indexByName": {column.name: index for index, column in enumerate(columns)},
        "renameByName": {column.name: column.title for column in columns},
    }
    panel.with_transformation(models.DataTransformerConfig(id_val="organize", options=organize))
    panel.cell_height(options.TableCellHeight.SM)
    panel.sort_by([common.TableSortByFieldState().display_name(columns[-1].title).desc(True)])
    if nothing:
        panel.no_value(nothing)
    for column in columns:
        if properties := _properties(column):
            panel.override_by_name(column.title, properties)
    return panel


def lines(about: About, query: str, most: int = 200) -> logs.Panel:
    """Log lines, the newest first. A line that is opened links to its trace."""
    panel = logs.Panel().datasource(LINES).unit(PLAIN)
    about.put_on(panel)
    panel.with_target(loki.Dataquery().expr(query).ref_id("A").query_type("range").max_lines(most).datasource(LINES))
    panel.show_time(True).wrap_log_message(True).enable_log_details(True)
    return panel.sort_order(options.LogsSortOrder.DESCENDING).dedup_strategy(options.LogsDedupStrategy.NONE)


def line_graph(about: About, unit: str, *queries: Query, look: Look | None = None) -> timeseries.Panel:
    """What is counted of log lines, over time."""
    panel = graph(about, unit, look=look).datasource(LINES)
    for letter, query in zip("ABCDEFGH", queries):
        target = loki.Dataquery().expr(query.expr).legend_format(query.name).ref_id(letter)
        panel.with_target(target.query_type("range").datasource(LINES))
    return panel


def traces(about: About, query: str, most: int = 20) -> tables.Panel:
    """The traces that a TraceQL query finds. A click on an id opens the trace."""
    panel = tables.Panel().datasource(TRACES).unit(PLAIN)
    about.put_on(panel)
    target = tempo.TempoQuery().query(query).query_type("traceql").limit(most).ref_id("A").datasource(TRACES)
    return panel.with_target(target.filters([])).cell_height(options.TableCellHeight.SM)


def targets(queries: list[Query] | tuple[Query, ...]) -> list[prometheus.Dataquery]:
    """The queries as Grafana has them, with a letter each."""
    found = []
    for letter, query in zip("ABCDEFGHIJKL", queries, strict=False):
        target = prometheus.Dataquery().expr(query.expr).ref_id(letter).datasource(METRICS)
        target.editor_mode(QueryEditorMode.CODE).legend_format(query.name or "__auto")
        target = target.instant() if query.instant else target.range()
        found.append(target.exemplar(True) if query.exemplars else target)
    return found


def _legend(many: bool) -> common.VizLegendOptions:
    legend = common.VizLegendOptions().show_legend(True)
    if not many:
        return legend.display_mode(options.LegendDisplayMode.LIST).placement(options.LegendPlacement.BOTTOM)
    legend.display_mode(options.LegendDisplayMode.TABLE).placement(options.LegendPlacement.RIGHT)
    return legend.calcs(["max", "lastNotNull"]).sort_by("Last *").sort_desc(True)


def _steps(limits: Limits, base: str = GOOD) -> dashboard.ThresholdsConfig:
    steps = [Threshold(value=None, color=base), *(Threshold(value=at, color=color) for at, color in limits)]
    return dashboard.ThresholdsConfig().mode(models.ThresholdsMode.ABSOLUTE).steps(steps)


def _fixed(color: str) -> DynamicConfigValue:
    return DynamicConfigValue(id_val="color", value={"mode": "fixed", "fixedColor": color})


def _properties(column: Column) -> list[DynamicConfigValue]:
    found = []
    if column.unit:
        found.append(DynamicConfigValue(id_val="unit", value=column.unit))
    if column.limits:
        found.append(DynamicConfigValue(id_val="thresholds", value=_steps(column.limits).build()))
        found.append(DynamicConfigValue(id_val="custom.cellOptions", value={"type": "color-text"}))
    if column.click:
        found.append(DynamicConfigValue(id_val="links", value=[link.builder().build() for link in column.click]))
    return found

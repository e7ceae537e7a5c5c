"""Runtime: the processes, their connections, and the machines that they are on."""

from grafana_foundation_sdk.builders.dashboard import Dashboard

from .vocabulary import units
from .vocabulary.frame import page
from .vocabulary.layout import Section, line, section
from .vocabulary.links import LOGS_TRACES, OVERVIEW, to
from .vocabulary.panels import BAD, WARN, About, Column, Look, Number
from .vocabulary.panels import graph, number, table
from .vocabulary.queries import DURATION, Query, mean, quantile, rate, series
from .vocabulary.slo import defined, others


def dashboard() -> Dashboard:
    """The dashboard."""
    return page(
        "sirius-runtime",
        "Runtime",
        "The processes of Sirius: which there are and since when, what they use of processor, memory and files, how busy"
        " the threads are that serve, who is connected, and whether disk and certificate last.",
        _instances(),
        _resources(),
        _tasks(),
        _connections(),
    )


def _instances() -> Section:
    containers = f'namespace=~"$namespace", {defined().targets["container"]}'
    up = "min by (instance) (" + series("up") + ")"
    started = f"time() - {series('process_start_time_seconds')}"
    columns = [
        Column("instance", "Instance"),
        Column("version", "Version"),
        Column("commit", "Commit"),
        Column("Value", "Running for", unit=units.DURATION),
    ]
    versions = f"({started}) * on (job, instance) group_left (version, commit) {series('sirius_build_info')}"
    return section(
        "Instances",
        line(
            7,
            (
                table(
                    About(
                        "What runs where",
                        "Each instance, its version and since when it runs.",
                        "several versions for longer than a deployment takes: it is stuck. A short time: it was restarted.",
                        alerts=("SiriusCrashLooping",),
                    ),
                    units.DURATION,
                    Query(versions),
                    columns,
                ),
                8,
            ),
            (
                number(
                    About(
                        "Broken on purpose",
                        "How many faults somebody has begun at the admin port, for a drill.",
                        "what else is bad is likely to come of them. `GET /faults` says what they are and until when,"
                        " `DELETE /faults` ends them.",
                    ),
                    units.COUNT,
                    Query(f"sum({series('sirius_faults')})", "faults"),
                    Number(limits=[(1, WARN)]),
                ),
                4,
            ),
            (
                graph(
                    About(
                        "Reached",
                        "Whether Prometheus reaches each instance: 1 is yes.",
                        "one instance: its machine or itself. All of them: the way there, or the network policy.",
                        alerts=("SiriusReplicaDown", "SiriusDown"),
                        see=(to(OVERVIEW, "Overview"),),
                    ),
                    units.PLAIN,
                    Query(up, "{{instance}}"),
                    look=Look(highest=1),
                ),
                6,
            ),
            (
                graph(
                    About(
                        "Restarts",
                        "How often the process began anew in the hour before; in Kubernetes, also how often the container did.",
                        "the last lines of the one before say why it ended. No such lines: `kubectl describe pod`, most often OOMKilled.",
                        alerts=("SiriusCrashLooping",),
                        see=(to(LOGS_TRACES, "Logs and traces"),),
                    ),
                    units.COUNT,
                    Query(f"changes({series('process_start_time_seconds')}[1h])", "{{instance}}"),
                    Query(f"sum by (pod) (increase(kube_pod_container_status_restarts_total{{{containers}}}[1h]))", "{{pod}}"),
                    look=Look(limits=[(3, BAD)]),
                ),
                6,
            ),
        ),
    )


def _resources() -> Section:
    return section(
        "What processes use",
        line(
            7,
            graph(
                About(
                    "Processor",
                    "Processors that are busy with each instance.",
                    "at what the container may have it is slowed down and every duration grows: give it more, or more"
                    " instances.",
                ),
                units.COUNT,
                Query(f"rate({series('process_cpu_seconds_total')}[$__rate_interval])", "{{instance}}"),
            ),
            graph(
                About(
                    "Memory",
                    "What is resident of each instance.",
                    "a rise that does not end: keep one instance to look at and restart the others. The cache of contents"
                    " and connections are most of it.",
                ),
                units.BYTES,
                Query(series("process_resident_memory_bytes"), "{{instance}}"),
            ),
            graph(
                About(
                    "Address space",
                    "What each instance has taken of its address space, and the limit where there is one.",
                    "it may be many times the memory. Near a limit, allocations fail: raise it (ulimit -v).",
                ),
                units.BYTES,
                Query(series("process_virtual_memory_bytes"), "{{instance}}"),
                Query(f"{series('process_virtual_memory_max_bytes')} < +Inf", "{{instance}} limit"),
            ),
        ),
        line(
            7,
            graph(
                About(
                    "Files and sockets",
                    "The part of the files and sockets that a process may have open that it has.",
                    "near 100 % new connections are refused: raise the limit (LimitNOFILE), or look for who holds so many.",
                ),
                units.PART,
                Query(f"{series('process_open_fds')} / {series('process_max_fds')}", "{{instance}}"),
                look=Look(limits=[(0.8, WARN)]),
            ),
            graph(
                About(
                    "Threads",
                    "Threads of each process.",
                    "a number that grows is blocking work that does not end, most often a disk that hangs.",
                ),
                units.COUNT,
                Query(series("process_threads"), "{{instance}}"),
            ),
            graph(
                About(
                    "Open files",
                    "Files and sockets that each instance has open.",
                    "compare with the connections below: what is more are files and the database.",
                ),
                units.COUNT,
                Query(series("process_open_fds"), "{{instance}}"),
            ),
        ),
    )


def _tasks() -> Section:
    busy = f"rate({series('tokio_worker_busy_seconds_total')}[$__rate_interval]) / {series('tokio_workers')}"
    return section(
        "Threads that serve",
        line(
            7,
            graph(
                About(
                    "Busy",
                    "The part of the time in which the threads that serve requests had something to do.",
                    "near 100 % requests wait for a thread though the database is quick: more processors, more instances.",
                ),
                units.PART,
                Query(busy, "{{instance}}"),
                look=Look(highest=1, limits=[(0.9, WARN)]),
            ),
            graph(
                About(
                    "Tasks waiting for a thread",
                    "Tasks that are ready to run and that no thread has taken yet.",
                    "more than a moment above nothing: threads are blocked or too few.",
                ),
                units.COUNT,
                Query(series("tokio_global_queue_depth"), "{{instance}}"),
            ),
            graph(
                About(
                    "Tasks alive",
                    "Tasks that have not ended: a few of Sirius's own, and one or two for each connection.",
                    "a rise without connections is a task that does not end: report it, with the version.",
                ),
                units.COUNT,
                Query(series("tokio_alive_tasks"), "{{instance}}"),
            ),
            graph(
                About(
                    "Times that threads went to sleep",
                    "How often a second a thread had nothing to do.",
                    "it tells idle from stuck: busy threads that never sleep are working, or blocked.",
                ),
                units.PER_SECOND,
                Query(f"rate({series('tokio_worker_parks_total')}[$__rate_interval])", "{{instance}}"),
            ),
        ),
        line(
            7,
            graph(
                About(
                    "Wait for a thread (p99)",
                    "How long tasks that are ready to run wait until a thread takes them, of 100 looks the longest but one.",
                    "longer than `server.max_lag` for a while: more is asked than the processors can do, and requests are"
                    " refused (lag).",
                ),
                units.SECONDS,
                Query(quantile(0.99, "tokio_scheduling_delay_seconds"), "p99"),
            ),
            graph(
                About(
                    "Requests refused",
                    "Requests a second that were refused before anything was done for them: too many are under way (too_many),"
                    " they wait too long for a processor (lag), or a connection has many streams where there is little room"
                    " (surplus). They are among the 503s.",
                    "lag: more processors or replicas. too_many: what they wait for is slow, most often the database.",
                ),
                units.PER_SECOND,
                Query(rate("http_server_requests_refused_total", by="reason"), "{{reason}}"),
                look=Look(stacked=True),
            ),
        ),
    )


def _connections() -> Section:
    sizes = [("request", "came"), ("response", "were sent")]
    return section(
        "Connections and bodies",
        line(
            7,
            graph(
                About(
                    "Connections",
                    "Connections that are open, on both ports.",
                    "at `server.max_connections` those who have kept Sirius waiting longest are closed to make room.",
                ),
                units.COUNT,
                Query(series("http_server_connections"), "{{instance}}"),
            ),
            graph(
                About(
                    "Connections refused",
                    "Connections a second that were not served, or not to their end: too many are open (too_many), closed"
                    " to make room (made_room), or the system could not give them (accept_failed).",
                    "accept_failed is most often a limit of files. Otherwise raise `server.max_connections`, or find who"
                    " opens so many.",
                    alerts=("SiriusConnectionsRefused",),
                ),
                units.PER_SECOND,
                Query(rate("http_server_connections_refused_total", by="reason"), "{{reason}}"),
                look=Look(stacked=True),
            ),
            graph(
                About(
                    "Requests under way",
                    "Requests that have come and whose answers are not yet handed over.",
                    "slow clients that take their answers slowly are counted here and in no duration.",
                ),
                units.COUNT,
                Query(f"sum by (instance) ({series('http_server_active_requests')})", "{{instance}}"),
            ),
            graph(
                About(
                    "Probes, scrapes and strangers",
                    "Requests a second that are not of users: those of probes and of Prometheus, and those for paths that"
                    " there are not (unmatched).",
                    "many unmatched are somebody who tries addresses. None of /metrics means that nobody scrapes.",
                ),
                units.REQUESTS_PER_SECOND,
                Query(rate(f"{DURATION}_count", others(), by="http_route"), "{{http_route}}"),
            ),
        ),
        line(
            7,
            graph(
                About(
                    "Bytes of bodies",
                    "Bytes a second of the bodies that came and that were sent.",
                    "sent bytes at the limit of the network make every picture slow though no duration here grows.",
                ),
                units.BYTES_PER_SECOND,
                *(Query(rate(f"http_server_{kind}_body_size_bytes_sum"), name) for kind, name in sizes),
            ),
            graph(
                About(
                    "Size of answers",
                    "Bytes of the bodies of answers.",
                    "a rise with the same routes: larger pictures were taken in.",
                ),
                units.BYTES,
                Query(mean("http_server_response_body_size_bytes"), "mean"),
                Query(quantile(0.99, "http_server_response_body_size_bytes"), "p99"),
            ),
            graph(
                About(
                    "Size of requests",
                    "Bytes of the bodies of requests that have one.",
                    "bodies that are too large are refused; `server` in the settings says from where on.",
                ),
                units.BYTES,
                Query(quantile(0.99, "http_server_request_body_size_bytes"), "p99"),
            ),
        ),
    )

"""What is asked for, and of whom."""

from dataclasses import dataclass, replace

#: Everything on: metrics, a line a request, traces (1 % sampled) and Loki, each sent; limits raised and kept.
SIRIUS = "sirius"
SIRIUS_OFF = "sirius-off"
SIRIUS_MARIADB = "sirius-mariadb"
HYPER = "hyper"
POEM = "poem-openapi"
NGINX = "nginx"
NGINX_BUFFERED = "nginx-buffered"
FLASK = "flask"
#: The version before of those that have one, where one is compared with (BEFORE).
BEFORE = {SIRIUS: "sirius-before", SIRIUS_MARIADB: "sirius-mariadb-before"}

TITLES = {
    SIRIUS: "Sirius, everything on",
    SIRIUS_OFF: "Sirius, telemetry off",
    SIRIUS_MARIADB: "Sirius, everything on, MariaDB",
    HYPER: "bare hyper",
    POEM: "bare poem-openapi",
    NGINX: "nginx, access log",
    NGINX_BUFFERED: "nginx, access log buffered",
    FLASK: "Flask, gunicorn, MariaDB",
    BEFORE[SIRIUS]: "Sirius before, everything on",
    BEFORE[SIRIUS_MARIADB]: "Sirius before, everything on, MariaDB",
}
PEERS = tuple(key for key in TITLES if key not in BEFORE.values())


@dataclass(frozen=True)
class Work:
    """A request that is made again and again."""

    key: str
    title: str
    method: str
    #: With `{small}` and `{large}` for the names of the two pictures.
    path: str
    status: int
    #: Milliseconds that each connection waits before it asks again, on average, for the same load to all; none when
    #: only what each can do at most is compared.
    think_ms: int | None
    services: tuple[str, ...]
    #: Whether the client has it already and only asks whether it is still the same.
    known: bool = False
    #: How many ask at once.
    connections: int = 64


WORKS = (
    Work(
        key="picture",
        title="20 KB picture",
        method="GET",
        path="/api/v1/images/{small}/content",
        status=200,
        think_ms=5,
        services=(SIRIUS, SIRIUS_OFF, HYPER, POEM, NGINX, NGINX_BUFFERED),
    ),
    Work(
        key="random",
        title="random image, JSON",
        method="GET",
        path="/api/v1/images/random",
        status=200,
        think_ms=5,
        services=(SIRIUS, SIRIUS_OFF, HYPER, POEM),
    ),
    Work(
        key="known",
        title="picture that the client has, 304",
        method="GET",
        path="/api/v1/images/{small}/content",
        status=304,
        think_ms=5,
        services=(SIRIUS, SIRIUS_OFF, HYPER, POEM, NGINX),
        known=True,
    ),
    Work(
        key="large",
        title="1 MB picture",
        method="GET",
        path="/api/v1/images/{large}/content",
        status=200,
        think_ms=40,
        services=(SIRIUS, SIRIUS_OFF, HYPER, NGINX),
        # Of 64, more wait at any time than a slow core sends within `server.max_lag`, and Sirius refuses some.
        connections=16,
    ),
    Work(
        key="page",
        title="the page, a visit counted",
        method="GET",
        path="/",
        status=200,
        think_ms=None,
        services=(SIRIUS, SIRIUS_MARIADB, FLASK),
    ),
    Work(
        key="visit",
        title="POST visits",
        method="POST",
        path="/api/v1/visits",
        status=201,
        think_ms=None,
        services=(SIRIUS, SIRIUS_MARIADB, FLASK),
    ),
)


def with_before(work: Work) -> Work:
    """The same, asked of the version before as well, right after the one it is compared with."""
    both = [each for key in work.services for each in (key, BEFORE.get(key)) if each]
    return replace(work, services=tuple(both))


@dataclass(frozen=True)
class Bar:
    """What Sirius wants to reach beside a peer."""

    work: str
    mine: str
    theirs: str
    #: How fast they go: "same" load or "full".
    pace: str
    figure: str
    #: Mine divided by theirs.
    limit: float
    at_most: bool
    words: str


BARS = (
    Bar("picture", SIRIUS, NGINX, "same", "cpu_us", 1.15, True, "CPU of a 20 KB picture, beside nginx"),
    Bar("random", SIRIUS, POEM, "same", "cpu_us", 1.25, True, "CPU of a random image, beside bare poem-openapi"),
    Bar("page", SIRIUS_MARIADB, FLASK, "full", "rate", 40, False, "pages a second, beside Flask"),
    Bar("page", SIRIUS_MARIADB, FLASK, "full", "p99_ms", 0.05, True, "p99 of a page, beside Flask"),
)

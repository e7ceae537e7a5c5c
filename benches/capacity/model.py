"""The arithmetic of docs/capacity.md: from measured points and stated assumptions to machines and money."""

import math
from dataclasses import dataclass, field

SECONDS_OF_30_DAYS = 30 * 24 * 3600
#: What is measured of each, by these names (benches/capacity/measure.py).
KINDS = ("picture", "seeded", "facts", "page", "visit")
#: Those that count.
VISITING = ("page", "visit")
#: How much of the most that is answered in a closed loop is asked for, for what a request takes of a core that is half
#: busy, and of one that is nearly full. The busier, the less: who has to wait is not woken for each request.
PACES = {"planned": 0.6, "full": 0.9}
#: How busy a core may be and still answer in time.
USABLE = 0.95


@dataclass(frozen=True)
class Assumptions:
    """What is not measured. Every one may be another: `make capacity WITH="rate=5000 pictures=100000"`."""

    #: Of a hundred requests that clients make: pictures at their immutable addresses (and the page's files), pictures
    #: by seed, facts of a random image, pages, visits without a page.
    picture: float = 65
    seeded: float = 10
    facts: float = 18
    page: float = 6
    visit: float = 1
    #: Pictures and seeds that are asked for, each as often as the others: the worst for a cache.
    pictures: float = 10_000
    seeds: float = 10_000
    #: Places where the CDN keeps things, each on its own.
    places: float = 20
    #: Seconds for which it keeps what nobody asks for; and seeded pictures, as their Cache-Control says.
    kept_seconds: float = 86_400
    seeded_seconds: float = 300
    #: A vCPU of GKE is a hyperthread: what it does of what the measured core does.
    vcpu: float = 0.5
    #: How busy replicas and database are to be, so that one zone of three may fail.
    utilisation: float = 0.6
    #: Cores of a replica; and the fewest replicas.
    replica_vcpus: float = 1
    fewest: float = 3
    #: Milliseconds for which a commit has the row of the count: a network disk's fsync, and a way there and back.
    commit_ms: float = 3
    #: Between two scrapes.
    scrape_seconds: float = 30
    #: Of a hundred requests, how many get a line with log.requests = "notable".
    notable: float = 1
    #: Of a hundred requests, how many are traced, and the spans of each: the server's, and one of database or store.
    traced: float = 1
    spans_each: float = 2
    #: US dollars: for a GiB of lines kept for 30 days, a million samples of metrics, a million spans, a vCPU for a
    #: month (with 4 GiB). List prices change: put your own in.
    gib_of_lines: float = 0.50
    million_samples: float = 0.06
    million_spans: float = 0.20
    vcpu_month: float = 35


@dataclass(frozen=True)
class Counting:
    """What visits take on one database, in microseconds: a commit takes the same, however many visits share it."""

    visit_us: float
    commit_us: float
    #: The database's own, where it has a process of its own.
    database_visit_us: float
    database_commit_us: float


@dataclass(frozen=True)
class Plan:
    """What a rate at the edge needs."""

    rate: float
    #: The CDN's hit ratios.
    picture_hits: float
    seeded_hits: float
    #: Requests a second that reach Sirius, with the CDN.
    reaching: float
    replicas: int
    replicas_without_cdn: int
    visits: float
    database_vcpus: float
    #: Milliseconds until a visit's turn for the row comes round.
    turn_ms: float
    client_bytes: float
    #: Of 30 days.
    line_gib: float = field(default=0)
    notable_gib: float = field(default=0)
    samples_millions: float = field(default=0)
    spans_millions: float = field(default=0)
    telemetry_dollars: float = field(default=0)
    notable_dollars: float = field(default=0)
    replica_dollars: float = field(default=0)


def hits(rate: float, objects: float, places: float, kept_seconds: float) -> float:
    """The hit ratio of caches that keep each object for so long after it was fetched, when requests come by chance.

    After each miss, `a` hits follow on average, where `a` is how often the object is asked for at one place while it is
    kept: a / (1 + a) (Jung, Berger, Balakrishnan: Modeling TTL-based Internet caches, 2003).
    """
    asked = rate / (objects * places) * kept_seconds
    return asked / (1 + asked)


def commits(visits: float, seconds: float) -> float:
    """Commits a second, where each takes so long and takes along all visits that have come since the one before began.

    From the beginning of one to that of the next it takes the commit and, if no visit has come meanwhile, the time until
    one does: visits that come by chance leave a commit without a successor in e^(-visits x seconds) of all cases.
    """
    if visits <= 0:
        return 0.0
    return 1 / (seconds + math.exp(-visits * seconds) / visits)


def counting(measured: dict, database: str) -> Counting:
    """What a visit takes, and what a commit: of the same visits counted many to a commit, and few."""
    many, few = measured["visits"][database], measured["sparse"][database]
    apart = max(few["commits"] - many["commits"], 1e-9)
    commit_us, database_us = (max((few[name] - many[name]) / apart, 0) for name in ("cpu_us", "database_us"))
    return Counting(
        visit_us=many["cpu_us"] - many["commits"] * commit_us,
        commit_us=commit_us,
        database_visit_us=max(many["database_us"] - many["commits"] * database_us, 0),
        database_commit_us=database_us,
    )


def plan(rate: float, measured: dict, given: Assumptions) -> Plan:
    """What so many requests a second at the edge need. `measured` is that section of benches/measured.json."""
    shares = {kind: getattr(given, kind) / sum(getattr(given, each) for each in KINDS) for kind in KINDS}
    asked = {kind: rate * share for kind, share in shares.items()}
    picture_hits = hits(asked["picture"], given.pictures, given.places, given.kept_seconds)
    seeded_hits = hits(asked["seeded"], given.seeds, given.places, given.seeded_seconds)
    through = {
        **asked,
        "picture": asked["picture"] * (1 - picture_hits),
        "seeded": asked["seeded"] * (1 - seeded_hits),
    }
    reaching, visits = sum(through.values()), asked["page"] + asked["visit"]
    # However many replicas there are, one commit at a time has the row.
    counted, turns = counting(measured, "mariadb"), commits(visits, given.commit_ms / 1000)
    replicas = _replicas(through, turns * counted.commit_us, measured, given)
    database_us = visits * counted.database_visit_us + turns * counted.database_commit_us
    volume = _volume(reaching, replicas, measured, given)
    return Plan(
        rate=rate,
        picture_hits=picture_hits,
        seeded_hits=seeded_hits,
        reaching=reaching,
        replicas=replicas,
        replicas_without_cdn=_replicas(asked, turns * counted.commit_us, measured, given),
        visits=visits,
        database_vcpus=database_us / 1e6 / given.vcpu / given.utilisation,
        turn_ms=replicas * given.commit_ms,
        client_bytes=sum(asked[kind] * measured["kinds"][kind]["bytes_each"] for kind in KINDS),
        replica_dollars=replicas * given.replica_vcpus * given.vcpu_month,
        **volume,
    )


def a_core(shares: dict[str, float], measured: dict) -> float:
    """Requests a second of this mixture that one measured core does, visits counted by SQLite on the same one."""
    whole = sum(shares.values())
    own_us = sum(share / whole * _own_us(kind, measured, "full") for kind, share in shares.items())
    visits = sum(shares.get(kind, 0) for kind in VISITING) / whole
    commit_us, seconds = counting(measured, "sqlite").commit_us, _turn_seconds(measured)
    low, high = 0.0, USABLE * 1e6 / own_us
    # What is taken grows with the rate, but not in proportion: there are no more commits than follow on one another.
    for _ in range(60):
        rate = (low + high) / 2
        taken = rate * own_us + commits(rate * visits, seconds) * commit_us
        low, high = (rate, high) if taken < USABLE * 1e6 else (low, rate)
    return low


def _turn_seconds(measured: dict) -> float:
    """From one commit to the next on a core that is nearly full: longer than a commit takes, because each of its steps waits
    for a core, and because it is waited for visits that are about to arrive."""
    visit = measured["kinds"]["visit"]
    return 1 / (PACES["full"] * visit["rate"] * visit["full"]["commits"])


def _own_us(kind: str, measured: dict, pace: str) -> float:
    """What a request of this kind takes by itself, without its share of commits, of a core that is so busy."""
    each = measured["kinds"][kind][pace]
    return each["cpu_us"] - each["commits"] * counting(measured, "sqlite").commit_us


def _replicas(rates: dict[str, float], others_us: float, measured: dict, given: Assumptions) -> int:
    """For these requests a second, and what else is to be computed each second."""
    own_us = sum(rate * _own_us(kind, measured, "planned") for kind, rate in rates.items())
    needed = (own_us + others_us) / 1e6 / given.vcpu / given.utilisation / given.replica_vcpus
    return max(math.ceil(needed), int(given.fewest))


def _volume(reaching: float, replicas: int, measured: dict, given: Assumptions) -> dict[str, float]:
    """Of 30 days."""
    telemetry, requests = measured["telemetry"], reaching * SECONDS_OF_30_DAYS
    lines = requests * telemetry["line_bytes"] / 2**30
    notable = lines * given.notable / 100
    samples = replicas * telemetry["series"] * SECONDS_OF_30_DAYS / given.scrape_seconds / 1e6
    spans = requests * given.traced / 100 * given.spans_each / 1e6
    others = samples * given.million_samples + spans * given.million_spans
    return {
        "line_gib": lines,
        "notable_gib": notable,
        "samples_millions": samples,
        "spans_millions": spans,
        "telemetry_dollars": lines * given.gib_of_lines + others,
        "notable_dollars": notable * given.gib_of_lines + others,
    }

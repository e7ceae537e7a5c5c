"""Visits and images: what Sirius is there for."""

from grafana_foundation_sdk.builders.dashboard import Dashboard

from .vocabulary import units
from .vocabulary.frame import page
from .vocabulary.layout import Section, line, section
from .vocabulary.links import DATABASE, OVERVIEW, SLO, to
from .vocabulary.panels import BAD, CALM, GOOD, WARN, About, Look, Number
from .vocabulary.panels import graph, heat, number
from .vocabulary.queries import Query, increase, mean, quantile, rate, series, share
from .vocabulary.slo import alerts, limit


def dashboard() -> Dashboard:
    """The dashboard."""
    return page(
        "sirius-visits-images",
        "Visits and images",
        "How many visits are counted and how safely, which images are served, whether the catalogue is fresh, and who is"
        " kept within their quota.",
        _now(),
        _visits(),
        _images(),
        _pictures(),
        _quotas(),
    )


def _now() -> Section:
    stale = limit("freshness")
    return section(
        "Now",
        line(
            4,
            number(
                About(
                    "Visits ever",
                    "The number that the last visitor got: what the database has counted.",
                    "it never falls. If it did, a backup was restored, or the instances count in different databases.",
                ),
                units.COUNT,
                Query(f"max({series('sirius_visits_stored')})", "visits"),
                Number(base=CALM, decimals=0),
            ),
            number(
                About(
                    "Visits in this time",
                    "Visits that were counted in the time that is shown.",
                    "compare with the requests for pages and for visits on the Overview.",
                    see=(to(OVERVIEW, "Overview"),),
                ),
                units.COUNT,
                Query(increase("sirius_visits_total"), "visits", instant=True),
                Number(base=CALM, decimals=0),
            ),
            number(
                About(
                    "Visits lost in this time",
                    "Visits that were not acknowledged: their visitors saw no number.",
                    "Visits not acknowledged, below, says why.",
                    alerts=("SiriusVisitsNotCommitting",),
                ),
                units.COUNT,
                Query(increase("sirius_visit_failures_total"), "visits", instant=True),
                Number(limits=[(1, WARN)], decimals=0),
            ),
            number(
                About(
                    "Images in the catalogue",
                    "Images that a random choice can fall on, as the instances see it.",
                    "none at all means that no picture can be served: import some, or look why they went.",
                ),
                units.COUNT,
                Query(f"min({series('sirius_catalogue_images')})", "images"),
                Number(limits=[(1, GOOD)], base=BAD, decimals=0),
            ),
            number(
                About(
                    "Staleness",
                    "How far the catalogue of the instance that is furthest behind is behind the database.",
                    "pictures that were added do not appear, and removed ones are still shown; see Catalogue, below.",
                    alerts=("SiriusCatalogueStale",),
                    see=(to(SLO, "SLO and error budget"),),
                ),
                units.SECONDS,
                Query(f"max({series('sirius_catalogue_staleness_seconds')})", "behind"),
                Number(limits=[(stale / 2, WARN), (stale, BAD)], decimals=1),
            ),
            number(
                About(
                    "Read from memory",
                    "The part of images' contents that the cache had.",
                    "a low part costs time and disk, and is no fault: the cache may be too small for the catalogue.",
                ),
                units.PART,
                Query(_hits(), "hits"),
                Number(base=CALM, decimals=0, nothing="none asked"),
            ),
        ),
    )


def _hits() -> str:
    return share(
        rate("sirius_cache_requests_total", 'outcome="hit"'), rate("sirius_cache_requests_total", 'outcome=~"hit|miss"')
    )


def _visits() -> Section:
    database = (to(DATABASE, "Database"),)
    return section(
        "Visits",
        line(
            8,
            graph(
                About(
                    "Visits counted",
                    "Visits a second that were counted and acknowledged, by instance.",
                    "when it falls while requests do not, visits are not committed: see beside.",
                ),
                units.PER_SECOND,
                Query(rate("sirius_visits_total", by="instance"), "{{instance}}"),
                look=Look(stacked=True),
            ),
            graph(
                About(
                    "Visits not acknowledged",
                    "Visits a second whose visitor got no number: too many were waiting (busy), the commit took too long"
                    " (timed_out), the database refused (unavailable), or Sirius was stopping.",
                    "pictures are still served. Look at the database and its disk first; its lines name the error.",
                    alerts=("SiriusVisitsNotCommitting",),
                    see=database,
                ),
                units.PER_SECOND,
                Query(rate("sirius_visit_failures_total", by="reason"), "{{reason}}"),
                look=Look(stacked=True),
            ),
            graph(
                About(
                    "Visits waiting",
                    "Visits that have come and wait for their commit, by instance.",
                    "when it grows, commits are too slow for what comes: see how long they take.",
                    see=database,
                ),
                units.COUNT,
                Query(series("sirius_visits_pending"), "{{instance}}"),
            ),
        ),
        line(
            8,
            graph(
                About(
                    "Duration of a commit",
                    "How long it takes until a batch of visits is safe on the disk.",
                    "a disk that is slow to sync, or another writer: see Database.",
                    see=database,
                ),
                units.SECONDS,
                *(
                    Query(quantile(part, "sirius_visit_commit_duration_seconds"), name)
                    for part, name in [(0.5, "median"), (0.95, "p95"), (0.99, "p99")]
                ),
                look=Look(colors={"median": GOOD, "p95": WARN, "p99": BAD}),
            ),
            graph(
                About(
                    "Visits in a commit",
                    "How many visits share a commit: the more come at once, the more share one.",
                    "it is bad only together with waiting visits: then the disk is what holds them up.",
                ),
                units.COUNT,
                Query(mean("sirius_visit_batch_size"), "mean"),
                Query(quantile(0.99, "sirius_visit_batch_size"), "p99"),
            ),
            heat(
                About(
                    "Commits by their duration",
                    "How many commits took how long.",
                    "two bands one above the other are two kinds of commit: most often a disk that syncs in bursts.",
                ),
                units.SECONDS,
                Query(rate("sirius_visit_commit_duration_seconds_bucket", by="le"), "{{le}}"),
            ),
        ),
    )


def _images() -> Section:
    return section(
        "Images",
        line(
            8,
            graph(
                About(
                    "Images served by format",
                    "Images a second that were sent, or that a client was sent to.",
                    "a fall without errors means that fewer are asked for.",
                    see=(to(OVERVIEW, "Overview"),),
                ),
                units.PER_SECOND,
                Query(rate("sirius_images_served_total", by="format"), "{{format}}"),
                look=Look(stacked=True),
            ),
            graph(
                About(
                    "Images served by kind",
                    "Still and moving images, and those that are kept somewhere else and only linked to.",
                    "linked images that fail do so in the browser and are not seen here: `sirius images check-links`.",
                ),
                units.PER_SECOND,
                Query(rate("sirius_images_served_total", by="kind"), "{{kind}}"),
                look=Look(stacked=True),
            ),
            graph(
                About(
                    "Catalogue of each instance",
                    "Images that each instance has in memory. All are to have the same within seconds.",
                    "an instance that differs for long does not follow the database: see its staleness, and restart it.",
                ),
                units.COUNT,
                Query(series("sirius_catalogue_images"), "{{instance}}"),
                look=Look(lowest=None),
            ),
        ),
        line(
            7,
            graph(
                About(
                    "Catalogue behind the database",
                    "How long ago each instance's catalogue was known to be what the database has.",
                    "all instances: the database or the way to it. One: restart it.",
                    alerts=("SiriusCatalogueStale", *alerts("freshness")),
                    see=(to(DATABASE, "Database"), to(SLO, "SLO and error budget")),
                ),
                units.SECONDS,
                Query(series("sirius_catalogue_staleness_seconds"), "{{instance}}"),
                look=Look(limits=[(limit("freshness"), BAD)]),
            ),
            graph(
                About(
                    "Catalogue not read",
                    "How often in a minute the catalogue could not be read from the database.",
                    "the lines of the same time name the error; pictures are still served as they were.",
                    alerts=("SiriusCatalogueStale",),
                ),
                units.COUNT,
                Query(
                    increase("sirius_catalogue_refresh_failures_total", by="instance", over="1m"), "{{instance}}"
                ),
                look=Look(limits=[(1, WARN)]),
            ),
        ),
        line(
            7,
            graph(
                About(
                    "Cache of contents",
                    "Contents of images that the cache had (hit), that were read (miss), and that are too large to keep"
                    " (bypass).",
                    "many misses in a small catalogue: `cache` in the settings gives it more memory.",
                ),
                units.PER_SECOND,
                Query(rate("sirius_cache_requests_total", by="cache, outcome"), "{{cache}}: {{outcome}}"),
                look=Look(stacked=True, colors={"hit$": GOOD, "miss$": WARN, "bypass$": CALM}),
            ),
            graph(
                About(
                    "Memory of the cache",
                    "What the cache of each instance holds. It stays below the size in the settings.",
                    "it is part of the memory of the process; make it smaller where that is short.",
                ),
                units.BYTES,
                Query(series("sirius_cache_bytes"), "{{instance}} {{cache}}"),
            ),
            graph(
                About(
                    "Bytes not to be had",
                    "How often in a minute the bytes of an image could not be read: their store did not answer"
                    " (unavailable), has lost them (missing), or has other ones (corrupt).",
                    "unavailable passes with the store; missing and corrupt do not: `sirius fsck` lists the images.",
                    alerts=("SiriusPicturesUnavailable",),
                ),
                units.COUNT,
                Query(increase("sirius_blob_failures_total", by="reason", over="1m"), "{{reason}}"),
                look=Look(limits=[(1, WARN)], colors={"unavailable": WARN, "missing|corrupt": BAD}),
            ),
        ),
    )


def _pictures() -> Section:
    return section(
        "Pictures that are taken in",
        line(
            7,
            graph(
                About(
                    "Duration of an inspection",
                    "How long it takes to decode and measure a picture once it is its turn, at the 95th percentile.",
                    "very large pictures take long; `pictures` in the settings bounds them.",
                ),
                units.SECONDS,
                Query(quantile(0.95, "sirius_transform_duration_seconds", by="format"), "{{format}}"),
            ),
            graph(
                About(
                    "Pictures waiting",
                    "Pictures that wait for their turn to be inspected.",
                    "when it stays high, more are handed in than the processors can decode.",
                ),
                units.COUNT,
                Query(series("sirius_transform_queue_length"), "{{instance}}"),
            ),
            graph(
                About(
                    "Pictures refused",
                    "Pictures that were not taken: empty, of no format that is served, damaged, too slow or too much to"
                    " decode.",
                    "tell whoever hands them in; what they did is in the answer and in the lines.",
                ),
                units.PER_SECOND,
                Query(rate("sirius_transform_rejected_total", by="reason"), "{{reason}}"),
                look=Look(stacked=True),
            ),
        ),
    )


def _quotas() -> Section:
    return section(
        "Quotas",
        line(
            7,
            graph(
                About(
                    "Requests over their quota",
                    "Requests a second that were answered with 429 because their client had used up its quota.",
                    "one client: it is what quotas are for. Many at once: they may share an address, or `limits` is too"
                    " low; see also whether proxies are counted right.",
                ),
                units.REQUESTS_PER_SECOND,
                Query(rate("sirius_rate_limited_total", by="policy"), "{{policy}}"),
                look=Look(stacked=True),
            ),
            graph(
                About(
                    "Clients told apart",
                    "Clients whose quota is remembered, by quota and instance.",
                    "it is bounded, and forgets those who stay away. A sudden rise is many new addresses: an attack, or a"
                    " proxy that is not trusted.",
                ),
                units.COUNT,
                Query(f"sum by (instance, policy) ({series('sirius_rate_limit_keys')})", "{{instance}} {{policy}}"),
            ),
        ),
    )

"""How long a visit waits for commits alone: for the rest of the one that is under way, and for its own.

What nobody who counts many visits in one commit can be faster than, as long as commits follow on one another.
"""

import math
import random
import re
from itertools import pairwise
from statistics import fmean

from servers.sirius import Sirius

_DRAWS = 200_000

#: How many commits took at most so many seconds, by that bound.
Histogram = dict[float, float]


def commits(sirius: Sirius) -> Histogram:
    """Since it started."""
    lines = sirius.ask_admin("/metrics").text()
    found = re.findall(r'^sirius_visit_commit_duration_seconds_bucket{le="([^"]+)"} (\S+)$', lines, re.MULTILINE)
    return {float(bound): float(count) for bound, count in found}


def between(before: Histogram, after: Histogram) -> Histogram:
    """Those that ended between two looks."""
    return {bound: count - before.get(bound, 0) for bound, count in after.items()}


def p99(among: Histogram) -> float:
    """Of visits that arrive at any time while commits follow on one another, in commits: 1 is as long as they take on average.

    A commit is taken to be anywhere within its bucket.
    """
    buckets = [
        (low, low if math.isinf(high) else high, more - less)
        for (low, less), (high, more) in pairwise([(0.0, 0.0), *sorted(among.items())])
        if more > less
    ]
    if not buckets:
        return math.nan
    chance = random.Random(1)
    lasts = [chance.uniform(low, high) for low, high, _ in chance.choices(buckets, [n for *_, n in buckets], k=_DRAWS)]
    # The longer a commit is, the more visits arrive during it.
    under_way = chance.choices(lasts, lasts, k=_DRAWS)
    waits = [chance.uniform(0, other) + own for other, own in zip(under_way, lasts, strict=True)]
    return sorted(waits)[int(0.99 * _DRAWS)] / fmean(lasts)

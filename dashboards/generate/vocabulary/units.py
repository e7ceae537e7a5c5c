"""The units that the dashboards use, by what they mean."""

from grafana_foundation_sdk.models import units

SECONDS = units.Seconds
BYTES = units.BytesIEC
BYTES_PER_SECOND = units.BytesPerSecondIEC
#: A part of one: 0.5 is shown as 50 %.
PART = units.PercentUnit
COUNT = units.Short
#: A number that is one only by its looks, such as an account's state.
PLAIN = units.NoUnit
PER_SECOND = units.CountsPerSecond
REQUESTS_PER_SECOND = units.RequestsPerSecond
OPERATIONS_PER_SECOND = units.OpsPerSecond
#: How long, in words.
DURATION = units.DurationSeconds
MILLISECONDS = units.Milliseconds

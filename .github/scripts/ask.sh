#!/usr/bin/env bash
# ask.sh URL: asks a running Sirius for what people ask of it. Counts two visits.
set -euo pipefail
url=$1

ask() { curl --silent --show-error --fail --max-time 10 --retry 5 --retry-all-errors "$@"; }
# A visit is not asked for again: that could count it twice.
visit() { curl --silent --show-error --fail --max-time 10 --request POST "$url/api/v1/visits"; }
field() { python3 -c 'import json, sys; print(json.load(sys.stdin)[sys.argv[1]])' "$1"; }
fail() { echo "$*" >&2; exit 1; }

ask "$url/healthz" >/dev/null
echo "/healthz answers"
id=$(ask "$url/api/v1/images/random" | field id)
[[ -n $id ]] || fail "a random image without an id"
type=$(ask --output /dev/null --write-out '%{content_type}' "$url/api/v1/images/$id/content")
[[ $type == image/* ]] || fail "the bytes of $id are $type"
echo "a random image: $id, $type"
first=$(visit | field number)
second=$(visit | field number)
((second > first)) || fail "visit $second came after visit $first"
echo "visits $first and $second were counted"
status=$(curl --silent --max-time 10 --output /dev/null --write-out '%{http_code}' "$url/metrics")
[[ $status == 404 ]] || fail "/metrics of the admin port is seen on the public one: $status"
echo "the public port shows nothing of the admin port"

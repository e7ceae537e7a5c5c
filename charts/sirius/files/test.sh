# What `helm test` runs, with SIRIUS_URL set.
say() { printf '%s\n' "$*"; }
fail() {
    say "FAILED: $*"
    exit 1
}
ask() { curl --silent --show-error --fail --max-time 10 --retry 5 --retry-all-errors "$@"; }
field() { sed -n "s/.*\"$1\":\"\{0,1\}\([^\",}]*\).*/\1/p"; }

say "asking $SIRIUS_URL"
ask --output /dev/null "$SIRIUS_URL/healthz" || fail "/healthz does not answer 200"
say "/healthz answers"

address=$(ask "$SIRIUS_URL/api/v1/images/random?kind=still" | field content_url)
[ -n "$address" ] || fail "a random image has no content_url"
case $address in /*) address=$SIRIUS_URL$address ;; esac
path=${address#*://*/}
kind=$(ask --output /dev/null --write-out '%{content_type}' "$SIRIUS_URL/$path") || fail "$address has no bytes"
case $kind in image/*) say "a random image: $address, $kind" ;; *) fail "$address is $kind, no picture" ;; esac

# Not retried: each try is a visit.
number=$(curl --silent --show-error --fail --max-time 10 --request POST "$SIRIUS_URL/api/v1/visits" | field number)
[ "$number" -gt 0 ] || fail "a visit got no number"
total=$(ask "$SIRIUS_URL/api/v1/visits" | field total)
[ "$total" -ge "$number" ] || fail "visit $number was counted, and the total is $total"
say "visit $number was counted"

status=$(curl --silent --max-time 10 --output /dev/null --write-out '%{http_code}' "$SIRIUS_URL/metrics")
[ "$status" = 404 ] || fail "/metrics answers $status on the public port"
say "the public port shows nothing of the admin port"

#!/usr/bin/env bash
# try_compose.sh IMAGE: the stack of stack/compose.yaml with this image: everything becomes healthy, and the service answers.
# shellcheck source=.github/scripts/places.sh
source "$(dirname "${BASH_SOURCE[0]}")/places.sh"

docker tag "$1" sirius:local
compose=(docker compose --file stack/compose.yaml)
trap '"${compose[@]}" ps --all; "${compose[@]}" logs --tail 30; "${compose[@]}" down --volumes' EXIT
"${compose[@]}" up --detach --no-build --wait --wait-timeout 600
"$scripts/ask.sh" http://127.0.0.1:8080
# Prometheus sees it, with what it counted.
for _ in $(seq 60); do
    up=$(curl --silent --get http://127.0.0.1:9090/api/v1/query --data-urlencode 'query=up{job="sirius"}' |
        python3 -c 'import json, sys; print(sum(int(each["value"][1]) for each in json.load(sys.stdin)["data"]["result"]))' || true)
    [[ ${up:-0} -ge 1 ]] && break
    sleep 2
done
[[ ${up:-0} -ge 1 ]] || { echo "Prometheus does not see Sirius" >&2; exit 1; }
echo "Prometheus sees Sirius"

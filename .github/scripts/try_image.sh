#!/usr/bin/env bash
# try_image.sh IMAGE: the size of an image, and whether it runs as it is meant to: read-only, without capabilities, healthy.
# shellcheck source=.github/scripts/places.sh
source "$(dirname "${BASH_SOURCE[0]}")/places.sh"
image=$1 max=60000000

size=$(docker image inspect --format '{{.Size}}' "$image")
echo "$image takes $((size / 1000000)) MB unpacked"
((size < max)) || { echo "more than $((max / 1000000)) MB" >&2; exit 1; }
user=$(docker image inspect --format '{{.Config.User}}' "$image")
[[ $user =~ ^[1-9][0-9]*:[1-9][0-9]*$ ]] || { echo "it runs as '$user', which is no number but 0" >&2; exit 1; }

container=$(docker run --detach --read-only --cap-drop ALL --security-opt no-new-privileges \
    --publish 127.0.0.1::8080 "$image")
trap 'docker logs --tail 50 "$container"; docker rm --force --volumes "$container" >/dev/null' EXIT
for _ in $(seq 60); do
    health=$(docker container inspect --format '{{.State.Health.Status}}' "$container")
    [[ $health != starting ]] && break
    sleep 1
done
[[ $health == healthy ]] || { echo "its health is: $health" >&2; exit 1; }
"$scripts/ask.sh" "http://$(docker port "$container" 8080/tcp)"
docker stop --timeout 40 "$container" >/dev/null
status=$(docker container inspect --format '{{.State.ExitCode}}' "$container")
((status == 0)) || { echo "it stopped with $status" >&2; exit 1; }
echo "it stopped in order"

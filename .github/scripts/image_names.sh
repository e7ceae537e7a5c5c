#!/usr/bin/env bash
# What the image is called in each registry: its commit's tag everywhere and, for a release, its version's with and without
# the v: the charts ask for the latter, the registry keeps what has the former. Takes IMAGE, TAG, VERSION (empty without a
# release), GCP_IMAGES (one for each project) and DOCKERHUB_IMAGE (empty if not used); outputs images and tags.
# shellcheck source=.github/scripts/places.sh
source "$(dirname "${BASH_SOURCE[0]}")/places.sh"

images=() tags=()
read -ra elsewhere <<<"${GCP_IMAGES:-} ${DOCKERHUB_IMAGE:-}"
for image in "${IMAGE:?}" "${elsewhere[@]}"; do
    image=${image,,} # GitHub's names may have capitals, images' may not
    images+=("$image")
    tags+=("$image:$TAG")
    [[ -z ${VERSION:-} ]] || tags+=("$image:$VERSION" "$image:v$VERSION")
done
output "images=${images[*]}"
output "tags=$(IFS=,; echo "${tags[*]}")"

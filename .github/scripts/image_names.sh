#!/usr/bin/env bash
# What the image is called in each registry: its commit's tag everywhere and, for a release, its version's with and without
# the v: the charts ask for the latter, the registry keeps what has the former. Takes IMAGE, TAG, VERSION (empty without a
# release), GCP_IMAGES (one for each project) and DOCKERHUB_IMAGE (empty if not used); outputs images, the name that it is
# built under (first), and all others.
# shellcheck source=.github/scripts/places.sh
source "$(dirname "${BASH_SOURCE[0]}")/places.sh"

images=() names=()
read -ra elsewhere <<<"${GCP_IMAGES:-} ${DOCKERHUB_IMAGE:-}"
for image in "${IMAGE:?}" "${elsewhere[@]}"; do
    image=${image,,} # GitHub's names may have capitals, images' may not
    images+=("$image")
    names+=("$image:$TAG")
    [[ -z ${VERSION:-} ]] || names+=("$image:$VERSION" "$image:v$VERSION")
done
output "images=${images[*]}"
output "first=${names[0]}"
output "others=${names[*]:1}"

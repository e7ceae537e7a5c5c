#!/usr/bin/env bash
# Fails unless the image TAG is where ENVIRONMENT takes its images from: the commit of a tag that is not there would wait for
# Argo CD in vain, and be taken back after twenty minutes.
# shellcheck source=.github/scripts/places.sh
source "$(dirname "${BASH_SOURCE[0]}")/places.sh"

values=$(values_of "$ENVIRONMENT")
repository=$(sed -n '/^image:/,/^[^ #]/s/^  repository: *//p' "$values")
[[ -n $repository ]] || { echo "$values names no image.repository" >&2; exit 1; }
if ! digest=$(gcloud artifacts docker images describe "$repository:$TAG" --format='value(image_summary.digest)') ||
    [[ $digest != sha256:* ]]; then
    echo "$repository has no image $TAG, or does not show it: nothing is deployed." >&2
    exit 1
fi
echo "$TAG is $digest"

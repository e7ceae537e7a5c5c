#!/usr/bin/env bash
# Deletes from Artifact Registry what cleanup.py chooses of each of GCP_IMAGES; with DRY_RUN=true only says so. Takes KEEP and
# DAYS. Everything is listed and chosen before anything is deleted.
# shellcheck source=.github/scripts/places.sh
source "$(dirname "${BASH_SOURCE[0]}")/places.sh"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$scripts/deployed.sh" >"$work/deployed"
for image in ${GCP_IMAGES:?}; do
    gcloud artifacts docker images list "$image" --include-tags --format=json >"$work/listing.json"
    "$scripts/cleanup.py" --kind image --listing "$work/listing.json" --deployed "$work/deployed" \
        --keep "$KEEP" --days "$DAYS" >"$work/digests"
    sed "s|^|$image@|" "$work/digests" >>"$work/chosen"
done
while read -r image; do
    if [[ ${DRY_RUN:-true} == true ]]; then
        echo "would be deleted: $image"
    else
        gcloud artifacts docker images delete "$image" --delete-tags --quiet </dev/null
    fi
done <"$work/chosen"

#!/usr/bin/env bash
# Deletes from Artifact Registry what cleanup.py chooses of each of GCP_IMAGES; with DRY_RUN=true only says so. Takes KEEP and
# DAYS. Everything is listed and chosen before anything is deleted. Needs Docker with buildx, which reads manifests.
# shellcheck source=.github/scripts/places.sh
source "$(dirname "${BASH_SOURCE[0]}")/places.sh"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$scripts/deployed.sh" >"$work/deployed"
for image in ${GCP_IMAGES:?}; do
    gcloud auth configure-docker "${image%%/*}" --quiet
    gcloud artifacts docker images list "$image" --include-tags --format=json >"$work/listing.json"
    # What belongs to what stands in the manifests only.
    rm -rf "$work/manifests"
    mkdir "$work/manifests"
    python3 -c 'import json, sys; print(*[each["version"] for each in json.load(sys.stdin)], sep="\n")' \
        <"$work/listing.json" >"$work/listed"
    while read -r digest; do
        [[ -z $digest ]] ||
            docker buildx imagetools inspect --raw "$image@$digest" </dev/null >"$work/manifests/${digest#sha256:}.json"
    done <"$work/listed"
    "$scripts/cleanup.py" --kind image --listing "$work/listing.json" --manifests "$work/manifests" \
        --deployed "$work/deployed" --keep "$KEEP" --days "$DAYS" >"$work/digests"
    sed "s|^|$image@|" "$work/digests" >>"$work/chosen"
done
while read -r image; do
    if [[ ${DRY_RUN:-true} == true ]]; then
        echo "would be deleted: $image"
    else
        gcloud artifacts docker images delete "$image" --delete-tags --quiet </dev/null
    fi
done <"$work/chosen"

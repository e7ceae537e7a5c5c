#!/usr/bin/env bash
# Prints every tag that an environment has, or had within DAYS: what a deployment may go back to. Fails when an environment's
# values cannot be read.
# shellcheck source=.github/scripts/places.sh
source "$(dirname "${BASH_SOURCE[0]}")/places.sh"

for environment in dev prod; do
    values=$(values_of "$environment")
    tag=$("$scripts/bump.py" --get "$values" "$TAG_KEY")
    [[ -n $tag ]] || { echo "$values names no tag" >&2; exit 1; }
    echo "$tag"
    # What was taken away within that time ran until then.
    git log --since="$DAYS days ago" --patch --format= -- "$values" |
        sed -nE 's/^[-+] *tag: *"?([A-Za-z0-9_.-]+)"?.*/\1/p'
done | sort --unique

#!/usr/bin/env bash
# Deletes from gh-pages what cleanup.py chooses of the charts there, and rewrites the index; with DRY_RUN=true only says so.
# Takes KEEP, DAYS and PAGES_URL.
# shellcheck source=.github/scripts/places.sh
source "$(dirname "${BASH_SOURCE[0]}")/places.sh"

work=$(mktemp -d)
trap 'rm -rf "$work"; git worktree prune' EXIT
"$scripts/deployed.sh" >"$work/deployed"
git fetch origin gh-pages
git worktree add --quiet "$work/pages" origin/gh-pages
"$scripts/cleanup.py" --kind chart --listing "$work/pages/index.yaml" --deployed "$work/deployed" \
    --keep "$KEEP" --days "$DAYS" >"$work/chosen"
while read -r chart; do
    if [[ ${DRY_RUN:-true} == true ]]; then
        echo "would be deleted: $chart"
    else
        rm "$work/pages/$chart"
    fi
done <"$work/chosen"
if [[ ${DRY_RUN:-true} != true && -s $work/chosen ]]; then
    mkdir "$work/none"
    "$scripts/pages.sh" "$work/pages" "$work/none" "Delete old pre-releases of charts"
fi

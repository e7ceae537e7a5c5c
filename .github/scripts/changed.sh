#!/usr/bin/env bash
# Prints the files that differ from the commit that dev has, whatever runs were left out in between; all files where that
# commit is unknown.
# shellcheck source=.github/scripts/places.sh
source "$(dirname "${BASH_SOURCE[0]}")/places.sh"

tag=$("$scripts/bump.py" --get "$(values_of dev)" "$TAG_KEY")
if commit=$(git rev-parse --verify --quiet "${tag#sha-}^{commit}"); then
    git diff --name-only "$commit" HEAD
else
    git ls-files
fi

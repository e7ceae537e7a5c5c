#!/usr/bin/env bash
# Commits TAG to the values of ENVIRONMENT, and pushes. Outputs: commit (the one that has it), changed (true or false).
# shellcheck source=.github/scripts/places.sh
source "$(dirname "${BASH_SOURCE[0]}")/places.sh"

[[ $TAG =~ ^(sha-[0-9a-f]{8}|v[0-9]+\.[0-9]+\.[0-9]+)$ ]] ||
    { echo "The tag is '$TAG'; allowed are sha- with the first eight of a commit, and a release such as v1.2.3." >&2; exit 1; }
values=$(values_of "$ENVIRONMENT")
was=$("$scripts/bump.py" "$values" "$TAG_KEY" "$TAG")
if git diff --quiet -- "$values"; then
    echo "$ENVIRONMENT has $TAG already."
    output "changed=false"
else
    as_pipeline commit --quiet --message "Deploy $TAG to $ENVIRONMENT" --message "Instead of $was." -- "$values"
    push_to_main
    output "changed=true"
fi
output "commit=$(git rev-parse HEAD)"

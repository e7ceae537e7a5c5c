#!/usr/bin/env bash
# Takes the deployment of COMMIT back by a commit of its own, which Argo CD syncs. Somebody who has deployed something else
# to ENVIRONMENT since is not overruled: then it fails, and changes nothing.
# shellcheck source=.github/scripts/places.sh
source "$(dirname "${BASH_SOURCE[0]}")/places.sh"

git fetch --quiet origin main
git switch --quiet --detach origin/main
values=$(values_of "$ENVIRONMENT")
if ! git diff --quiet "$COMMIT" HEAD -- "$values"; then
    echo "$values has changed since ${COMMIT:0:8}: nothing is taken back. Look at what runs, and decide." >&2
    exit 1
fi
as_pipeline revert --no-edit "$COMMIT"
push_to_main
echo "${COMMIT:0:8} is taken back: $ENVIRONMENT returns to what it had."

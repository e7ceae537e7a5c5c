#!/usr/bin/env bash
# Makes main a release when its commits ask for one: version and changelog in one commit, its tag, both pushed at once or not
# at all. Outputs: version (empty without a release), commit (what the image is built of), tag (the image's own name).
# shellcheck source=.github/scripts/places.sh
source "$(dirname "${BASH_SOURCE[0]}")/places.sh"

version=$("$scripts/version.py")
if [[ -n $version ]]; then
    "$scripts/set_version.py" "$version"
    "$scripts/changelog.py" CHANGELOG.md "$version" "$(date --utc +%F)" >release.md
    git add CHANGELOG.md
    as_pipeline commit --quiet --all --message "Release v$version"
    as_pipeline tag --annotate --message "Sirius $version" "v$version"
    # Whoever pushes in between starts a run of their own, which makes this release with their commit in it.
    git push --atomic origin HEAD:main "v$version"
fi
commit=$(git rev-parse HEAD)
output "version=$version"
output "commit=$commit"
output "tag=sha-${commit:0:8}"

#!/usr/bin/env bash
# Packages both charts, pushes them to the registry, and enters them in the index on the branch gh-pages. A release has its
# version; what lies between two has the last one's with the commit added (0.4.1-sha-0123abcd), which Helm takes only by name.
# Takes VERSION (empty without a release), TAG, REGISTRY and PAGES_URL. Running it again changes nothing.
# shellcheck source=.github/scripts/places.sh
source "$(dirname "${BASH_SOURCE[0]}")/places.sh"

version=${VERSION:-$(sed -n 's/^version: //p' charts/sirius/Chart.yaml)-$TAG}
work=$(mktemp -d)
trap 'rm -rf "$work"; git worktree prune' EXIT
"$scripts/set_version.py" "$version"
[[ -n ${VERSION:-} ]] || sed -i "s/^appVersion: .*/appVersion: $TAG/" charts/*/Chart.yaml
# Not `build`: a Chart.lock would still have the version before. Every dependency is named by its exact version.
helm dependency update charts/sirius-stack
for chart in sirius sirius-stack; do
    helm package "charts/$chart" --destination "$work/new"
done

git fetch origin gh-pages
git worktree add --quiet "$work/pages" origin/gh-pages
for package in "$work"/new/*.tgz; do
    if [[ -e $work/pages/${package##*/} ]]; then
        echo "${package##*/} is published already"
        rm "$package"
        continue
    fi
    helm push "$package" "$REGISTRY"
done
"$scripts/pages.sh" "$work/pages" "$work/new" "Publish charts $version"

#!/usr/bin/env bash
# Builds two versions of Sirius: ./now, of the checkout, and ./before, of $1, or else of the last release, or else of the
# newest commit that is a day older. `two_versions.sh --which $1` only says which one that is.
set -euo pipefail

which_before() {
    local wanted=$1
    if [[ -n $wanted ]]; then
        git rev-parse --verify --quiet "$wanted^{commit}" ||
            { echo "There is no commit $wanted here." >&2; return 1; }
    elif ! git rev-parse --verify --quiet "$(git describe --tags --abbrev=0 --match 'v[0-9]*' 2>/dev/null)^{commit}"; then
        git rev-list --max-count=1 --first-parent --before="$(git show --no-patch --format=%ct HEAD | awk '{print $1 - 86400}')" HEAD |
            grep . || { echo "There is nothing before this commit to compare it with." >&2; return 1; }
    fi
}

if [[ ${1:-} == --which ]]; then
    which_before "${2:-}"
    exit
fi

before=$(which_before "${1:-}")
echo "before: $(git log -1 --format='%h %s' "$before")"
cargo build --release
install target/release/sirius now
folder=$(mktemp -d)
git worktree add --detach "$folder/before" "$before"
# With the same target folder, so that dependencies which have not changed are not compiled again.
(cd "$folder/before" && CARGO_TARGET_DIR=$OLDPWD/target cargo build --release)
install target/release/sirius before
git worktree remove "$folder/before"

#!/usr/bin/env bash
# pages.sh PAGES NEW MESSAGE: puts the packages of the folder NEW into the index of PAGES, a worktree of gh-pages, and pushes.
# With no packages, the index is rewritten for those that are left. Takes PAGES_URL.
set -euo pipefail
scripts=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
pages=$1 new=$2 message=$3

cd "$pages"
if compgen -G "$new/*.tgz" >/dev/null; then
    # Merged, so that what is there keeps the day it was made.
    helm repo index "$new" --url "$PAGES_URL" --merge index.yaml
    mv "$new"/*.tgz "$new/index.yaml" .
else
    # Of the old index, the entries whose packages are there.
    "$scripts/index.py" index.yaml .
fi
git add --all .
if git diff --cached --quiet; then
    echo "gh-pages has it already."
    exit
fi
git -c user.name="github-actions[bot]" -c user.email="41898282+github-actions[bot]@users.noreply.github.com" \
    commit --quiet --message "$message"
git push origin HEAD:gh-pages

# shellcheck shell=bash disable=SC2034
# Where the pipelines' scripts find things. Sourced by them, from anywhere in the checkout.
set -euo pipefail
scripts=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cd "$(git rev-parse --show-toplevel)"

# The values of an environment that Argo CD syncs, and the one that names the image.
values_of() { echo "deploy/argocd/values/$1.yaml"; }
TAG_KEY=image.tag

# The author of commits that a pipeline makes.
as_pipeline() {
    git -c user.name="github-actions[bot]" -c user.email="41898282+github-actions[bot]@users.noreply.github.com" "$@"
}

# Pushes HEAD to main; whoever was faster goes first, three times.
push_to_main() {
    local try
    for try in 1 2 3; do
        if git push origin HEAD:main; then return; fi
        echo "main has moved; try $try of 3" >&2
        git fetch origin main
        as_pipeline rebase origin/main
    done
    return 1
}

# For the steps that follow; on a person's machine there is no such file.
output() { echo "$1" >>"${GITHUB_OUTPUT:-/dev/stdout}"; }

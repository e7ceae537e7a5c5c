#!/usr/bin/env bash
# Waits until Argo CD has brought ENVIRONMENT to COMMIT, then asks the service at URL for what people ask of it.
# shellcheck source=.github/scripts/places.sh
source "$(dirname "${BASH_SOURCE[0]}")/places.sh"

application=sirius-$ENVIRONMENT-service
echo "waiting for $application to be synced to ${COMMIT:0:8} and healthy"
deadline=$((SECONDS + ${WAIT_SECONDS:-1200}))
while true; do
    state=$(kubectl get application "$application" --namespace argocd --output \
        jsonpath='{.status.sync.revision}{.status.sync.revisions[*]} {.status.sync.status} {.status.health.status}' || true)
    read -r revision sync health <<<"$state"
    # A later commit has this one in it.
    if [[ $sync == Synced && $health == Healthy && -n $revision ]] &&
        git fetch --quiet origin main && git merge-base --is-ancestor "$COMMIT" "${revision:0:40}"; then
        break
    fi
    if ((SECONDS > deadline)); then
        echo "it is still: ${state:-unknown}" >&2
        exit 1
    fi
    sleep "${POLL_SECONDS:-10}"
done
exec "$scripts/ask.sh" "$URL"

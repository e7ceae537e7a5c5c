#!/usr/bin/env bash
# try_kind.sh IMAGE: the umbrella with the real charts in a cluster of kind's, up to an alert that arrives at a webhook.
# shellcheck source=.github/scripts/places.sh
source "$(dirname "${BASH_SOURCE[0]}")/places.sh"
image=$1 namespace=sirius

kind create cluster --config deploy/kind/cluster.yaml --wait 120s
docker tag "$image" sirius:local
kind load docker-image sirius:local --name sirius

charts/install-crds
kubectl create namespace "$namespace"
kubectl label namespace "$namespace" pod-security.kubernetes.io/warn=restricted

# Whoever is paged: a pod that writes down what it is sent.
kubectl create configmap webhook --namespace "$namespace" --from-file=webhook.py="$scripts/webhook.py"
kubectl apply --namespace "$namespace" --filename "$scripts/webhook.yaml"

# Each secret that Alertmanager's settings read from a file is that pod's address.
files=$(mktemp -d)
grep --only-matching --extended-regexp '_file: *"?/etc/alertmanager/secrets/[A-Za-z0-9_.-]+' alerts/alertmanager.yml |
    sed 's|.*/||' | sort --unique | while read -r name; do
        printf 'http://webhook.%s.svc:8080/%s' "$namespace" "$name" >"$files/$name"
    done
kubectl create secret generic sirius-alertmanager --namespace "$namespace" --from-file="$files"
kubectl create secret generic sirius-grafana --namespace "$namespace" \
    --from-literal=user=admin --from-literal=password="$(openssl rand -hex 16)"

helm dependency build charts/sirius-stack
helm upgrade --install stack charts/sirius-stack --namespace "$namespace" \
    --values charts/sirius-stack/values/kind.yaml \
    --set sirius.image.repository=sirius --set sirius.image.tag=local --wait --timeout 15m
helm test stack --namespace "$namespace" --logs
"$scripts/ask.sh" http://127.0.0.1:8080

echo "Sirius is taken away; its alert must arrive"
kubectl scale --namespace "$namespace" --replicas=0 statefulset/sirius
for _ in $(seq 90); do
    if kubectl logs --namespace "$namespace" deployment/webhook | grep --quiet '"alertname": *"Sirius'; then
        echo "an alert of Sirius has arrived"
        exit
    fi
    sleep 10
done
echo "no alert has arrived within 15 minutes" >&2
exit 1

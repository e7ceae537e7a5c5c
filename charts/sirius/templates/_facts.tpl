{{/* What follows from the values, decided in one place. A fact that is true is the text `true`, one that is not is empty. */}}

{{/* Something is kept in the pod's volume: SQLite, or pictures in a folder. Then there is one pod. */}}
{{- define "sirius.stateful" -}}
{{- if or (eq .Values.database.type "sqlite") (not .Values.blobs.url) }}true{{ end -}}
{{- end -}}

{{/* The fewest pods that there are. */}}
{{- define "sirius.fewest" -}}
{{- .Values.autoscaling.enabled | ternary .Values.autoscaling.minReplicas .Values.replicas | int -}}
{{- end -}}

{{/* The public port's Ingress or Gateway is one of Google's load balancers. */}}
{{- define "sirius.gceIngress" -}}
{{- if and .Values.ingress.enabled (has .Values.ingress.className (list "gce" "gce-internal")) }}true{{ end -}}
{{- end -}}
{{- define "sirius.gkeGateway" -}}
{{- if and .Values.gateway.enabled (hasPrefix "gke-" .Values.gateway.className) }}true{{ end -}}
{{- end -}}

{{- define "sirius.trustedProxies" -}}
{{- if not (kindIs "invalid" .Values.trustedProxies) -}}
{{- .Values.trustedProxies | int -}}
{{- else if or (include "sirius.gceIngress" .) (include "sirius.gkeGateway" .) -}}
2
{{- else if or .Values.ingress.enabled .Values.gateway.enabled -}}
1
{{- else -}}
0
{{- end -}}
{{- end -}}

{{/* The first name under which people reach Sirius, as an address; empty when there is none. */}}
{{- define "sirius.publicUrl" -}}
{{- $front := .Values.ingress.enabled | ternary .Values.ingress .Values.gateway -}}
{{- if and $front.enabled $front.hosts -}}
{{- printf "%s://%s" (eq $front.tls.mode "none" | ternary "http" "https") (first $front.hosts) -}}
{{- end -}}
{{- end -}}

{{/* The keys of the Secret, as a YAML list. */}}
{{- define "sirius.secretKeys" -}}
{{- $secrets := .Values.secrets -}}
{{- $made := concat (keys $secrets.values) (keys $secrets.external.data) -}}
{{- concat $made $secrets.existing.keys | uniq | sortAlpha | toYaml -}}
{{- end -}}

{{/* Seconds, rounded up, of a duration such as `250ms` or `5m`. */}}
{{- define "sirius.seconds" -}}
{{- $unit := regexFind "[a-z]+$" . -}}
{{- $number := trimSuffix $unit . | int64 -}}
{{- if eq $unit "ms" -}}
{{- div (add $number 999) 1000 -}}
{{- else -}}
{{- mul $number (get (dict "s" 1 "m" 60 "h" 3600 "d" 86400) $unit) -}}
{{- end -}}
{{- end -}}

{{/*
The seconds that stopping may take: preStop; unready, but serving; draining; then visits, the database and telemetry,
each within `flush_timeout`; the admin port's second; and two to spare.
*/}}
{{- define "sirius.stopping" -}}
{{- $steps := .Values.config.shutdown | default dict -}}
{{- $delay := include "sirius.seconds" ($steps.unready_delay | default "0s") | int64 -}}
{{- $drain := include "sirius.seconds" ($steps.drain_timeout | default "20s") | int64 -}}
{{- $flush := include "sirius.seconds" ($steps.flush_timeout | default "5s") | int64 -}}
{{- add .Values.shutdown.preStopSeconds $delay $drain (mul 3 $flush) 1 2 -}}
{{- end -}}

{{- define "sirius.gracePeriod" -}}
{{- if kindIs "invalid" .Values.shutdown.gracePeriodSeconds -}}
{{- include "sirius.stopping" . -}}
{{- else -}}
{{- .Values.shutdown.gracePeriodSeconds | int -}}
{{- end -}}
{{- end -}}

{{/* The host and the port of a URL: of its own, else the default of its scheme. */}}
{{- define "sirius.host" -}}
{{- (urlParse .).host | regexFind "^(\\[[^]]*\\]|[^:]*)" -}}
{{- end -}}
{{- define "sirius.port" -}}
{{- $url := urlParse . -}}
{{- $defaults := dict "postgres" "5432" "postgresql" "5432" "mysql" "3306" "mariadb" "3306" "http" "80" "https" "443" -}}
{{- regexFind ":[0-9]+$" $url.host | trimPrefix ":" | default (get $defaults $url.scheme) -}}
{{- end -}}

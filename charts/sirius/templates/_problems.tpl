{{/*
What the schema cannot say: values that are allowed, but not together. All of them at once, each a sentence that says
what to do.
*/}}
{{- define "sirius.problems" -}}
{{- $values := .Values -}}
{{- $fewest := include "sirius.fewest" . | int -}}
{{- $keys := include "sirius.secretKeys" . | fromYamlArray -}}
{{- $problems := list -}}

{{- /* The database and the bytes */ -}}
{{- $sqlite := eq $values.database.type "sqlite" -}}
{{- if and $sqlite $values.database.url -}}
{{- $problems = append $problems "database.url is set and database.type is sqlite, whose file is in the volume: set database.type to postgres or mysql, or leave the URL out." -}}
{{- end -}}
{{- if not $sqlite -}}
{{- if not $values.database.url -}}
{{- $problems = append $problems (printf "database.type is %s and database.url is not set: set it to where the database is, such as %s://sirius@db.example.org/sirius." $values.database.type $values.database.type) -}}
{{- else -}}
{{- $scheme := (urlParse $values.database.url).scheme -}}
{{- $allowed := eq $values.database.type "postgres" | ternary (list "postgres" "postgresql") (list "mysql" "mariadb") -}}
{{- if not (has $scheme $allowed) -}}
{{- $problems = append $problems (printf "database.url begins with %q and database.type is %s: allowed is %s." (printf "%s:" $scheme) $values.database.type (join ":// or " $allowed | printf "%s://")) -}}
{{- end -}}
{{- if contains ":" (urlParse $values.database.url).userinfo -}}
{{- $problems = append $problems "database.url holds a password, which everybody who may read ConfigMaps could read: leave it out and give database-password by secrets." -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if and (gt (int $values.replicas) 1) (not $values.autoscaling.enabled) -}}
{{- if $sqlite -}}
{{- $problems = append $problems (printf "replicas = %d and the database is SQLite, a file that one pod alone can use: set replicas to 1, or database.type to postgres or mysql." (int $values.replicas)) -}}
{{- else if not $values.blobs.url -}}
{{- $problems = append $problems (printf "replicas = %d and blobs.url is not set, so that pictures would be in a folder of one pod: set it to a bucket, or replicas to 1." (int $values.replicas)) -}}
{{- end -}}
{{- end -}}
{{- if and $values.autoscaling.enabled (include "sirius.stateful" .) -}}
{{- $problems = append $problems (printf "autoscaling.enabled is true and %s: more than one pod needs database.type postgres or mysql and a blobs.url." ($sqlite | ternary "the database is SQLite, a file that one pod alone can use" "pictures are in a folder of one pod")) -}}
{{- end -}}
{{- if $values.cloudSql.enabled -}}
{{- if $sqlite -}}
{{- $problems = append $problems "cloudSql.enabled is true and database.type is sqlite: set it to postgres or mysql." -}}
{{- else if $values.database.url -}}
{{- $through := list "127.0.0.1" "localhost" | has (include "sirius.host" $values.database.url) -}}
{{- if not (and $through (eq (include "sirius.port" $values.database.url) ($values.cloudSql.port | int | toString))) -}}
{{- $problems = append $problems (printf "cloudSql.enabled is true and database.url does not lead to the proxy: its host must be 127.0.0.1 and its port cloudSql.port = %d." (int $values.cloudSql.port)) -}}
{{- end -}}
{{- end -}}
{{- if not $values.cloudSql.instance -}}
{{- $problems = append $problems "cloudSql.enabled is true and cloudSql.instance is not set: set it to PROJECT:REGION:INSTANCE." -}}
{{- end -}}
{{- end -}}

{{- /* Secrets */ -}}
{{- $ways := list -}}
{{- if $values.secrets.values }}{{ $ways = append $ways "secrets.values" }}{{ end -}}
{{- if $values.secrets.existing.name }}{{ $ways = append $ways "secrets.existing" }}{{ end -}}
{{- if $values.secrets.external.data }}{{ $ways = append $ways "secrets.external" }}{{ end -}}
{{- if gt (len $ways) 1 -}}
{{- $problems = append $problems (printf "%s are set together: secrets come in one way only; leave the others out." (join " and " $ways)) -}}
{{- end -}}
{{- if and $values.secrets.existing.name (not $values.secrets.existing.keys) -}}
{{- $problems = append $problems "secrets.existing.name is set and secrets.existing.keys is empty: list the keys that the Secret has, such as database-password." -}}
{{- end -}}
{{- if and $values.secrets.existing.keys (not $values.secrets.existing.name) -}}
{{- $problems = append $problems "secrets.existing.keys is set and secrets.existing.name is not: name the Secret that has them." -}}
{{- end -}}
{{- if and $values.secrets.external.data (not $values.secrets.external.store.name) -}}
{{- $problems = append $problems "secrets.external.data is set and secrets.external.store.name is not: name the SecretStore or ClusterSecretStore." -}}
{{- end -}}
{{- if and (has "database-password" $keys) $sqlite -}}
{{- $problems = append $problems "database-password is among the secrets and the database is SQLite, which has none: leave it out, or set database.type." -}}
{{- end -}}

{{- /* What the chart decides by itself, and what is no setting for a ConfigMap */ -}}
{{- $elsewhere := dict "data.dir" "nothing: it is /data" "server.listen" "listenAddress and ports.http" "admin.listen" "listenAddress and ports.admin" "server.trusted_proxies" "trustedProxies" "database.url" "database.url (beside config)" "database.password_file" "database-password of secrets" "blobs.url" "blobs.url (beside config)" "admin.token_file" "admin-token of secrets" "loki.password_file" "loki-password of secrets" "loki.token_file" "loki-token of secrets" "admin.token" "admin-token of secrets" "loki.password" "loki-password of secrets" "loki.token" "loki-token of secrets" "traces.headers" "traces-headers of secrets" "database.password" "database-password of secrets" -}}
{{- range $key, $place := $elsewhere -}}
{{- $parts := splitList "." $key -}}
{{- $section := get $values.config (first $parts) -}}
{{- if and (kindIs "map" $section) (hasKey $section (last $parts)) -}}
{{- $problems = append $problems (printf "config.%s is not for config: use %s." $key $place) -}}
{{- end -}}
{{- end -}}

{{- /* The way in */ -}}
{{- if eq $values.ports.http $values.ports.admin -}}
{{- $problems = append $problems (printf "ports.http and ports.admin are both %d: the admin port must be another one, it is never public." (int $values.ports.http)) -}}
{{- end -}}
{{- if and $values.ingress.enabled $values.gateway.enabled -}}
{{- $problems = append $problems "ingress.enabled and gateway.enabled are both true: proxies in front are counted for one way in; choose one." -}}
{{- end -}}
{{- range $way, $front := dict "ingress" $values.ingress "gateway" $values.gateway -}}
{{- if $front.enabled -}}
{{- if not $front.hosts -}}
{{- $problems = append $problems (printf "%s.enabled is true and %s.hosts is empty: name the hosts under which people reach Sirius." $way $way) -}}
{{- end -}}
{{- if and (eq $front.tls.mode "cert-manager") (not $front.tls.issuer.name) -}}
{{- $problems = append $problems (printf "%s.tls.mode is cert-manager and %s.tls.issuer.name is not set: name the issuer." $way $way) -}}
{{- end -}}
{{- if and (eq $front.tls.mode "secret") (not $front.tls.secretName) -}}
{{- $problems = append $problems (printf "%s.tls.mode is secret and %s.tls.secretName is not set: name the Secret that holds the certificate." $way $way) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if and $values.ingress.enabled (eq $values.ingress.tls.mode "google-managed") (ne $values.ingress.className "gce") -}}
{{- $problems = append $problems (printf "ingress.tls.mode is google-managed and ingress.className is %q: only gce has such certificates." $values.ingress.className) -}}
{{- end -}}
{{- if and $values.gateway.enabled (ne $values.gateway.tls.mode "none") $values.gateway.parentRefs -}}
{{- $problems = append $problems "gateway.tls.mode is set and gateway.parentRefs names a Gateway that is there already, whose own TLS it is: set gateway.tls.mode to none." -}}
{{- end -}}
{{- if and $values.gateway.enabled (eq $values.gateway.tls.mode "google-managed") -}}
{{- if not $values.gateway.tls.certificateMap -}}
{{- $problems = append $problems "gateway.tls.mode is google-managed and gateway.tls.certificateMap is not set: name the certificate map." -}}
{{- end -}}
{{- if not (hasPrefix "gke-" $values.gateway.className) -}}
{{- $problems = append $problems (printf "gateway.tls.mode is google-managed and gateway.className is %q: only Google's classes, gke-..., have such certificates." $values.gateway.className) -}}
{{- end -}}
{{- end -}}
{{- if and (eq $values.service.type "ClusterIP") $values.service.nodePort -}}
{{- $problems = append $problems "service.nodePort is set and service.type is ClusterIP: set it to NodePort or LoadBalancer." -}}
{{- end -}}

{{- /* How many */ -}}
{{- if $values.autoscaling.enabled -}}
{{- if lt (int $values.autoscaling.maxReplicas) (int $values.autoscaling.minReplicas) -}}
{{- $problems = append $problems (printf "autoscaling.maxReplicas = %d is below autoscaling.minReplicas = %d." (int $values.autoscaling.maxReplicas) (int $values.autoscaling.minReplicas)) -}}
{{- end -}}
{{- if and (kindIs "invalid" $values.autoscaling.targetCPU) (kindIs "invalid" $values.autoscaling.targetMemory) -}}
{{- $problems = append $problems "autoscaling.enabled is true and neither autoscaling.targetCPU nor autoscaling.targetMemory is set: set one of them." -}}
{{- end -}}
{{- range $resource, $target := dict "cpu" $values.autoscaling.targetCPU "memory" $values.autoscaling.targetMemory -}}
{{- if and (not (kindIs "invalid" $target)) (not (get ($values.resources.requests | default dict) $resource)) -}}
{{- $problems = append $problems (printf "autoscaling aims at a share of the %s request and resources.requests.%s is not set." $resource $resource) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- $budget := $values.podDisruptionBudget -}}
{{- if and $budget.enabled (not (kindIs "invalid" $budget.minAvailable)) -}}
{{- if not (kindIs "invalid" $budget.maxUnavailable) -}}
{{- $problems = append $problems "podDisruptionBudget.minAvailable and podDisruptionBudget.maxUnavailable are both set: Kubernetes takes one of them." -}}
{{- end -}}
{{- $blocks := kindIs "string" $budget.minAvailable | ternary (eq (toString $budget.minAvailable) "100%") (ge (int $budget.minAvailable) $fewest) -}}
{{- if $blocks -}}
{{- $problems = append $problems (printf "podDisruptionBudget.minAvailable = %v leaves none of the %d pods that %s guarantees to be moved, so that no node could be drained: set it lower." $budget.minAvailable $fewest ($values.autoscaling.enabled | ternary "autoscaling.minReplicas" "replicas")) -}}
{{- end -}}
{{- end -}}
{{- if and $budget.enabled (has (toString $budget.maxUnavailable) (list "0" "0%")) -}}
{{- $problems = append $problems "podDisruptionBudget.maxUnavailable is 0, so that no node could be drained: set it to 1 or more." -}}
{{- end -}}

{{- /* Stopping */ -}}
{{- $stopping := include "sirius.stopping" . | int -}}
{{- if and (not (kindIs "invalid" $values.shutdown.gracePeriodSeconds)) (lt (int $values.shutdown.gracePeriodSeconds) $stopping) -}}
{{- $problems = append $problems (printf "shutdown.gracePeriodSeconds = %d is shorter than stopping may take, %d s (preStopSeconds, config.shutdown.unready_delay, drain_timeout, three times flush_timeout, and 3 s): Kubernetes would kill Sirius before its visits are committed." (int $values.shutdown.gracePeriodSeconds) $stopping) -}}
{{- end -}}

{{- /* Alertmanager */ -}}
{{- $alertmanager := $values.monitoring.alertmanager -}}
{{- if $alertmanager.enabled -}}
{{- if not $alertmanager.secretName -}}
{{- $problems = append $problems "monitoring.alertmanager.enabled is true and monitoring.alertmanager.secretName is not set: name the Secret that holds the receivers' secrets." -}}
{{- end -}}
{{- if not (or $alertmanager.page.pagerduty $alertmanager.page.webhook) -}}
{{- $problems = append $problems "monitoring.alertmanager.enabled is true and nobody is paged: set monitoring.alertmanager.page.pagerduty or page.webhook." -}}
{{- end -}}
{{- if and $alertmanager.ticket.slack (not $alertmanager.ticket.channel) -}}
{{- $problems = append $problems "monitoring.alertmanager.ticket.slack is set and ticket.channel is not: name the channel." -}}
{{- end -}}
{{- end -}}

{{- if $problems -}}
{{- printf "\n\nthese values do not go together (%d):\n  - %s\n" (len $problems) (join "\n  - " $problems) | fail -}}
{{- end -}}
{{- end -}}

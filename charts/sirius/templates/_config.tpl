{{/* sirius.toml: what `config` says, and what follows from the other values. */}}

{{- define "sirius.config" -}}
{{- $values := .Values -}}
{{- $keys := include "sirius.secretKeys" . | fromYamlArray -}}
{{- $file := "/etc/sirius/secrets" -}}
{{- $address := contains ":" $values.listenAddress | ternary (printf "[%s]" $values.listenAddress) $values.listenAddress -}}
{{- $server := dict "listen" (printf "%s:%d" $address (int $values.ports.http)) -}}
{{- $_ := set $server "trusted_proxies" (include "sirius.trustedProxies" . | int) -}}
{{- with include "sirius.publicUrl" . }}{{ $_ := set $server "public_url" . }}{{ end -}}
{{- $admin := dict "listen" (printf "%s:%d" $address (int $values.ports.admin)) -}}
{{- $database := dict -}}
{{- if ne $values.database.type "sqlite" }}{{ $_ := set $database "url" $values.database.url }}{{ end -}}
{{- /* The init container has done it: a server that finds it undone must not serve. */ -}}
{{- if include "sirius.migrates" . }}{{ $_ := set $database "migrate" "check" }}{{ end -}}
{{- $loki := dict -}}
{{- if has "admin-token" $keys }}{{ $_ := set $admin "token_file" (printf "%s/admin-token" $file) }}{{ end -}}
{{- if has "database-password" $keys }}{{ $_ := set $database "password_file" (printf "%s/database-password" $file) }}{{ end -}}
{{- if has "loki-password" $keys }}{{ $_ := set $loki "password_file" (printf "%s/loki-password" $file) }}{{ end -}}
{{- if has "loki-token" $keys }}{{ $_ := set $loki "token_file" (printf "%s/loki-token" $file) }}{{ end -}}
{{- $blobs := dict -}}
{{- with $values.blobs.url }}{{ $_ := set $blobs "url" . }}{{ end -}}
{{- $derived := dict "data" (dict "dir" "/data") "server" $server "admin" $admin "loki" $loki -}}
{{- with $database }}{{ $_ := set $derived "database" . }}{{ end -}}
{{- with $blobs }}{{ $_ := set $derived "blobs" . }}{{ end -}}
{{- $config := mergeOverwrite $derived (deepCopy $values.config) -}}
{{- /* Where an agent collects the cluster's lines, pushing them as well would store each twice. */ -}}
{{- if ((($values.global).alloy).enabled) }}{{ $_ := unset $config "loki" }}{{ end -}}
{{- toYaml $config -}}
{{- end -}}

{{/* TOML of a map. Takes (dict "table" MAP "path" LIST). Helm's own `toToml` makes 50.0 of 50. */}}
{{- define "sirius.toml" -}}
{{- range $key, $value := .table }}
{{- if not (or (kindIs "map" $value) (kindIs "invalid" $value)) }}
{{ $key }} = {{ include "sirius.toml.value" $value }}
{{- end }}
{{- end }}
{{- $path := .path }}
{{- range $key, $value := .table }}
{{- if and (kindIs "map" $value) $value }}
{{- $deeper := append $path $key }}

[{{ join "." $deeper }}]
{{- include "sirius.toml" (dict "table" $value "path" $deeper) }}
{{- end }}
{{- end }}
{{- end -}}

{{- define "sirius.toml.value" -}}
{{- if kindIs "slice" . -}}
[{{ range $index, $each := . }}{{ if $index }}, {{ end }}{{ include "sirius.toml.value" $each }}{{ end }}]
{{- else if kindIs "string" . -}}
{{ toJson . }}
{{- else if kindIs "bool" . -}}
{{ . }}
{{- else if eq (floor .) (float64 .) -}}
{{ int64 . }}
{{- else -}}
{{ . }}
{{- end -}}
{{- end -}}

{{- define "sirius.configFile" -}}
# Made by the chart of `config` and what follows from the other values.
{{ include "sirius.toml" (dict "table" (include "sirius.config" . | fromYaml) "path" list) | trim }}
{{- end -}}

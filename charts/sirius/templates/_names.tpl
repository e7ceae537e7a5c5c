{{/* What objects are called, and by which labels they are found. */}}

{{- define "sirius.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{/* Short enough for the longest ending that is put to it. */}}
{{- define "sirius.fullname" -}}
{{- $name := include "sirius.name" . -}}
{{- $whole := contains $name .Release.Name | ternary .Release.Name (printf "%s-%s" .Release.Name $name) -}}
{{- default $whole .Values.fullnameOverride | trunc 45 | trimSuffix "-" -}}
{{- end -}}

{{- define "sirius.serviceAccount" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "sirius.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- default "default" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{/* The Secret with the keys of `secrets`, whoever made it. */}}
{{- define "sirius.secret" -}}
{{- default (include "sirius.fullname" .) .Values.secrets.existing.name -}}
{{- end -}}

{{- define "sirius.image" -}}
{{- $image := .Values.image -}}
{{- if $image.digest -}}
{{- printf "%s@%s" $image.repository $image.digest -}}
{{- else -}}
{{- printf "%s:%s" $image.repository (default .Chart.AppVersion $image.tag) -}}
{{- end -}}
{{- end -}}

{{/* What never changes of an object's labels. */}}
{{- define "sirius.selector" -}}
app.kubernetes.io/name: {{ include "sirius.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "sirius.labels" -}}
{{ include "sirius.selector" . }}
app.kubernetes.io/version: {{ default .Chart.AppVersion .Values.image.tag | trunc 63 | quote }}
app.kubernetes.io/part-of: sirius
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* The head of an object. Takes (list $ ENDING [EXTRA-LABELS [ANNOTATIONS]]). */}}
{{- define "sirius.metadata" -}}
{{- $root := index . 0 -}}
{{- $ending := index . 1 -}}
metadata:
  name: {{ include "sirius.fullname" $root }}{{ with $ending }}-{{ . }}{{ end }}
  namespace: {{ $root.Release.Namespace }}
  labels:
    {{- include "sirius.labels" $root | nindent 4 }}
    {{- if gt (len .) 2 }}
    {{- with index . 2 }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
    {{- end }}
  {{- if gt (len .) 3 }}
  {{- with index . 3 }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- end }}
{{- end -}}

{{/* The pod, the same in a Deployment and in a StatefulSet. */}}

{{- define "sirius.podTemplate" -}}
metadata:
  labels:
    {{- include "sirius.labels" . | nindent 4 }}
    {{- with .Values.podLabels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  annotations:
    # Settings are read at the start: other ones make other pods.
    checksum/config: {{ include "sirius.configFile" . | sha256sum }}
    {{- with .Values.secrets.values }}
    checksum/secrets: {{ toJson . | sha256sum }}
    {{- end }}
    {{- with .Values.podAnnotations }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
spec:
  serviceAccountName: {{ include "sirius.serviceAccount" . }}
  automountServiceAccountToken: false
  enableServiceLinks: false
  {{- with .Values.imagePullSecrets }}
  imagePullSecrets:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.priorityClassName }}
  priorityClassName: {{ . }}
  {{- end }}
  # preStop, unready_delay, drain_timeout, three times flush_timeout, and 3 s.
  terminationGracePeriodSeconds: {{ include "sirius.gracePeriod" . }}
  securityContext:
    runAsNonRoot: true
    runAsUser: {{ .Values.podUser }}
    runAsGroup: {{ .Values.podUser }}
    fsGroup: {{ .Values.podUser }}
    fsGroupChangePolicy: OnRootMismatch
    seccompProfile:
      type: RuntimeDefault
  {{- if or .Values.cloudSql.enabled (include "sirius.migrates" .) }}
  initContainers:
    {{- if .Values.cloudSql.enabled }}
    {{- include "sirius.cloudSqlProxy" . | nindent 4 }}
    {{- end }}
    {{- if include "sirius.migrates" . }}
    - name: migrate
      args: [migrate]
      {{- include "sirius.container" . | nindent 6 }}
    {{- end }}
  {{- end }}
  containers:
    - name: sirius
      args: [serve]
      {{- include "sirius.container" . | nindent 6 }}
      ports:
        - name: http
          containerPort: {{ .Values.ports.http }}
        - name: admin
          containerPort: {{ .Values.ports.admin }}
      startupProbe:
        httpGet:
          path: /startupz
          port: admin
        periodSeconds: 2
        failureThreshold: {{ div (add .Values.probes.startupSeconds 1) 2 }}
      # The process answers: a database's fault restarts nothing.
      livenessProbe:
        httpGet:
          path: /livez
          port: admin
        periodSeconds: {{ .Values.probes.periodSeconds }}
        timeoutSeconds: 3
        failureThreshold: 6
      readinessProbe:
        httpGet:
          path: /readyz
          port: admin
        periodSeconds: {{ .Values.probes.periodSeconds }}
        timeoutSeconds: 3
        failureThreshold: 2
      {{- if .Values.shutdown.preStopSeconds }}
      lifecycle:
        # By the kubelet itself: the image has no shell.
        preStop:
          sleep:
            seconds: {{ .Values.shutdown.preStopSeconds }}
      {{- end }}
  volumes:
    - name: config
      configMap:
        name: {{ include "sirius.fullname" . }}
    {{- with include "sirius.secretKeys" . | fromYamlArray }}
    - name: secrets
      secret:
        secretName: {{ include "sirius.secret" $ }}
        defaultMode: 0440
        items:
          {{- range . }}
          - key: {{ . }}
            path: {{ . }}
          {{- end }}
    {{- end }}
    - name: tmp
      emptyDir:
        sizeLimit: 256Mi
    {{- if not (include "sirius.stateful" .) }}
    # Holds a lock and nothing that must stay.
    - name: data
      emptyDir:
        sizeLimit: 256Mi
    {{- else if .Values.persistence.existingClaim }}
    - name: data
      persistentVolumeClaim:
        claimName: {{ .Values.persistence.existingClaim }}
    {{- end }}
  {{- with .Values.nodeSelector }}
  nodeSelector:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.tolerations }}
  tolerations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.affinity }}
  affinity:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with include "sirius.spread" . | fromYamlArray }}
  topologySpreadConstraints:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end -}}

{{/* What Sirius' own containers, that of migrations included, have in common. */}}
{{- define "sirius.container" -}}
image: {{ include "sirius.image" . }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
env:
  - name: SIRIUS_CONFIG
    value: /etc/sirius/sirius.toml
  {{- /* What has no `..._file`: Sirius', then the byte stores' standard variables. */}}
  {{- $variables := dict "traces-headers" "SIRIUS_TRACES__HEADERS" "s3-access-key-id" "AWS_ACCESS_KEY_ID" "s3-secret-access-key" "AWS_SECRET_ACCESS_KEY" "azure-storage-account-key" "AZURE_STORAGE_ACCOUNT_KEY" }}
  {{- $keys := include "sirius.secretKeys" . | fromYamlArray }}
  {{- range $key, $variable := $variables }}
  {{- if has $key $keys }}
  - name: {{ $variable }}
    valueFrom:
      secretKeyRef:
        name: {{ include "sirius.secret" $ }}
        key: {{ $key }}
  {{- end }}
  {{- end }}
  {{- with .Values.extraEnv }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- with .Values.resources }}
resources:
  {{- toYaml . | nindent 2 }}
{{- end }}
securityContext:
  {{- include "sirius.confined" . | nindent 2 }}
volumeMounts:
  - name: config
    mountPath: /etc/sirius/sirius.toml
    subPath: sirius.toml
    readOnly: true
  {{- if $keys }}
  - name: secrets
    mountPath: /etc/sirius/secrets
    readOnly: true
  {{- end }}
  - name: data
    mountPath: /data
  - name: tmp
    mountPath: /tmp
{{- end -}}

{{- define "sirius.confined" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end -}}

{{- define "sirius.migrates" -}}
{{- if and .Values.database.migrate (ne .Values.database.type "sqlite") }}true{{ end -}}
{{- end -}}

{{/* A sidecar: starts before migrations, stops after Sirius. */}}
{{- define "sirius.cloudSqlProxy" -}}
- name: cloud-sql-proxy
  image: {{ .Values.cloudSql.image.repository }}:{{ .Values.cloudSql.image.tag }}
  restartPolicy: Always
  args:
    - --structured-logs
    - --address=127.0.0.1
    - --port={{ .Values.cloudSql.port }}
    {{- if .Values.cloudSql.iamAuth }}
    - --auto-iam-authn
    {{- end }}
    {{- if .Values.cloudSql.privateIp }}
    - --private-ip
    {{- end }}
    - --health-check
    - --http-address=0.0.0.0
    - --http-port=9801
    - --exit-zero-on-sigterm
    - {{ .Values.cloudSql.instance | quote }}
  ports:
    - name: proxy-health
      containerPort: 9801
  startupProbe:
    httpGet:
      path: /startup
      port: proxy-health
    periodSeconds: 1
    failureThreshold: 60
  livenessProbe:
    httpGet:
      path: /liveness
      port: proxy-health
    periodSeconds: 10
    failureThreshold: 6
  {{- with .Values.cloudSql.resources }}
  resources:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  securityContext:
    {{- include "sirius.confined" . | nindent 4 }}
{{- end -}}

{{/* Over zones and nodes, as far as that goes: a cluster of one node still takes all pods. */}}
{{- define "sirius.spread" -}}
{{- if not (kindIs "invalid" .Values.topologySpreadConstraints) -}}
{{- toYaml .Values.topologySpreadConstraints -}}
{{- else if gt (include "sirius.fewest" . | int) 1 -}}
{{- range list "topology.kubernetes.io/zone" "kubernetes.io/hostname" }}
- maxSkew: 1
  topologyKey: {{ . }}
  whenUnsatisfiable: ScheduleAnyway
  labelSelector:
    matchLabels:
      {{- include "sirius.selector" $ | nindent 6 }}
{{- end }}
{{- end -}}
{{- end -}}

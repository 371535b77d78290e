{{/*
How pods reach Kafka, the registry, ClickHouse and PostgreSQL: variables, and the files that they name. Passwords and
certificates are mounted, so that a new one is there without a restart; whole URLs are variables out of Secrets.
*/}}

{{- define "millrace.kafkaEnv" -}}
{{- $kafka := .Values.kafka -}}
{{- if not $kafka.brokers }}{{ fail "kafka.brokers is empty: give the brokers to begin with, e.g. [kafka:9092]" }}{{ end -}}
- name: MILLRACE_KAFKA_BROKERS
  value: {{ join "," $kafka.brokers | quote }}
{{- if $kafka.tls.enabled }}
- name: MILLRACE_KAFKA_TLS
  value: "true"
{{- with $kafka.tls.caSecret }}{{ if .name }}
- name: MILLRACE_KAFKA_CA_FILE
  value: /etc/millrace/kafka-ca/{{ .key }}
{{- end }}{{ end }}
{{- with $kafka.tls.clientSecret }}{{ if .name }}
- name: MILLRACE_KAFKA_CERTIFICATE_FILE
  value: /etc/millrace/kafka-client/{{ .certificateKey }}
- name: MILLRACE_KAFKA_KEY_FILE
  value: /etc/millrace/kafka-client/{{ .keyKey }}
{{- end }}{{ end }}
{{- else if or $kafka.tls.caSecret.name $kafka.tls.clientSecret.name }}
{{- fail "kafka.tls: certificates are named, but kafka.tls.enabled is false" }}
{{- end }}
{{- if ne $kafka.sasl.mechanism "none" }}
{{- if not (and $kafka.sasl.username $kafka.sasl.passwordSecret.name) }}{{ fail "kafka.sasl: a mechanism needs username and passwordSecret.name" }}{{ end }}
- name: MILLRACE_KAFKA_SASL_MECHANISM
  value: {{ $kafka.sasl.mechanism }}
- name: MILLRACE_KAFKA_USERNAME
  value: {{ $kafka.sasl.username | quote }}
- name: MILLRACE_KAFKA_PASSWORD_FILE
  value: /etc/millrace/kafka-password/{{ $kafka.sasl.passwordSecret.key }}
{{- if eq $kafka.sasl.mechanism "oauthbearer" }}
- name: MILLRACE_KAFKA_TOKEN_URL
  value: {{ required "kafka.sasl.tokenUrl: oauthbearer needs it" $kafka.sasl.tokenUrl | quote }}
{{- with $kafka.sasl.tokenScope }}
- name: MILLRACE_KAFKA_TOKEN_SCOPE
  value: {{ . | quote }}
{{- end }}
{{- end }}
{{- else if or $kafka.sasl.username $kafka.sasl.passwordSecret.name }}
{{- fail "kafka.sasl: a user or password is named, but kafka.sasl.mechanism is none" }}
{{- end }}
{{- end -}}

{{/* A URL out of a value or of a Secret. dict env, path, from */}}
{{- define "millrace.urlEnv" -}}
{{- $secret := default dict .from.urlSecret -}}
{{- if and .from.url $secret.name }}{{ fail (printf "%s: url and urlSecret are both given" .path) }}{{ end -}}
{{- if not (or .from.url $secret.name) }}{{ fail (printf "%s: neither url nor urlSecret.name is given" .path) }}{{ end -}}
- name: {{ .env }}
{{- if $secret.name }}
  {{- include "millrace.fromSecret" $secret | nindent 2 }}
{{- else }}
  value: {{ .from.url | quote }}
{{- end }}
{{- end -}}

{{- define "millrace.registryEnv" -}}
{{- include "millrace.urlEnv" (dict "env" "MILLRACE_REGISTRY_URL" "path" "registry" "from" .Values.registry) }}
{{- end -}}

{{- define "millrace.clickhouseEnv" -}}
{{- include "millrace.urlEnv" (dict "env" "MILLRACE_CLICKHOUSE_URL" "path" "clickhouse" "from" .Values.clickhouse) }}
{{- end -}}

{{/* Where tables are kept: the sink and contracts ask for it. */}}
{{- define "millrace.clusterEnv" -}}
{{- with .Values.clickhouse }}{{ if .cluster -}}
- name: MILLRACE_CLICKHOUSE_CLUSTER
  value: {{ .cluster | quote }}
- name: MILLRACE_CLICKHOUSE_REPLICATED
  value: {{ .replicated | quote }}
- name: MILLRACE_CLICKHOUSE_SHARDED
  value: {{ .sharded | quote }}
{{- end }}{{ end }}
{{- end -}}

{{- define "millrace.trustEnv" -}}
{{- with .Values.trust }}{{ if or .secretName .configMapName -}}
{{- if and .secretName .configMapName }}{{ fail "trust: secretName and configMapName are both given" }}{{ end -}}
- name: NODE_EXTRA_CA_CERTS
  value: /etc/millrace/trust/{{ .key }}
{{- end }}{{ end }}
{{- end -}}

{{/* Volumes of the files that those variables name. */}}
{{- define "millrace.connectionVolumes" -}}
{{- with .Values.kafka }}
{{- if and .tls.enabled .tls.caSecret.name }}
{{ include "millrace.secretVolume" (dict "name" "kafka-ca" "secret" .tls.caSecret.name) }}
{{- end }}
{{- if and .tls.enabled .tls.clientSecret.name }}
{{ include "millrace.secretVolume" (dict "name" "kafka-client" "secret" .tls.clientSecret.name) }}
{{- end }}
{{- if ne .sasl.mechanism "none" }}
{{ include "millrace.secretVolume" (dict "name" "kafka-password" "secret" .sasl.passwordSecret.name) }}
{{- end }}
{{- end }}
{{- with .Values.trust }}
{{- if .secretName }}
{{ include "millrace.secretVolume" (dict "name" "trust" "secret" .secretName) }}
{{- else if .configMapName }}
- name: trust
  configMap:
    name: {{ .configMapName }}
{{- end }}
{{- end }}
{{- end -}}

{{/* dict name, secret */}}
{{- define "millrace.secretVolume" -}}
- name: {{ .name }}
  secret:
    secretName: {{ .secret }}
    defaultMode: 0440
{{- end -}}

{{/* A volume of a Secret is mounted under its own name. */}}
{{- define "millrace.connectionMounts" -}}
{{- range include "millrace.connectionVolumes" . | fromYamlArray }}
- name: {{ .name }}
  mountPath: /etc/millrace/{{ .name }}
  readOnly: true
{{- end }}
{{- end -}}

{{/* The quality service: who may reach its port, the PostgreSQL that it watches, the door that it knows. */}}

{{/* Its port leaves the pod only when somebody must show who they are, or the values say that it is open. */}}
{{- define "millrace.quality.isOpenToOthers" -}}
{{- with .Values.quality -}}
{{- if or .tokensSecret.name .settings.oidcIssuer .secretSettings.oidcIssuer (has (.settings.open | toString) (list "yes" "true")) -}}true{{- end -}}
{{- end -}}
{{- end -}}

{{- define "millrace.quality.env" -}}
{{- $values := .Values.quality -}}
{{ include "millrace.clickhouseEnv" . }}
- name: MILLRACE_QUALITY_PORT
  value: "8090"
- name: MILLRACE_QUALITY_HOST
  value: {{ ternary "0.0.0.0" "127.0.0.1" (eq (include "millrace.quality.isOpenToOthers" .) "true") }}
{{- with .Values.sink.settings.group }}
- name: MILLRACE_SINK_GROUP
  value: {{ . | quote }}
{{- end }}
{{- if .Values.ingest.enabled }}
- name: MILLRACE_INGEST_URL
  value: {{ include "millrace.ingest.url" . }}
{{- end }}
{{- with $values.tokensSecret }}{{ if .name }}
- name: MILLRACE_QUALITY_TOKENS_FILE
  value: /etc/millrace/quality-tokens/{{ .key }}
{{- end }}{{ end }}
{{- with $values.notificationsSecret }}{{ if .name }}
- name: MILLRACE_QUALITY_NOTIFICATIONS_FILE
  value: /etc/millrace/quality-notifications/{{ .key }}
{{- end }}{{ end }}
{{- if $values.tls.secretName }}
- name: MILLRACE_QUALITY_TLS_CERT
  value: /etc/millrace/quality-tls/tls.crt
- name: MILLRACE_QUALITY_TLS_KEY
  value: /etc/millrace/quality-tls/tls.key
{{- end }}
{{- if $values.watchSources }}
{{- include "millrace.quality.sources" . }}
{{- end }}
{{- end -}}

{{/* The door as pods of this release reach it. */}}
{{- define "millrace.ingest.url" -}}
{{- printf "%s://%s.%s.svc:%d" (ternary "https" "http" (ne .Values.ingest.tls.secretName "")) (include "millrace.component" (dict "root" . "component" "ingest")) .Release.Namespace (int .Values.ingest.service.port) -}}
{{- end -}}

{{/* The first source is the one whose dimensions are compared; of the others slots are watched. */}}
{{- define "millrace.quality.sources" -}}
{{- $others := list }}
{{- range $index, $source := .Values.cdc.sources }}
{{- if eq $index 0 }}
- name: MILLRACE_CDC_SOURCE
  value: {{ $source.name | quote }}
{{ include "millrace.urlEnv" (dict "env" "MILLRACE_POSTGRES_URL" "path" "cdc.sources[0].postgres" "from" $source.postgres) }}
{{- else }}
{{- $variable := printf "POSTGRES_URL_%d" $index }}
{{- $others = append $others (printf "$(%s)" $variable) }}
{{ include "millrace.urlEnv" (dict "env" $variable "path" (printf "cdc.sources[%d].postgres" $index) "from" $source.postgres) }}
{{- end }}
{{- end }}
{{- with $others }}
- name: MILLRACE_QUALITY_POSTGRES_URLS
  value: {{ join "," . | quote }}
{{- end }}
{{- end -}}

{{- define "millrace.quality.volumes" -}}
{{- with .Values.quality }}
{{- if .tokensSecret.name }}
{{ include "millrace.secretVolume" (dict "name" "quality-tokens" "secret" .tokensSecret.name) }}
{{- end }}
{{- if .notificationsSecret.name }}
{{ include "millrace.secretVolume" (dict "name" "quality-notifications" "secret" .notificationsSecret.name) }}
{{- end }}
{{- if .tls.secretName }}
{{ include "millrace.secretVolume" (dict "name" "quality-tls" "secret" .tls.secretName) }}
{{- end }}
{{- end }}
{{- if .Values.quality.watchSources }}
{{- range .Values.cdc.sources }}
{{- include "millrace.postgresVolume" . }}
{{- end }}
{{- end }}
{{- end -}}

{{- define "millrace.quality.mounts" -}}
{{- range include "millrace.quality.volumes" . | fromYamlArray }}
{{- if hasPrefix "quality-" .name }}
- name: {{ .name }}
  mountPath: /etc/millrace/{{ .name }}
  readOnly: true
{{- end }}
{{- end }}
{{- if .Values.quality.watchSources }}
{{- range .Values.cdc.sources }}
{{- include "millrace.postgresMount" . }}
{{- end }}
{{- end }}
{{- end -}}

{{/*
From `settings` of the values to variables. Names, kinds and bounds come from files/settings.json, which is made of the
services' own declarations.
*/}}

{{/* Milliseconds or bytes of a text such as 30s or 10MiB. */}}
{{- define "millrace.amount" -}}
{{- $units := dict "ms" 1 "s" 1000 "m" 60000 "h" 3600000 "d" 86400000 "B" 1 "KiB" 1024 "MiB" 1048576 "GiB" 1073741824 -}}
{{- $unit := regexFind "[A-Za-z]+$" . | default "B" -}}
{{- mulf (regexFind "^[0-9]+" . | float64) (get $units $unit) | int64 -}}
{{- end -}}

{{/* A value as the service reads it; what is out of bounds ends the rendering. dict path, entry, value */}}
{{- define "millrace.settingText" -}}
{{- $entry := .entry -}}
{{- $text := "" -}}
{{- if eq $entry.kind "list" -}}
{{- $text = join "," .value -}}
{{- else if or (eq $entry.kind "integer") (kindIs "float64" .value) -}}
{{- $text = .value | int64 | toString -}}
{{- else if and (eq $entry.kind "enumeration") (kindIs "bool" .value) -}}
{{- $text = ternary "yes" "no" .value -}}
{{- else -}}
{{- $text = .value | toString -}}
{{- end -}}
{{- if has $entry.kind (list "duration" "bytes") -}}
{{- $amount := include "millrace.amount" $text | int64 -}}
{{- if and (hasKey $entry "min") (lt $amount (int64 $entry.min)) -}}
{{- fail (printf "%s: %s is below the least (%d %s)" .path $text (int64 $entry.min) (ternary "ms" "bytes" (eq $entry.kind "duration"))) -}}
{{- end -}}
{{- if and (hasKey $entry "max") (gt $amount (int64 $entry.max)) -}}
{{- fail (printf "%s: %s is above the most (%d %s)" .path $text (int64 $entry.max) (ternary "ms" "bytes" (eq $entry.kind "duration"))) -}}
{{- end -}}
{{- end -}}
{{- $text -}}
{{- end -}}

{{/* Variables of a service's settings. dict root, path, service, settings, secretSettings */}}
{{- define "millrace.settings" -}}
{{- $entries := get (.root.Files.Get "files/settings.json" | fromJson) .service -}}
{{- $path := .path -}}
{{- range $name, $value := .settings }}
{{- if hasKey $.secretSettings $name }}{{ fail (printf "%s: %s is both in settings and in secretSettings" $path $name) }}{{ end }}
{{- $entry := get $entries $name }}
- name: {{ $entry.env }}
  value: {{ include "millrace.settingText" (dict "path" (printf "%s.settings.%s" $path $name) "entry" $entry "value" $value) | quote }}
{{- end }}
{{- range $name, $from := .secretSettings }}
- name: {{ (get $entries $name).env }}
  {{- include "millrace.fromSecret" $from | nindent 2 }}
{{- end }}
{{- end -}}

{{- define "millrace.fromSecret" -}}
valueFrom:
  secretKeyRef:
    name: {{ .name }}
    key: {{ .key }}
{{- end -}}

{{/* Seconds until SIGKILL, which must be more than the service's own deadline. dict path, values, settings */}}
{{- define "millrace.graceSeconds" -}}
{{- $deadline := include "millrace.amount" (default "30s" .settings.stopDeadlineMs) | int64 -}}
{{- $grace := .values.terminationGracePeriodSeconds | int64 -}}
{{- if le (mul $grace 1000) $deadline -}}
{{- fail (printf "%s.terminationGracePeriodSeconds: %ds is not longer than stopDeadlineMs (%d ms): the service would be killed while it drains" .path $grace $deadline) -}}
{{- end -}}
{{- $grace -}}
{{- end -}}

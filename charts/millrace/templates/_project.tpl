{{/* The project in a pod: one volume out of the files of the values and of ConfigMaps that exist, or what the image holds. */}}

{{- define "millrace.hasProject" -}}
{{- if or .Values.project.files .Values.project.configMaps -}}true{{- end -}}
{{- end -}}

{{/* A path as a key of a ConfigMap, which takes no slashes. */}}
{{- define "millrace.projectKey" -}}
{{- if regexMatch "^/|(^|/)\\.\\.(/|$)" . }}{{ fail (printf "project.files: %s leads out of the project" .) }}{{ end -}}
{{- if not (regexMatch "^[A-Za-z0-9._/-]+$" .) }}{{ fail (printf "project.files: %s has characters other than letters, digits and ._-/" .) }}{{ end -}}
{{- . | replace "/" "__" -}}
{{- end -}}

{{/* dict root, configMap: the name of the one that holds project.files */}}
{{- define "millrace.projectVolume" -}}
- name: project
  projected:
    sources:
      {{- if .root.Values.project.files }}
      - configMap:
          name: {{ .configMap }}
          items:
            {{- range $path, $_ := .root.Values.project.files }}
            - key: {{ include "millrace.projectKey" $path }}
              path: {{ $path }}
            {{- end }}
      {{- end }}
      {{- range .root.Values.project.configMaps }}
      - configMap:
          name: {{ .name }}
          items:
            {{- toYaml .items | nindent 12 }}
      {{- end }}
{{- end -}}

{{- define "millrace.projectData" -}}
{{- range $path, $text := .Values.project.files }}
{{ include "millrace.projectKey" $path }}: {{ $text | quote }}
{{- end }}
{{- end -}}

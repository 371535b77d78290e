{{/*
The groups of the transforms that run, as JSON {known, groups}; not known where transforms come from the image or from ConfigMaps, whose text the
chart does not see, or where a file gives its name by anything but a word in quotes. Of the same files as the service: each declares one transform.
*/}}
{{- define "millrace.transform.groups" -}}
{{- $settings := .Values.streamTransform.settings -}}
{{- $known := not (empty (include "millrace.hasProject" .)) -}}
{{- $names := list -}}
{{- range .Values.project.configMaps }}{{ range .items }}
{{- if include "millrace.transform.isOne" .path }}{{ $known = false }}{{ end }}
{{- end }}{{ end -}}
{{- range $path, $text := .Values.project.files }}
{{- if include "millrace.transform.isOne" $path }}
{{- $declared := regexFindAll "(?m)^export default transform\\(\\s*(\"[^\"\n]+\"|'[^'\n]+')" $text -1 }}
{{- if not $declared }}{{ $known = false }}{{ end }}
{{- range $declared }}{{ $names = append $names (regexFind "[\"'].*$" . | trimAll "\"'") }}{{ end }}
{{- end }}
{{- end -}}
{{- with $settings.transforms }}
{{- $asked := list }}
{{- range . }}{{ if or (not $known) (has . $names) }}{{ $asked = append $asked . }}{{ end }}{{ end }}
{{- $known = true }}
{{- $names = $asked }}
{{- end -}}
{{- $groups := list -}}
{{- range uniq $names | sortAlpha }}{{ $groups = append $groups (printf "millrace.transform.%s" .) }}{{ end -}}
{{- dict "known" $known "groups" $groups | toJson -}}
{{- end -}}

{{/* Whether stream-transform takes a path of the project for a transform. */}}
{{- define "millrace.transform.isOne" -}}
{{- if and (regexMatch "^transforms/[^/]+\\.m?[jt]s$" .) (not (regexMatch "\\.(test|d)\\.m?ts$" .)) -}}true{{- end -}}
{{- end -}}

{{/* A group that nobody is in has no lag, and would never bring a pod: where the chart knows the names, others are refused. */}}
{{- define "millrace.transform.checkGroups" -}}
{{- $running := include "millrace.transform.groups" . | fromJson -}}
{{- if and .Values.streamTransform.keda.enabled $running.known }}
{{- range .Values.streamTransform.keda.consumerGroups }}
{{- if not (has . $running.groups) }}
{{- fail (printf "streamTransform.keda.consumerGroups: no transform that runs here has the group %s; there is %s" . (join ", " $running.groups | default "none")) }}
{{- end }}
{{- end }}
{{- end }}
{{- end -}}

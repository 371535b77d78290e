{{/* Rules of NetworkPolicies: what a service may reach. */}}

{{/* A rule to peers at ports; no peers: any address. dict to, ports */}}
{{- define "millrace.egressRule" -}}
- ports:
    {{- range .ports }}
    - { protocol: TCP, port: {{ . | int }} }
    {{- end }}
  {{- with .to }}
  to:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end -}}

{{/* Rules to names and to the named ones of kafka, registry, clickhouse, postgres, web. dict root, to */}}
{{- define "millrace.egress" -}}
{{- $policy := .root.Values.networkPolicy -}}
- ports:
    - { protocol: UDP, port: 53 }
    - { protocol: TCP, port: 53 }
  {{- with $policy.dns.to }}
  to:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- range $name := .to }}
{{- $flow := get $policy $name }}
{{- $ports := $flow.ports }}
{{- $url := default "" (get (default dict (get $.root.Values $name)) "url") }}
{{- if $url }}
{{- $host := (urlParse $url).host }}
{{- $ports = list (regexFind "[0-9]+$" (regexFind ":[0-9]+$" $host) | default (ternary "443" "80" (hasPrefix "https" $url)) | int) }}
{{- end }}
{{- if eq $name "kafka" }}
{{- range $.root.Values.kafka.brokers }}
{{- $ports = append $ports (regexFind "[0-9]+$" . | int) }}
{{- end }}
{{- end }}
{{- with uniq $ports }}
{{ include "millrace.egressRule" (dict "ports" . "to" $flow.to) }}
{{- end }}
{{- end }}
{{- end -}}

{{/* Pods of a service of this release, as a peer. dict root, service */}}
{{- define "millrace.peer" -}}
- podSelector:
    matchLabels:
      app.kubernetes.io/name: {{ include "millrace.name" .root }}
      app.kubernetes.io/instance: {{ .root.Release.Name }}
      app.kubernetes.io/component: {{ .service }}
{{- end -}}

{{/*
The policy of a service: its admin port for who reads metrics and for `helm test`, and its own flows.
dict root, service, ingress (YAML list of rules), to (list of names), egress (YAML list of rules),
     watched (pods of the service see on each other's admin port whether they live)
*/}}
{{- define "millrace.policy" -}}
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: {{ include "millrace.component" (dict "root" .root "component" .service) }}
  labels:
    {{- include "millrace.labels" . | nindent 4 }}
spec:
  podSelector:
    matchLabels:
      app.kubernetes.io/name: {{ include "millrace.name" .root }}
      app.kubernetes.io/instance: {{ .root.Release.Name }}
      app.kubernetes.io/component: {{ .service }}
  policyTypes: [Ingress, Egress]
  ingress:
    - ports:
        - { protocol: TCP, port: {{ .root.Values.adminPort }} }
      {{- with .root.Values.networkPolicy.metricsFrom }}
      from:
        {{- toYaml . | nindent 8 }}
        {{- include "millrace.peer" (dict "root" $.root "service" "test") | nindent 8 }}
        {{- if $.watched }}
        {{- include "millrace.peer" (dict "root" $.root "service" $.service) | nindent 8 }}
        {{- end }}
      {{- end }}
    {{- with .ingress }}
    {{- . | nindent 4 }}
    {{- end }}
  egress:
    {{- include "millrace.egress" . | nindent 4 }}
    {{- if .watched }}
    {{- $peers := include "millrace.peer" (dict "root" .root "service" .service) | fromYamlArray }}
    {{- include "millrace.egressRule" (dict "ports" (list .root.Values.adminPort) "to" $peers) | nindent 4 }}
    {{- end }}
    {{- with .egress }}
    {{- . | nindent 4 }}
    {{- end }}
{{- end -}}

{{/* A rule for a port that is open to `from` and to services of this release. dict root, port, from, services */}}
{{- define "millrace.ingressRule" -}}
- ports:
    - { protocol: TCP, port: {{ .port }} }
  {{- with .from }}
  from:
    {{- toYaml . | nindent 4 }}
    {{- range $.services }}
    {{- include "millrace.peer" (dict "root" $.root "service" .) | nindent 4 }}
    {{- end }}
  {{- end }}
{{- end -}}

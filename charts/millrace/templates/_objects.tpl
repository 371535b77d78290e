{{/* Objects beside a set of pods: Services, a PodDisruptionBudget, routes from outside, replicas by lag. */}}

{{/* Every pod by its own address: for `helm test`, and the name that a StatefulSet asks for. dict root, service, source, component */}}
{{- define "millrace.podsService" -}}
apiVersion: v1
kind: Service
metadata:
  name: {{ include "millrace.podsName" . }}
  labels:
    {{- include "millrace.labels" . | nindent 4 }}
spec:
  clusterIP: None
  publishNotReadyAddresses: true
  selector:
    {{- include "millrace.selector" . | nindent 4 }}
  ports:
    - name: admin
      port: {{ .root.Values.adminPort }}
      targetPort: admin
{{- end -}}

{{/* dict root, service, source, component, values */}}
{{- define "millrace.podDisruptionBudget" -}}
{{- if .values.podDisruptionBudget.enabled -}}
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: {{ include "millrace.component" . }}
  labels:
    {{- include "millrace.labels" . | nindent 4 }}
spec:
  maxUnavailable: {{ .values.podDisruptionBudget.maxUnavailable }}
  # A pod that waits for Kafka or ClickHouse must not keep its node from being emptied.
  unhealthyPodEvictionPolicy: AlwaysAllow
  selector:
    matchLabels:
      {{- include "millrace.selector" . | nindent 6 }}
{{- end }}
{{- end -}}

{{/* The port that others reach. dict root, service, component, values, targetPort */}}
{{- define "millrace.service" -}}
apiVersion: v1
kind: Service
metadata:
  name: {{ include "millrace.component" . }}
  labels:
    {{- include "millrace.labels" . | nindent 4 }}
  {{- with .values.service.annotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
spec:
  type: {{ .values.service.type }}
  selector:
    {{- include "millrace.selector" . | nindent 4 }}
  ports:
    - name: {{ .targetPort }}
      port: {{ .values.service.port }}
      targetPort: {{ .targetPort }}
{{- end -}}

{{/* Ingress and HTTPRoute. dict root, service, component, path, values */}}
{{- define "millrace.routes" -}}
{{- $name := include "millrace.component" . -}}
{{- with .values.ingress }}
{{- if .enabled }}
{{- if not .hosts }}{{ fail (printf "%s.ingress.hosts is empty" $.path) }}{{ end }}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: {{ $name }}
  labels:
    {{- include "millrace.labels" $ | nindent 4 }}
  {{- with .annotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
spec:
  {{- with .className }}
  ingressClassName: {{ . }}
  {{- end }}
  {{- with .tlsSecretName }}
  tls:
    - secretName: {{ . }}
      hosts:
        {{- toYaml $.values.ingress.hosts | nindent 8 }}
  {{- end }}
  rules:
    {{- range .hosts }}
    - host: {{ . | quote }}
      http:
        paths:
          - path: /
            pathType: Prefix
            backend:
              service:
                name: {{ $name }}
                port:
                  number: {{ $.values.service.port }}
    {{- end }}
{{- end }}
{{- end }}
{{- with .values.httpRoute }}
{{- if .enabled }}
{{- if not .parentRefs }}{{ fail (printf "%s.httpRoute.parentRefs is empty: name the Gateway" $.path) }}{{ end }}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata:
  name: {{ $name }}
  labels:
    {{- include "millrace.labels" $ | nindent 4 }}
  {{- with .annotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
spec:
  parentRefs:
    {{- toYaml .parentRefs | nindent 4 }}
  {{- with .hostnames }}
  hostnames:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  rules:
    - backendRefs:
        - name: {{ $name }}
          port: {{ $.values.service.port }}
{{- end }}
{{- end }}
{{- end -}}

{{/* KEDA: replicas by the lag of consumer groups. dict root, service, component, kind, values, groups, path */}}
{{- define "millrace.scaledObject" -}}
{{- $root := .root -}}
{{- $keda := .values.keda -}}
{{- $sasl := $root.Values.kafka.sasl -}}
{{- $tls := $root.Values.kafka.tls -}}
{{- if $keda.enabled -}}
{{- if not .groups }}{{ fail (printf "%s.keda.consumerGroups is empty: name the groups whose lag counts" .path) }}{{ end -}}
{{- if gt (int $keda.minReplicas) (int $keda.maxReplicas) }}{{ fail (printf "%s.keda: minReplicas is more than maxReplicas" .path) }}{{ end -}}
{{- $authenticates := or $tls.enabled (ne $sasl.mechanism "none") -}}
apiVersion: keda.sh/v1alpha1
kind: ScaledObject
metadata:
  name: {{ include "millrace.component" . }}
  labels:
    {{- include "millrace.labels" . | nindent 4 }}
spec:
  scaleTargetRef:
    apiVersion: apps/v1
    kind: {{ .kind }}
    name: {{ include "millrace.component" . }}
  minReplicaCount: {{ $keda.minReplicas }}
  maxReplicaCount: {{ $keda.maxReplicas }}
  cooldownPeriod: {{ $keda.cooldownSeconds }}
  advanced:
    horizontalPodAutoscalerConfig:
      behavior:
        scaleDown:
          stabilizationWindowSeconds: {{ $keda.cooldownSeconds }}
  triggers:
    {{- range .groups }}
    - type: kafka
      metadata:
        bootstrapServers: {{ join "," $root.Values.kafka.brokers | quote }}
        consumerGroup: {{ . | quote }}
        lagThreshold: {{ $keda.lagRecords | int64 | quote }}
        # More members than partitions would have nothing to do; a partition that stands still must not bring more of them.
        allowIdleConsumers: "false"
        excludePersistentLag: "true"
        # KEDA takes a group without offsets for one that is behind in all topics; the services commit where they begin.
        scaleToZeroOnInvalidOffset: "true"
      {{- if $authenticates }}
      authenticationRef:
        name: {{ include "millrace.component" $ }}
      {{- end }}
    {{- end }}
{{- if $authenticates }}
---
apiVersion: keda.sh/v1alpha1
kind: TriggerAuthentication
metadata:
  name: {{ include "millrace.component" . }}
  labels:
    {{- include "millrace.labels" . | nindent 4 }}
spec:
  secretTargetRef:
    {{- if ne $sasl.mechanism "none" }}
    - parameter: password
      name: {{ $sasl.passwordSecret.name }}
      key: {{ $sasl.passwordSecret.key }}
    {{- end }}
    {{- if and $tls.enabled $tls.caSecret.name }}
    - parameter: ca
      name: {{ $tls.caSecret.name }}
      key: {{ $tls.caSecret.key }}
    {{- end }}
    {{- if and $tls.enabled $tls.clientSecret.name }}
    - parameter: cert
      name: {{ $tls.clientSecret.name }}
      key: {{ $tls.clientSecret.certificateKey }}
    - parameter: key
      name: {{ $tls.clientSecret.name }}
      key: {{ $tls.clientSecret.keyKey }}
    {{- end }}
    {{- range $parameter := list "tls" "sasl" "username" "oauthTokenEndpointUri" "scopes" }}
    - parameter: {{ $parameter }}
      name: {{ include "millrace.fullname" $root }}-keda
      key: {{ $parameter }}
    {{- end }}
{{- end }}
{{- end }}
{{- end -}}

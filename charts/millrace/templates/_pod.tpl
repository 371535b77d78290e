{{/*
The pod of a service, the same for all: Pod Security "restricted", a root that cannot be written, probes on the admin port.

dict root       the chart's context
     service    as the image's argument and in the labels, e.g. stream-transform
     source     of cdc
     path       of its values, for messages
     values     its values
     settings   its settings, where they are not values.settings
     secretSettings
     env        variables beside those of settings (YAML list)
     ports      of the container beside the admin port (YAML list)
     volumes, mounts  beside those of connections, project and /tmp (YAML lists)
     readyPath  of the readiness probe; /readyz when left out
*/}}
{{- define "millrace.pod" -}}
{{- $root := .root -}}
{{- $values := .values -}}
{{- $settings := default $values.settings .settings -}}
{{- $secretSettings := default $values.secretSettings .secretSettings -}}
{{- $admin := printf "MILLRACE_%s_ADMIN_PORT" (.service | upper | replace "-" "_") -}}
metadata:
  labels:
    {{- include "millrace.labels" . | nindent 4 }}
    {{- with $values.podLabels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  annotations:
    kubectl.kubernetes.io/default-container: {{ .service }}
    checksum/project: {{ $root.Values.project | toJson | sha256sum }}
    {{- with $values.podAnnotations }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
spec:
  serviceAccountName: {{ include "millrace.serviceAccountName" $root }}
  terminationGracePeriodSeconds: {{ include "millrace.graceSeconds" (dict "path" .path "values" $values "settings" $settings) }}
  {{- include "millrace.podBase" (dict "root" $root "values" $values) | nindent 2 }}
  topologySpreadConstraints:
    {{- with $values.topologySpreadConstraints }}
    {{- toYaml . | nindent 4 }}
    {{- else }}
    # Nodes alone: where a constraint asks for a zone, nodes that are in none are passed over by all constraints, and nothing would be spread.
    - maxSkew: 1
      topologyKey: kubernetes.io/hostname
      whenUnsatisfiable: ScheduleAnyway
      # Pods that an update is about to take away do not count.
      matchLabelKeys: [pod-template-hash]
      labelSelector:
        matchLabels:
          {{- include "millrace.selector" . | nindent 10 }}
    {{- end }}
  {{- if not (or $values.topologySpreadConstraints $values.affinity) }}
  affinity:
    podAntiAffinity:
      preferredDuringSchedulingIgnoredDuringExecution:
        - weight: 100
          podAffinityTerm:
            topologyKey: topology.kubernetes.io/zone
            {{- if semverCompare ">=1.31.0-0" $root.Capabilities.KubeVersion.Version }}
            # As above; Kubernetes knows it of affinities from 1.31 on.
            matchLabelKeys: [pod-template-hash]
            {{- end }}
            labelSelector:
              matchLabels:
                {{- include "millrace.selector" . | nindent 16 }}
  {{- end }}
  containers:
    - name: {{ .service }}
      image: {{ include "millrace.image" $root }}
      imagePullPolicy: {{ $root.Values.image.pullPolicy }}
      args: [{{ .service | quote }}]
      env:
        - name: MILLRACE_PROJECT
          value: /project
        - name: MILLRACE_LOG_LEVEL
          value: {{ $root.Values.logLevel }}
        - name: {{ $admin }}
          value: {{ $root.Values.adminPort | quote }}
        {{- include "millrace.kafkaEnv" $root | nindent 8 }}
        {{- include "millrace.registryEnv" $root | nindent 8 }}
        {{- with include "millrace.trustEnv" $root }}
        {{- . | nindent 8 }}
        {{- end }}
        {{- with .env }}
        {{- . | nindent 8 }}
        {{- end }}
        {{- with include "millrace.settings" (dict "root" $root "path" .path "service" .service "settings" $settings "secretSettings" $secretSettings) }}
        {{- . | nindent 8 }}
        {{- end }}
        {{- with $values.extraEnv }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
      ports:
        - name: admin
          containerPort: {{ $root.Values.adminPort }}
        {{- with .ports }}
        {{- . | nindent 8 }}
        {{- end }}
      # Until it answers; then liveness says that the process answers, readiness that it can take work.
      startupProbe:
        httpGet: { path: /livez, port: admin }
        periodSeconds: 2
        failureThreshold: 60
      livenessProbe:
        httpGet: { path: /livez, port: admin }
        periodSeconds: 10
        timeoutSeconds: 5
        failureThreshold: 6
      readinessProbe:
        httpGet: { path: {{ default "/readyz" .readyPath }}, port: admin }
        periodSeconds: 5
        timeoutSeconds: 5
        failureThreshold: 2
      resources:
        {{- toYaml $values.resources | nindent 8 }}
      {{- include "millrace.containerSecurity" $root | nindent 6 }}
      volumeMounts:
        - name: tmp
          mountPath: /tmp
        {{- if include "millrace.hasProject" $root }}
        - name: project
          mountPath: /project
          readOnly: true
        {{- end }}
        {{- with include "millrace.connectionMounts" $root }}
        {{- . | nindent 8 }}
        {{- end }}
        {{- with .mounts }}
        {{- . | nindent 8 }}
        {{- end }}
        {{- with $values.extraVolumeMounts }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
  volumes:
    - name: tmp
      emptyDir:
        sizeLimit: 256Mi
    {{- if include "millrace.hasProject" $root }}
    {{- include "millrace.projectVolume" (dict "root" $root "configMap" (printf "%s-project" (include "millrace.fullname" $root))) | nindent 4 }}
    {{- end }}
    {{- with include "millrace.connectionVolumes" $root }}
    {{- . | nindent 4 }}
    {{- end }}
    {{- with .volumes }}
    {{- . | nindent 4 }}
    {{- end }}
    {{- with $values.extraVolumes }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
{{- end -}}

{{/* What pods of services, of the contracts' Job and of `helm test` have in common. dict root, values */}}
{{- define "millrace.podBase" -}}
automountServiceAccountToken: false
# Else a Service named like a service of ours puts MILLRACE_INGEST_PORT=tcp://… into every pod.
enableServiceLinks: false
securityContext:
  runAsNonRoot: true
  {{- if .root.Values.security.setUser }}
  runAsUser: {{ .root.Values.security.runAsUser | int64 }}
  runAsGroup: {{ .root.Values.security.runAsGroup | int64 }}
  fsGroup: {{ .root.Values.security.runAsGroup | int64 }}
  fsGroupChangePolicy: OnRootMismatch
  {{- end }}
  seccompProfile:
    type: RuntimeDefault
{{- with .root.Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
{{- with .values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .values.affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- end -}}

{{- define "millrace.containerSecurity" -}}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities:
    drop: [ALL]
{{- end -}}

{{- /* A text as one YAML scalar that every reader takes for that text, to the byte. Helm removes "<no value>" from what
templates render to, also where a value says it: an escape keeps it. */ -}}
{{- define "app.quote" -}}
{{- quote . | replace "<no value>" `\u003cno value>` -}}
{{- end -}}

{{- /* The same for the value of an environment variable, in which Kubernetes would expand $(NAME) and $$. */ -}}
{{- define "app.literal" -}}
{{- if or (contains "$(" .) (contains "$$" .) -}}
{{- include "app.quote" (replace "$" "$$" .) -}}
{{- else -}}
{{- include "app.quote" . -}}
{{- end -}}
{{- end -}}

{{- /* What never changes of a workload's pods: selectors are immutable. */ -}}
{{- define "app.selector" -}}
app.kubernetes.io/name: {{ .root.Release.Name | quote }}
app.kubernetes.io/component: {{ .component | quote }}
{{- end -}}

{{- define "app.labels" -}}
app.kubernetes.io/name: {{ .Release.Name | quote }}
app.kubernetes.io/instance: {{ .Release.Name | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service | quote }}
{{- end -}}

{{- /* The ConfigMap key of a file: paths hold characters that keys may not, so a digest tells /a/x from /b/x. */ -}}
{{- define "app.fileKey" -}}
{{- regexReplaceAll "[^A-Za-z0-9._-]" (base .) "_" | trunc 200 }}-{{ sha256sum . | trunc 12 -}}
{{- end -}}

{{- /* The name of a cron job's object: Kubernetes allows 52 characters, since jobs and pods add to it. */ -}}
{{- define "app.cronJobName" -}}
{{- $name := printf "%s-%s" .root.Release.Name .name -}}
{{- if gt (len $name) 52 -}}
{{- $name | trunc 43 | trimSuffix "-" }}-{{ sha256sum $name | trunc 8 -}}
{{- else -}}
{{- $name -}}
{{- end -}}
{{- end -}}

{{- /* The Secret of a host's certificate. */ -}}
{{- define "app.tlsSecret" -}}
{{- if eq (int64 .index) 0 -}}
{{- printf "%s-tls" .root.Release.Name -}}
{{- else -}}
{{- printf "%s-tls-%s" .root.Release.Name (sha256sum .host | trunc 8) -}}
{{- end -}}
{{- end -}}

{{- define "app.probe" -}}
{{- if .path -}}
httpGet:
  path: {{ .path | quote }}
  port: http
{{- else -}}
tcpSocket:
  port: http
{{- end -}}
{{- end -}}

{{- /* Annotations of the pods: a changed file restarts them, for a mounted single file is never updated in place. */ -}}
{{- define "app.podAnnotations" -}}
{{- $v := .root.Values -}}
{{- if $v.files }}
checksum/files: {{ toJson $v.files | sha256sum | quote }}
{{- end }}
{{- if and (eq .component "web") $v.metrics.port }}
prometheus.io/scrape: "true"
prometheus.io/port: {{ int64 $v.metrics.port | toString | quote }}
prometheus.io/path: {{ $v.metrics.path | quote }}
{{- end }}
{{- end -}}

{{- define "app.podMetadata" -}}
labels:
  {{- include "app.labels" .root | nindent 2 }}
  app.kubernetes.io/component: {{ .component | quote }}
{{- with include "app.podAnnotations" . | trim }}
annotations:
  {{- . | nindent 2 }}
{{- end }}
{{- end -}}

{{- /* What the platform tells the program; a variable of the same name that the app declares wins. */ -}}
{{- define "app.env" -}}
{{- $v := .root.Values -}}
{{- $declared := $v.env -}}
{{- if and (eq .component "web") $v.port (not (hasKey $declared "PORT")) }}
- name: PORT
  value: {{ int64 $v.port | toString | quote }}
{{- end }}
{{- if not (hasKey $declared "APP_VERSION") }}
- name: APP_VERSION
  value: {{ $v.image.tag | quote }}
{{- end }}
{{- if and $v.databaseSecret (not (hasKey $declared "DATABASE_URL")) }}
- name: DATABASE_URL
  valueFrom:
    secretKeyRef:
      name: {{ $v.databaseSecret | quote }}
      key: DATABASE_URL
{{- end }}
{{- if $v.traces.endpoint }}
{{- if not (hasKey $declared "OTEL_EXPORTER_OTLP_ENDPOINT") }}
- name: OTEL_EXPORTER_OTLP_ENDPOINT
  value: {{ include "app.literal" $v.traces.endpoint }}
{{- end }}
{{- if not (hasKey $declared "OTEL_SERVICE_NAME") }}
- name: OTEL_SERVICE_NAME
  value: {{ .root.Release.Name | quote }}
{{- end }}
{{- if not (hasKey $declared "OTEL_RESOURCE_ATTRIBUTES") }}
- name: OTEL_RESOURCE_ATTRIBUTES
  {{- /* Kubernetes expands what stands above only: not a variable that the app declares. */}}
  {{- $version := ternary "" ",service.version=$(APP_VERSION)" (hasKey $declared "APP_VERSION") }}
  value: {{ printf "k8s.namespace.name=%s,service.namespace=%s%s" .root.Release.Namespace .root.Release.Namespace $version | quote }}
{{- end }}
{{- end }}
{{- range $name, $source := $declared }}
- name: {{ $name | quote }}
  {{- if hasKey $source "secret" }}
  valueFrom:
    secretKeyRef:
      name: {{ $source.secret | quote }}
      key: {{ $source.key | quote }}
  {{- else if hasKey $source "field" }}
  valueFrom:
    fieldRef:
      fieldPath: {{ $source.field | quote }}
  {{- else }}
  value: {{ include "app.literal" $source.value }}
  {{- end }}
{{- end }}
{{- end -}}

{{- define "app.volumeMounts" -}}
{{- $v := .root.Values -}}
- name: tmp
  mountPath: /tmp
{{- range $i, $path := $v.security.writable }}
- name: writable-{{ $i }}
  mountPath: {{ $path | quote }}
{{- end }}
{{- range $path, $content := $v.files }}
- name: files
  mountPath: {{ $path | quote }}
  subPath: {{ include "app.fileKey" $path | quote }}
  readOnly: true
{{- end }}
{{- range $name, $path := $v.secretMounts }}
- name: {{ printf "secret-%s" $name | quote }}
  mountPath: {{ $path | quote }}
  readOnly: true
{{- end }}
{{- if and (eq .component "web") $v.storage }}
- name: data
  mountPath: {{ $v.storage.path | quote }}
{{- end }}
{{- end -}}

{{- define "app.volumes" -}}
{{- $v := .root.Values -}}
- name: tmp
  emptyDir: {}
{{- range $i, $path := $v.security.writable }}
- name: writable-{{ $i }}
  emptyDir: {}
{{- end }}
{{- if $v.files }}
- name: files
  configMap:
    name: {{ printf "%s-files" .root.Release.Name | quote }}
{{- end }}
{{- range $name, $path := $v.secretMounts }}
- name: {{ printf "secret-%s" $name | quote }}
  secret:
    secretName: {{ $name | quote }}
    defaultMode: 288 # 0440: the program's group, that is fsGroup, may read
{{- end }}
{{- if and (eq .component "web") $v.storage }}
- name: data
  persistentVolumeClaim:
    claimName: {{ printf "%s-data" .root.Release.Name | quote }}
{{- end }}
{{- end -}}

{{- define "app.list" -}}
{{- range . }}
- {{ include "app.quote" . }}
{{- end }}
{{- end -}}

{{- /* The pod of any of the app's processes. It takes root, component, command, args and resources. */ -}}
{{- define "app.podSpec" -}}
{{- $v := .root.Values -}}
{{- $serves := and (eq .component "web") $v.port -}}
serviceAccountName: {{ .root.Release.Name | quote }}
automountServiceAccountToken: false
enableServiceLinks: false
terminationGracePeriodSeconds: 30
securityContext:
  runAsNonRoot: {{ ne (int64 $v.security.user) 0 }}
  runAsUser: {{ int64 $v.security.user }}
  runAsGroup: {{ int64 $v.security.user }}
  fsGroup: {{ int64 $v.security.user }}
  fsGroupChangePolicy: OnRootMismatch
  seccompProfile:
    type: RuntimeDefault
containers:
- name: app
  image: {{ printf "%s:%s" $v.image.repository $v.image.tag | quote }}
  imagePullPolicy: IfNotPresent
  {{- with .command }}
  command:
  {{- include "app.list" . | trim | nindent 2 }}
  {{- end }}
  {{- with .args }}
  args:
  {{- include "app.list" . | trim | nindent 2 }}
  {{- end }}
  {{- if and (eq .component "web") (or $v.port $v.metrics.port) }}
  ports:
  {{- if $v.port }}
  - name: http
    containerPort: {{ int64 $v.port }}
    protocol: TCP
  {{- end }}
  {{- if and $v.metrics.port (ne (int64 $v.metrics.port) (int64 $v.port)) }}
  - name: metrics
    containerPort: {{ int64 $v.metrics.port }}
    protocol: TCP
  {{- end }}
  {{- end }}
  env:
  {{- include "app.env" . | trim | nindent 2 }}
  {{- with .resources }}
  resources:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  securityContext:
    allowPrivilegeEscalation: false
    readOnlyRootFilesystem: {{ not $v.security.writableRoot }}
    capabilities:
      drop:
      - ALL
  {{- if $serves }}
  startupProbe:
    {{- include "app.probe" (dict "path" $v.probes.live) | nindent 4 }}
    periodSeconds: 2
    timeoutSeconds: 2
    failureThreshold: {{ div (add (int64 $v.probes.startSeconds) 1) 2 }}
  livenessProbe:
    {{- include "app.probe" (dict "path" $v.probes.live) | nindent 4 }}
    periodSeconds: 10
    timeoutSeconds: 5
    failureThreshold: 6
  readinessProbe:
    {{- include "app.probe" (dict "path" $v.probes.ready) | nindent 4 }}
    periodSeconds: 5
    timeoutSeconds: 3
    failureThreshold: 3
  lifecycle:
    preStop:
      # Requests still come in until every proxy knows that the pod is going.
      sleep:
        seconds: 5
  {{- end }}
  volumeMounts:
  {{- include "app.volumeMounts" . | trim | nindent 2 }}
volumes:
{{- include "app.volumes" . | trim | nindent 0 }}
{{- end -}}

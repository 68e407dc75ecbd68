{{- define "rosterline.labels" -}}
app.kubernetes.io/name: rosterline
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{- define "rosterline.selector" -}}
{app.kubernetes.io/name: rosterline, app.kubernetes.io/instance: {{ .root.Release.Name }}, app.kubernetes.io/component: {{ .name }}}
{{- end }}

{{- define "rosterline.image" -}}
{{- with .Values.image -}}
{{ .repository }}{{ if .digest }}@{{ .digest }}{{ else }}:{{ .tag }}{{ end }}
{{- end }}
{{- end }}

{{- define "rosterline.claim" -}}
{{ .Values.home.existingClaim | default (printf "%s-home" .Release.Name) }}
{{- end }}

{{- define "rosterline.podSecurity" -}}
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
fsGroup: 10001
fsGroupChangePolicy: OnRootMismatch
seccompProfile: {type: RuntimeDefault}
{{- end }}

{{- define "rosterline.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end }}

{{- define "rosterline.environment" -}}
envFrom:
  - configMapRef: {name: {{ .Release.Name }}-settings}
  - secretRef: {name: {{ .Values.secrets.environment }}}
{{- end }}

{{- define "rosterline.mounts" -}}
- {name: home, mountPath: /var/lib/rosterline}
- {name: tmp, mountPath: /tmp}
{{- end }}

{{- define "rosterline.volumes" -}}
- name: home
  persistentVolumeClaim: {claimName: {{ include "rosterline.claim" . }}}
- name: tmp
  emptyDir: {sizeLimit: 1Gi}
{{- end }}

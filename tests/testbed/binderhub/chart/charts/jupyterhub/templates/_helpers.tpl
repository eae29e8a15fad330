{{/* The labels that select a component's pods; call with (list $ "hub"). */}}
{{- define "jupyterhub.match" -}}
{{- $root := index . 0 -}}
component: {{ index . 1 }}
app: {{ $root.Values.nameOverride | default $root.Chart.Name | quote }}
release: {{ $root.Release.Name | quote }}
{{- end -}}

{{/* All labels of a component's objects. */}}
{{- define "jupyterhub.labels" -}}
{{- $root := index . 0 -}}
{{- $name := $root.Values.nameOverride | default $root.Chart.Name -}}
{{ include "jupyterhub.match" . }}
chart: {{ $root.Chart.Name }}-{{ $root.Chart.Version }}
heritage: {{ $root.Release.Service }}
app.kubernetes.io/component: {{ index . 1 }}
app.kubernetes.io/name: {{ $name | quote }}
app.kubernetes.io/instance: {{ $root.Release.Name | quote }}
helm.sh/chart: {{ $root.Chart.Name }}-{{ $root.Chart.Version }}
app.kubernetes.io/managed-by: {{ $root.Release.Service }}
{{- end -}}

{{/* The labels of a component's pods, which do not change with the chart's version. */}}
{{- define "jupyterhub.podLabels" -}}
{{- $root := index . 0 -}}
{{ include "jupyterhub.match" . }}
app.kubernetes.io/component: {{ index . 1 }}
app.kubernetes.io/name: {{ $root.Values.nameOverride | default $root.Chart.Name | quote }}
app.kubernetes.io/instance: {{ $root.Release.Name | quote }}
{{- end -}}

{{/* A secret that stays what it was: given, else what the Secret "hub" holds, else new: 64 hexadecimal digits. (list $ key given) */}}
{{- define "jupyterhub.kept" -}}
{{- $root := index . 0 -}}{{- $key := index . 1 -}}{{- $given := index . 2 -}}
{{- $old := (lookup "v1" "Secret" $root.Release.Namespace "hub" | default dict).data | default dict -}}
{{- $given | default (index $old $key | default "" | b64dec) | default (randAlphaNum 64 | sha256sum) | b64enc | quote -}}
{{- end -}}

{{/* A pod disruption budget's two numbers. */}}
{{- define "jupyterhub.budget" -}}
{{- range $name := list "maxUnavailable" "minAvailable" -}}
{{- $number := index $.pdb $name -}}
{{- if not (kindIs "invalid" $number) }}
{{ $name }}: {{ $number }}
{{- end -}}
{{- end -}}
{{- end -}}

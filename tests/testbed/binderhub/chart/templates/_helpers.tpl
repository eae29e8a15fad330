{{/* extraEnv as a list of Kubernetes variables: a list as it is, a mapping of strings or of variables. */}}
{{- define "double.env" -}}
{{- $list := list -}}
{{- if kindIs "slice" . -}}
{{- $list = . -}}
{{- else -}}
{{- range $name, $value := . -}}
{{- if kindIs "map" $value -}}
{{- $list = append $list (merge (dict) $value (dict "name" $name)) -}}
{{- else -}}
{{- $list = append $list (dict "name" $name "value" (toString $value)) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if $list -}}{{ toYaml $list }}{{- end -}}
{{- end -}}

{{/* One probe of GET path on port, from the chart's probe values. */}}
{{- define "double.probe" -}}
httpGet: {path: {{ .path | quote }}, port: {{ .port }}}
initialDelaySeconds: {{ .probe.initialDelaySeconds }}
periodSeconds: {{ .probe.periodSeconds }}
timeoutSeconds: {{ .probe.timeoutSeconds }}
failureThreshold: {{ .probe.failureThreshold }}
{{- end -}}

{{- define "double.pullSecrets" -}}
{{- with .pullSecrets }}
imagePullSecrets:
{{- range . }}
  - {{ if kindIs "string" . }}{{ dict "name" . | toJson }}{{ else }}{{ toJson . }}{{ end }}
{{- end }}
{{- end }}
{{- end -}}

{{/* Tolerations of pods that run where users' pods run. */}}
{{- define "double.userTolerations" -}}
- {effect: NoSchedule, key: hub.jupyter.org/dedicated, operator: Equal, value: user}
- {effect: NoSchedule, key: hub.jupyter.org_dedicated, operator: Equal, value: user}
{{- with . }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* docker's config.json: the first key is where BinderHub looks for images. */}}
{{- define "double.dockerConfig" -}}
{{- $url := .Values.registry.url | default "https://index.docker.io/v1/" -}}
{{- $user := .Values.registry.username | default (ternary "_json_key" "<token>" (eq $url "https://gcr.io")) -}}
{{- $auth := printf "%s:%s" $user .Values.registry.password | b64enc -}}
{{- dict "auths" (dict $url (dict "auth" $auth)) | toJson -}}
{{- end -}}

package hub

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"
	"strings"
)

type object = map[string]any

// port is where a session listens.
const port = 8888

var dnsLabel = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]*[a-z0-9])?$`)

// podName is KubeSpawner's jupyter-{user}: the name itself where it is a DNS label, a safe one otherwise.
func podName(user string) string {
	if dnsLabel.MatchString(user) && len(user) <= 55 && !strings.Contains(user, "---") {
		return "jupyter-" + user
	}
	sum := sha256.Sum256([]byte(user))
	safe := strings.Trim(regexp.MustCompile(`[^a-z0-9]+`).ReplaceAllString(strings.ToLower(user), "-"), "-")
	return "jupyter-" + safe[:min(len(safe), 40)] + "---" + hex.EncodeToString(sum[:])[:8]
}

// labels are those by which the charts, the quota and network policies know a session.
func (c *Config) labels(key string) object {
	user, server, _ := strings.Cut(key, "/")
	name := "jupyterhub"
	if c.NameOverride != nil && *c.NameOverride != "" {
		name = *c.NameOverride
	}
	chart := c.Chart.Name + "-" + strings.ReplaceAll(c.Chart.Version, "+", "_")
	all := object{
		"app": name, "component": "singleuser-server", "release": c.Release.Name, "chart": chart,
		"app.kubernetes.io/name": name, "app.kubernetes.io/component": "singleuser-server",
		"app.kubernetes.io/instance": c.Release.Name, "app.kubernetes.io/managed-by": "kubespawner",
		"helm.sh/chart": chart, "hub.jupyter.org/username": strings.TrimPrefix(podName(user), "jupyter-"),
		"hub.jupyter.org/servername": server,
	}
	for key, value := range c.Singleuser.ExtraLabels {
		all[key] = value
	}
	return all
}

// manifest is the pod of a session, for what BinderHub asks in options.
func (c *Config) manifest(key string, options map[string]any) object {
	user, server, _ := strings.Cut(key, "/")
	annotations := object{"hub.jupyter.org/username": user, "hub.jupyter.org/servername": server}
	for key, value := range c.Singleuser.ExtraAnnotations {
		annotations[key] = value
	}
	spec := object{
		"containers":    append([]any{c.container(key, options)}, c.Singleuser.ExtraContainers...),
		"restartPolicy": "OnFailure", "automountServiceAccountToken": false,
		"nodeSelector":    c.Singleuser.NodeSelector,
		"tolerations":     append(append([]any{}, c.Scheduling.UserPods.Tolerations...), c.Singleuser.ExtraTolerations...),
		"volumes":         append(append(asList(c.Singleuser.Storage.ExtraVolumes), c.fileVolumes()...), c.homeVolume(user)...),
		"initContainers":  asList(c.Singleuser.InitContainers),
		"securityContext": c.podSecurity(),
	}
	if c.priorityClass != "" {
		spec["priorityClassName"] = c.priorityClass
	}
	if account := c.Singleuser.ServiceAccountName; account != nil {
		spec["serviceAccountName"] = *account
	}
	if c.mentions("restart_policy", "Never") || c.mentions("restartPolicy", "Never") {
		spec["restartPolicy"] = "Never"
	}
	extra, _ := c.option("KubeSpawner", "extra_pod_config").(map[string]any)
	for _, more := range []map[string]any{c.Singleuser.ExtraPodConfig, extra} {
		for key, value := range more {
			spec[camelCase(key)] = value
		}
	}
	return object{"apiVersion": "v1", "kind": "Pod", "spec": spec,
		"metadata": object{"name": podName(key), "labels": c.labels(key), "annotations": annotations}}
}

func (c *Config) podSecurity() object {
	if c.Singleuser.FsGID == nil {
		return object{}
	}
	return object{"fsGroup": *c.Singleuser.FsGID}
}

func (c *Config) container(user string, options map[string]any) object {
	prefix := c.Hub.BaseURL + "user/" + user + "/"
	args := append(asStrings(c.Singleuser.Cmd), "--ip=0.0.0.0", fmt.Sprintf("--port=%d", port), "--ServerApp.base_url="+prefix)
	if !c.signIn() { // else the session asks the hub
		args = append(args, fmt.Sprintf("--ServerApp.token=%v", options["token"]))
	}
	args = append(args, "--ServerApp.trust_xheaders=True")
	if origin, _ := c.option("BinderSpawner", "cors_allow_origin").(string); origin != "" {
		args = append(args, "--ServerApp.allow_origin="+origin)
	}
	if c.Singleuser.DefaultURL != nil {
		args = append(args, "--ServerApp.default_url="+*c.Singleuser.DefaultURL)
	}
	container := object{
		"name": "notebook", "image": options["image"], "args": args, "env": c.env(user, prefix, options),
		"ports":        []object{{"name": "notebook-port", "containerPort": port}},
		"resources":    c.resources(),
		"volumeMounts": append(append(asList(c.Singleuser.Storage.ExtraVolumeMounts), c.fileMounts()...), c.homeMount()...),
	}
	if policy := c.Singleuser.Image.PullPolicy; policy != nil {
		container["imagePullPolicy"] = *policy
	}
	if len(c.Singleuser.LifecycleHooks) > 0 {
		container["lifecycle"] = c.Singleuser.LifecycleHooks
	}
	security := object{}
	if c.Singleuser.UID != nil {
		security["runAsUser"] = *c.Singleuser.UID
	}
	if allow := c.Singleuser.AllowPrivilegeEscalation; allow != nil {
		security["allowPrivilegeEscalation"] = *allow
	}
	container["securityContext"] = security
	return container
}

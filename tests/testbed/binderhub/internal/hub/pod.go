package hub

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"binderhubdouble/internal/traits"
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
func (c *Config) labels(user string) object {
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
		"hub.jupyter.org/servername": "",
	}
	for key, value := range c.Singleuser.ExtraLabels {
		all[key] = value
	}
	return all
}

// manifest is the pod of a session, for what BinderHub asks in options.
func (c *Config) manifest(user string, options map[string]any) object {
	annotations := object{"hub.jupyter.org/username": user, "hub.jupyter.org/servername": ""}
	for key, value := range c.Singleuser.ExtraAnnotations {
		annotations[key] = value
	}
	spec := object{
		"containers":    append([]any{c.container(user, options)}, c.Singleuser.ExtraContainers...),
		"restartPolicy": "OnFailure", "automountServiceAccountToken": false,
		"nodeSelector":    c.Singleuser.NodeSelector,
		"tolerations":     append(append([]any{}, c.Scheduling.UserPods.Tolerations...), c.Singleuser.ExtraTolerations...),
		"volumes":         asList(c.Singleuser.Storage.ExtraVolumes),
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
		"metadata": object{"name": podName(user), "labels": c.labels(user), "annotations": annotations}}
}

func (c *Config) podSecurity() object {
	if c.Singleuser.FsGID == nil {
		return object{}
	}
	return object{"fsGroup": *c.Singleuser.FsGID}
}

func (c *Config) container(user string, options map[string]any) object {
	prefix := c.Hub.BaseURL + "user/" + user + "/"
	args := append(asStrings(c.Singleuser.Cmd), "--ip=0.0.0.0", fmt.Sprintf("--port=%d", port),
		"--ServerApp.base_url="+prefix, fmt.Sprintf("--ServerApp.token=%v", options["token"]),
		"--ServerApp.trust_xheaders=True")
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
		"volumeMounts": asList(c.Singleuser.Storage.ExtraVolumeMounts),
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

// resources are in bytes, as KubeSpawner writes JupyterHub's memory units.
func (c *Config) resources() object {
	requests, limits := object{}, object{}
	set := func(target object, memory, cpu any) {
		if memory != nil {
			bytes, _ := traits.Bytes(memory)
			target["memory"] = strconv.FormatInt(bytes, 10)
		}
		if cpu != nil {
			target["cpu"] = fmt.Sprint(cpu)
		}
	}
	set(requests, c.Singleuser.Memory.Guarantee, c.Singleuser.CPU.Guarantee)
	set(limits, c.Singleuser.Memory.Limit, c.Singleuser.CPU.Limit)
	return object{"requests": requests, "limits": limits}
}

// env is what the session's processes find: JupyterHub's variables and BinderHub's.
func (c *Config) env(user, prefix string, options map[string]any) []object {
	values := map[string]string{
		"JUPYTERHUB_USER": user, "JUPYTERHUB_SERVICE_PREFIX": prefix, "JUPYTERHUB_BASE_URL": c.Hub.BaseURL,
		"JUPYTERHUB_SERVER_NAME": "", "JUPYTER_IMAGE_SPEC": fmt.Sprint(options["image"]),
		"JUPYTER_IMAGE": fmt.Sprint(options["image"]), "BINDER_REPO_URL": fmt.Sprint(options["repo_url"]),
	}
	memory := map[string]any{"MEM_GUARANTEE": c.Singleuser.Memory.Guarantee, "MEM_LIMIT": c.Singleuser.Memory.Limit}
	for name, value := range memory {
		if value != nil {
			bytes, _ := traits.Bytes(value)
			values[name] = strconv.FormatInt(bytes, 10)
		}
	}
	for name, value := range map[string]any{"CPU_GUARANTEE": c.Singleuser.CPU.Guarantee, "CPU_LIMIT": c.Singleuser.CPU.Limit} {
		if value != nil {
			values[name] = fmt.Sprint(value)
		}
	}
	for _, key := range []string{"binder_ref_url", "binder_launch_host", "binder_persistent_request", "binder_request",
		"binder_client_ip"} {
		if value, ok := options[key]; ok {
			values[strings.ToUpper(key)] = fmt.Sprint(value)
		}
	}
	list := envList(values)
	for name, value := range c.Singleuser.ExtraEnv {
		list = append(list, extraEnv(name, value))
	}
	return list
}

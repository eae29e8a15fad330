package hub

import (
	"fmt"
	"maps"
	"strconv"
	"strings"

	"binderhubdouble/internal/traits"
)

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
	maps.Copy(requests, c.Singleuser.ExtraResource.Guarantees)
	maps.Copy(limits, c.Singleuser.ExtraResource.Limits)
	return object{"requests": requests, "limits": limits}
}

// env is what the session's processes find: JupyterHub's variables and BinderHub's.
func (c *Config) env(key, prefix string, options map[string]any) []object {
	user, server, _ := strings.Cut(key, "/")
	values := map[string]string{
		"JUPYTERHUB_USER": user, "JUPYTERHUB_SERVICE_PREFIX": prefix, "JUPYTERHUB_BASE_URL": c.Hub.BaseURL,
		"JUPYTERHUB_SERVER_NAME": server, "JUPYTER_IMAGE_SPEC": fmt.Sprint(options["image"]),
		"JUPYTER_IMAGE": fmt.Sprint(options["image"]), "BINDER_REPO_URL": fmt.Sprint(options["repo_url"]),
	}
	if c.signIn() {
		values["JUPYTERHUB_API_URL"] = "http://hub:8081" + c.Hub.BaseURL + "hub/api"
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

// fileVolumes is the Secret that holds singleuser.extraFiles.
func (c *Config) fileVolumes() []any {
	if len(c.Singleuser.ExtraFiles) == 0 {
		return nil
	}
	items := []any{}
	for _, name := range sortedKeys(c.Singleuser.ExtraFiles) {
		item := object{"key": name, "path": name}
		if mode := c.Singleuser.ExtraFiles[name].Mode; mode != nil {
			item["mode"] = *mode
		}
		items = append(items, item)
	}
	return []any{object{"name": "files", "secret": object{"secretName": "singleuser", "items": items}}}
}

func (c *Config) fileMounts() []any {
	mounts := []any{}
	for _, name := range sortedKeys(c.Singleuser.ExtraFiles) {
		mounts = append(mounts, object{"name": "files", "subPath": name,
			"mountPath": c.Singleuser.ExtraFiles[name].MountPath})
	}
	return mounts
}

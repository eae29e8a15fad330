package binder

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
)

type object = map[string]any

// buildLabel marks build pods; /health and the cleaner find them by it.
const buildLabel = "binderhub-build"

// manifest is the build pod as KubernetesBuildExecutor makes it.
func (b *buildPod) manifest(ctx context.Context) (object, error) {
	c := b.server.config
	affinity, err := b.affinity(ctx)
	if err != nil {
		return nil, err
	}
	volumes, mounts := b.volumes()
	var env []object
	for name, value := range c.Build.ExtraEnv {
		env = append(env, object{"name": name, "value": value})
	}
	var secrets []object
	for _, name := range c.Build.PullSecrets {
		secrets = append(secrets, object{"name": name})
	}
	container := object{
		"name": "builder", "image": c.Build.Image, "args": c.command(b.repo, b.ref, b.image),
		"volumeMounts": mounts, "resources": c.Build.Resources, "env": env,
		"imagePullPolicy": "IfNotPresent", // the double's own image has no registry to come from
	}
	return object{
		"apiVersion": "v1", "kind": "Pod",
		"metadata": object{
			"name": b.name, "labels": object{"name": b.name, "component": buildLabel},
			"annotations": object{"binder-repo": b.repo},
		},
		"spec": object{
			"containers": []object{container}, "volumes": volumes, "restartPolicy": "Never",
			"nodeSelector": c.Build.NodeSelector, "affinity": affinity, "imagePullSecrets": secrets,
			"tolerations": []object{toleration("hub.jupyter.org/dedicated"), toleration("hub.jupyter.org_dedicated")},
		},
	}, nil
}

func toleration(key string) object {
	return object{"key": key, "operator": "Equal", "value": "user", "effect": "NoSchedule"}
}

// volumes are the builder's socket, which must be a socket already, and the credentials to push with.
func (b *buildPod) volumes() (volumes, mounts []object) {
	c := b.server.config
	if c.Build.DockerHost != "" {
		host := object{"path": c.Build.DockerHost, "type": "Socket"}
		volumes = append(volumes, object{"name": "docker-socket", "hostPath": host})
		mounts = append(mounts, object{"name": "docker-socket", "mountPath": "/var/run/docker.sock"})
	}
	if c.Build.PushSecret != "" && c.UseRegistry {
		volumes = append(volumes, object{"name": "docker-config", "secret": object{"secretName": c.Build.PushSecret}})
		mounts = append(mounts, object{"name": "docker-config", "mountPath": "/root/.docker/config.json",
			"subPath": "config.json"})
	}
	return volumes, mounts
}

// affinity prefers the node of an image builder with sticky_builds, and nodes without builds otherwise.
func (b *buildPod) affinity(ctx context.Context) (object, error) {
	if !b.server.config.Build.Sticky {
		term := object{"topologyKey": "kubernetes.io/hostname",
			"labelSelector": object{"matchLabels": object{"component": buildLabel}}}
		return object{"podAntiAffinity": object{"preferredDuringSchedulingIgnoredDuringExecution": []object{
			{"weight": 100, "podAffinityTerm": term}}}}, nil
	}
	builders, err := b.server.kube.Pods(ctx, "component=image-builder,app=binder")
	if err != nil {
		return nil, err
	}
	if len(builders) == 0 {
		return nil, errors.New("sticky_builds without an image builder pod: BinderHub dies here too (IndexError in get_affinity)")
	}
	expression := object{"key": "kubernetes.io/hostname", "operator": "In", "values": []string{builders[0].Spec.NodeName}}
	term := object{"weight": 100, "preference": object{"matchExpressions": []object{expression}}}
	return object{"nodeAffinity": object{"preferredDuringSchedulingIgnoredDuringExecution": []object{term}}}, nil
}

// localImageExists asks the daemon whose socket is mounted (use_registry: false).
func localImageExists(ctx context.Context, image string) (bool, error) {
	socket := "/var/run/docker.sock"
	if host := os.Getenv("DOCKER_HOST"); host != "" { // docker.from_env()
		socket = strings.TrimPrefix(host, "unix://")
	}
	if _, err := os.Stat(filepath.Clean(socket)); err != nil {
		return false, err
	}
	return dockerAt(socket).HasImage(ctx, image)
}

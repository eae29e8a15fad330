package hub

import (
	"context"
	"net/http"
	"strings"

	"binderhubdouble/internal/kube"
)

// signIn reports that sessions belong to people, and ask the hub who knocks.
func (c *Config) signIn() bool {
	on, _ := c.option("BinderSpawner", "auth_enabled").(bool)
	return on
}

// claimName is KubeSpawner's pvc_name_template, for the one placeholder that makes all of a user's servers share.
func (c *Config) claimName(user string) string {
	safe := strings.TrimPrefix(podName(user), "jupyter-")
	return strings.ReplaceAll(c.Singleuser.Storage.Dynamic.PvcNameTemplate, "{username}", safe)
}

// ensureHome makes the user's claim when there is none.
func (s *Server) ensureHome(ctx context.Context, key string) error {
	storage := s.config.Singleuser.Storage
	if storage.Type != "dynamic" {
		return nil
	}
	user, _, _ := strings.Cut(key, "/")
	err := s.kube.CreateClaim(ctx, object{
		"apiVersion": "v1", "kind": "PersistentVolumeClaim",
		"metadata": object{"name": s.config.claimName(user), "annotations": object{"hub.jupyter.org/username": user}},
		"spec": object{"storageClassName": storage.Dynamic.StorageClass, "accessModes": storage.Dynamic.StorageAccessModes,
			"resources": object{"requests": object{"storage": storage.Capacity}}},
	})
	if kube.IsStatus(err, http.StatusConflict) {
		return nil
	}
	return err
}

func (c *Config) homeVolume(user string) []any {
	if c.Singleuser.Storage.Type != "dynamic" {
		return nil
	}
	return []any{object{"name": c.Singleuser.Storage.Dynamic.VolumeNameTemplate,
		"persistentVolumeClaim": object{"claimName": c.claimName(user)}}}
}

func (c *Config) homeMount() []any {
	if c.Singleuser.Storage.Type != "dynamic" {
		return nil
	}
	return []any{object{"name": c.Singleuser.Storage.Dynamic.VolumeNameTemplate,
		"mountPath": c.Singleuser.Storage.HomeMountPath}}
}

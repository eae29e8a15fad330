package binder

import (
	"strings"
	"testing"
)

func TestManifestCheckAsksForOneType(t *testing.T) {
	w := newWorld(t, nil)
	w.push()
	if got := w.build(t, repo, nil).messages(); !strings.HasPrefix(got, "built: Found built image, launching...\n|") {
		t.Errorf("%s", got)
	}
	asked := w.registry.Asked[0]
	if accept := asked.Header.Values("Accept"); len(accept) != 1 || accept[0] != "application/vnd.oci.image.manifest.v1+json" {
		t.Errorf("Accept: %v", accept)
	}
	if _, _, ok := asked.BasicAuth(); !ok {
		t.Error("no Authorization header: BinderHub always sends one")
	}
}

// TestIndexIsNotFound: an image that was pushed as an OCI index is built at every launch.
func TestIndexIsNotFound(t *testing.T) {
	w := newWorld(t, nil)
	w.registry.Type = "application/vnd.oci.image.index.v1+json"
	w.push()
	found, err := w.server.imageExists(t.Context(), imageOfRepo)
	if found || err != nil {
		t.Errorf("found %v, error %v", found, err)
	}
}

func TestRegistryThatFails(t *testing.T) {
	w := newWorld(t, nil)
	w.registry.Status = 500
	if found, err := w.server.imageExists(t.Context(), imageOfRepo); found || err != nil {
		t.Errorf("an error of the registry counts as missing: found %v, error %v", found, err)
	}
	if tries := len(w.registry.Asked); tries != 3 {
		t.Errorf("%d tries, not 3", tries)
	}
	w.registry.Status = 401
	got := w.build(t, repo, nil)
	if e := got.events[0]; e["status_code"] != 500.0 || e["message"] != "Internal Server Error\n" {
		t.Errorf("wrong credentials: %v", e)
	}
}

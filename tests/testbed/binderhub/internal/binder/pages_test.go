package binder

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"binderhubdouble/internal/traits"
)

func TestHealth(t *testing.T) {
	w := newWorld(t, traits.Config{"LaunchQuota": {"total_quota": 3.0}})
	w.session("jupyter-a", "x:1")
	status, body := w.page(t, "GET", "/health")
	want := `{"checks":[{"ok":true,"service":"Docker registry"},{"ok":true,"service":"JupyterHub API"},` +
		`{"_ignore_failure":true,"build_pods":0,"ok":true,"quota":3,"service":"Pod quota","total_pods":1,"user_pods":1}],"ok":true}`
	if status != 200 || strings.TrimSpace(body) != want {
		t.Errorf("HTTP %d %s", status, body)
	}
	if asked := w.registry.Asked[0]; asked.URL.Path != "/v2/i-some-image-name/manifests/12345" {
		t.Errorf("asked the registry for %s", asked.URL.Path)
	}
	w.hub = func(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(503) }
	if status, _ := w.page(t, "GET", "/health"); status != 200 {
		t.Errorf("within 15 s the result is kept; got HTTP %d", status)
	}
	w.server.health.hubTries = retried{1}
	w.now = w.now.Add(16 * time.Second)
	if status, body := w.page(t, "GET", "/health"); status != 503 || !strings.Contains(body, `{"ok":false,"service":"JupyterHub API"}`) {
		t.Errorf("HTTP %d %s", status, body)
	}
	if status, body := w.page(t, "HEAD", "/health"); status != 503 || body != "" {
		t.Errorf("HEAD: HTTP %d %s", status, body)
	}
}

func TestQuotaDoesNotMakeUnhealthy(t *testing.T) {
	w := newWorld(t, traits.Config{"KubernetesLaunchQuota": {"total_quota": 0.0}})
	w.session("jupyter-a", "x:1")
	status, body := w.page(t, "GET", "/health")
	if status != 200 || !strings.Contains(body, `"ok":false,"quota":0,"service":"Pod quota"`) {
		t.Errorf("HTTP %d %s", status, body)
	}
}

func TestVersionsProvidersAndPages(t *testing.T) {
	w := newWorld(t, traits.Config{"KubernetesBuildExecutor": {"build_image": "r2d:1"}})
	_, body := w.page(t, "GET", "/versions")
	var versions struct {
		Info      map[string]string `json:"builder_info"`
		Binderhub string            `json:"binderhub"`
		Builder   string            `json:"builder"`
	}
	if err := json.Unmarshal([]byte(body), &versions); err != nil {
		t.Fatal(err)
	}
	if versions.Info["build_image"] != "r2d:1" || versions.Builder != "r2d:1" || versions.Binderhub != Version {
		t.Errorf("%s", body)
	}
	var providers []struct{ ID string }
	_, body = w.page(t, "GET", "/api/repoproviders")
	if err := json.Unmarshal([]byte(body), &providers); err != nil || len(providers) != 2 || providers[1].ID != "git" {
		t.Errorf("%v %s", err, body)
	}
	for _, path := range []string{"/", "/about", "/v2/gh/a/b/HEAD", "/anything"} {
		if status, body := w.page(t, "GET", path); status != 200 || !strings.Contains(body, "<title>Binder</title>") {
			t.Errorf("%s: HTTP %d", path, status)
		}
	}
	if status, _ := w.page(t, "GET", "/badge_logo.svg"); status != 200 {
		t.Errorf("badge: HTTP %d", status)
	}
}

func TestBannedNetworks(t *testing.T) {
	w := newWorld(t, traits.Config{"BinderHub": {"ban_networks": map[string]any{"192.0.2.0/24": "a cloud"}}})
	if status, _ := w.page(t, "GET", "/", "X-Real-Ip", "192.0.2.9"); status != 403 {
		t.Errorf("page: HTTP %d", status)
	}
	for _, open := range []string{"/health", "/versions"} {
		if status, _ := w.page(t, "GET", open, "X-Real-Ip", "192.0.2.9"); status != 200 {
			t.Errorf("%s: HTTP %d", open, status)
		}
	}
	if status, _ := w.page(t, "GET", "/", "X-Real-Ip", "198.51.100.1"); status != 200 {
		t.Errorf("another network: HTTP %d", status)
	}
}

func TestConfigurationThatBinderHubRefuses(t *testing.T) {
	_, err := NewConfig(Values{Config: traits.Config{
		"KubernetesBuildExecutor": {"memory_request": "0", "no_such": 1.0},
		"BinderHub":               {"use_registry": "yes"}, "Nobody": {},
	}})
	for _, part := range []string{
		"config.KubernetesBuildExecutor.memory_request: must be a number of bytes (suffix K, M, G or T), not 0",
		"config.KubernetesBuildExecutor.no_such: BinderHub has no such option",
		"config.BinderHub.use_registry: must be a boolean, not yes", "config.Nobody: BinderHub has no such class",
	} {
		if err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("%v does not say %q", err, part)
		}
	}
}

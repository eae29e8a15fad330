package binder

import (
	"strings"
	"testing"

	"binderhubdouble/internal/fake"
	"binderhubdouble/internal/kube"
	"binderhubdouble/internal/traits"
)

func TestTotalQuota(t *testing.T) {
	w := newWorld(t, traits.Config{"LaunchQuota": {"total_quota": 1.0}})
	w.session("jupyter-a", "reg:5000/i-other:1")
	w.push()
	got := w.build(t, repo, nil)
	want := "built: Found built image, launching...\n|failed: Too many users on this BinderHub! Try again soon.\n|"
	if got.messages() != want {
		t.Errorf("with the image there: %s", got.messages())
	}
	if _, metrics := w.page(t, "GET", "/metrics"); !strings.Contains(metrics,
		`binderhub_launch_count_total{status="pod_quota",provider="Git",repo="http://git/repo"} 1`) {
		t.Errorf("metrics:\n%s", metrics)
	}
	got = w.build(t, "git/http%3A%2F%2Fgit%2Fnew/main", nil)
	if want := "failed: Too many users on this BinderHub! Try again soon.\n|"; got.messages() != want {
		t.Errorf("without the image: %s", got.messages())
	}
	if names := w.kube.Names(); len(names) != 1 {
		t.Errorf("a build was started: %v", names)
	}
}

func TestQuotaOfARepository(t *testing.T) {
	w := newWorld(t, traits.Config{"BinderHub": {"per_repo_quota": 1.0, "per_repo_quota_higher": 2.0},
		"GitRepoProvider": {"spec_config": []any{map[string]any{"pattern": ".*wide.*", "config": map[string]any{"quota": 5.0}}},
			"high_quota_specs": []any{".*high.*"}}})
	image := func(repo string) string { return imageName("reg:5000/i-", repo, "another-ref") }
	for _, name := range []string{"repo", "wide", "high"} {
		w.session("jupyter-"+name, image("http://git/"+name))
		w.registry.Push(imageName("reg:5000/i-", "http://git/"+name, sha))
	}
	for name, full := range map[string]bool{"repo": true, "wide": false, "high": false} {
		got := w.build(t, "git/http%3A%2F%2Fgit%2F"+name+"/main", nil).messages()
		if strings.Contains(got, "failed: Too many users running http://git/"+name+"! Try again soon.\n") != full {
			t.Errorf("%s: %s", name, got)
		}
	}
}

// TestQuotaFullAfterABuild: BinderHub does not catch it there, and says `failed` twice.
func TestQuotaFullAfterABuild(t *testing.T) {
	w := newWorld(t, traits.Config{"LaunchQuota": {"total_quota": 1.0}})
	w.kube.Started = func(k *fake.Kube, pod kube.Pod) {
		w.session("jupyter-late", "reg:5000/i-other:1")
		k.End(pod.Metadata.Name, "Succeeded")
	}
	got := w.build(t, repo, nil)
	want := "waiting: Waiting for build to start...\n|built: Built image, launching...\n|" +
		"failed: Too many users on this BinderHub! Try again soon.\n|failed: Internal Server Error\n|"
	if got.messages() != want {
		t.Errorf("%s", got.messages())
	}
	if code := got.events[len(got.events)-1]["status_code"]; code != 500.0 {
		t.Errorf("status_code %v", code)
	}
}

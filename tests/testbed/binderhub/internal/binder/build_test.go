package binder

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"binderhubdouble/internal/fake"
	"binderhubdouble/internal/kube"
	"binderhubdouble/internal/traits"
)

func TestFailedBuild(t *testing.T) {
	w := newWorld(t, nil)
	w.kube.Started = func(k *fake.Kube, pod kube.Pod) {
		k.Update(pod.Metadata.Name, func(p *kube.Pod) { p.Status.Phase = "Running" })
		k.Log(pod.Metadata.Name, "not JSON at all\n"+`{"phase":"failed","message":"Error during build\n"}`+"\n")
		k.End(pod.Metadata.Name, "Failed")
	}
	bare := 0 // the two `failed` without a message: the pod has failed, the pod is gone
	got := w.buildUntil(t, repo, nil, func(e event) bool {
		if e["message"] == nil {
			bare++
		}
		return bare == 2
	})
	want := "waiting: Waiting for build to start...\n|unknown: not JSON at all\n|failed: Error during build\n|" +
		"failed: <nil>|failed: <nil>|"
	if got.messages() != want {
		t.Errorf("%s", got.messages())
	}
	if names := w.kube.Names(); len(names) != 0 {
		t.Errorf("left over: %v", names)
	}
}

func TestBuildPodIsAsConfigured(t *testing.T) {
	w := newWorld(t, traits.Config{"KubernetesBuildExecutor": {
		"build_image": "docker.io/testbed/binderhub-double:1", "docker_host": "/var/run/dind/docker.sock",
		"resources":              map[string]any{"limits": map[string]any{"memory": "2G"}},
		"repo2docker_extra_args": []any{"--Repo2Docker.default_buildpack=None"},
		"extra_envs":             map[string]any{"BUILDX_NO_DEFAULT_ATTESTATIONS": "1"},
	}})
	w.kube.Started = func(k *fake.Kube, pod kube.Pod) { k.End(pod.Metadata.Name, "Succeeded") }
	w.build(t, repo, nil)
	manifest, _ := json.Marshal(w.kube.Manifests[buildName("http://git/repo", sha)])
	text := string(manifest)
	for _, part := range []string{
		`"component":"binderhub-build"`, `"binder-repo":"http://git/repo"`, `"memory":"2G"`,
		`{"hostPath":{"path":"/var/run/dind/docker.sock","type":"Socket"},"name":"docker-socket"}`,
		`"mountPath":"/var/run/docker.sock"`, `"secretName":"binder-build-docker-config"`,
		`["jupyter-repo2docker","--ref=` + sha + `","--image=` + imageOfRepo + `","--no-clean","--no-run","--json-logs",` +
			`"--user-name=jovyan","--user-id=1000","--push","--Repo2Docker.default_buildpack=None","http://git/repo"]`,
		`{"name":"BUILDX_NO_DEFAULT_ATTESTATIONS","value":"1"}`, `"restartPolicy":"Never"`, `"podAntiAffinity"`,
	} {
		if !strings.Contains(text, part) {
			t.Errorf("no %s in %s", part, text)
		}
	}
}

func TestBuildsBeyondTheLimitWait(t *testing.T) {
	w := newWorld(t, traits.Config{"BinderHub": {"concurrent_build_limit": 1.0}})
	release := make(chan struct{})
	var running, most atomic.Int32
	w.kube.Started = func(k *fake.Kube, pod kube.Pod) {
		most.Store(max(most.Load(), running.Add(1)))
		<-release
		running.Add(-1)
		k.End(pod.Metadata.Name, "Succeeded")
	}
	done := make(chan string, 3)
	for i := range 3 {
		go func() { done <- w.build(t, fmt.Sprintf("git/http%%3A%%2F%%2Fgit%%2F%d/main", i), nil).messages() }()
	}
	for range 3 {
		release <- struct{}{}
		if got := <-done; !strings.Contains(got, "ready: ") {
			t.Errorf("%s", got)
		}
	}
	if most.Load() != 1 {
		t.Errorf("%d builds at a time", most.Load())
	}
}

func TestKeepAliveWhileWaiting(t *testing.T) {
	w := newWorld(t, nil)
	w.server.KeepAlive = time.Millisecond
	var beats atomic.Bool
	w.hub = func(rw http.ResponseWriter, r *http.Request) {
		time.Sleep(20 * time.Millisecond) // longer than several intervals
		readyHub(rw, r)
	}
	w.push()
	got := w.build(t, repo, nil)
	beats.Store(strings.Contains(got.body, ":keepalive\n\n"))
	if !beats.Load() || !strings.Contains(got.messages(), "ready: ") {
		t.Errorf("%s", got.body)
	}
}

func TestLaunchIsTriedAgain(t *testing.T) {
	w := newWorld(t, nil)
	w.push()
	var launches atomic.Int32
	w.hub = func(rw http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/progress") && launches.Add(1) < 3 {
			fmt.Fprint(rw, "data: {\"progress\": 100, \"failed\": true, \"message\": \"Spawn failed: no room\"}\n\n")
			return
		}
		readyHub(rw, r)
	}
	got := w.build(t, repo, nil).messages()
	if !strings.Contains(got, "Launch attempt 1 failed, retrying...\n|") || !strings.Contains(got, "Launch attempt 2 failed") ||
		!strings.Contains(got, "ready: server running at ") {
		t.Errorf("%s", got)
	}
	launches.Store(-100)
	got = w.build(t, repo, nil).messages()
	if !strings.HasSuffix(got, "failed: Spawn failed: no room\n|") || strings.Contains(got, "attempt 4 failed") {
		t.Errorf("%s", got)
	}
}

func TestHubThatIsFull(t *testing.T) {
	w := newWorld(t, traits.Config{"Launcher": {"retries": 1.0}})
	w.push()
	w.hub = func(rw http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/servers/") {
			rw.WriteHeader(http.StatusTooManyRequests)
			return
		}
		readyHub(rw, r)
	}
	got := w.build(t, repo, nil)
	last := got.events[len(got.events)-1]
	if last["message"] != "Failed to launch image "+imageOfRepo+"\n" || last["status_code"] != 500.0 {
		t.Errorf("%v", last)
	}
}

func TestCleaner(t *testing.T) {
	w := newWorld(t, traits.Config{"KubernetesCleaner": {"max_age": 3600.0}})
	add := func(name, phase string, age time.Duration) {
		pod := kube.Pod{}
		pod.Metadata.Name, pod.Status.Phase = name, phase
		pod.Metadata.Labels = map[string]string{"component": "binderhub-build"}
		started := w.now.Add(-age)
		pod.Status.StartTime = &started
		w.kube.Add(pod)
	}
	add("ended", "Succeeded", time.Minute)
	add("failed", "Failed", time.Minute)
	add("old", "Running", 2*time.Hour)
	add("young", "Running", time.Minute)
	if err := w.server.Clean(t.Context()); err != nil {
		t.Fatal(err)
	}
	if names := w.kube.Names(); len(names) != 1 || names[0] != "young" {
		t.Errorf("left: %v", names)
	}
}

func TestBuildPodThatGoesBetweenTwoWatches(t *testing.T) {
	w := newWorld(t, nil)
	w.kube.WatchesEnd = true
	w.kube.Started = func(k *fake.Kube, pod kube.Pod) {
		w.push()
		k.End(pod.Metadata.Name, "Succeeded")
	}
	got := w.build(t, repo, nil).messages()
	if !strings.Contains(got, "built: ") || !strings.Contains(got, "ready: ") {
		t.Errorf("%s", got)
	}
}

package whole

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"binderhubdouble/internal/traits"
)

func phases(events []map[string]any) []string {
	var all []string
	for _, e := range events {
		all = append(all, fmt.Sprint(e["phase"]))
	}
	return slices.Compact(all)
}

// ask makes one request of a session and decodes its answer.
func ask(t *testing.T, method, address, token string, into any) int {
	t.Helper()
	request, _ := http.NewRequest(method, address, nil)
	request.Header.Set("Authorization", "token "+token)
	response, err := http.DefaultClient.Do(request)
	check(t, err)
	defer response.Body.Close()
	data, _ := io.ReadAll(response.Body)
	if into != nil {
		check(t, json.Unmarshal(data, into))
	}
	return response.StatusCode
}

func TestFromRepositoryToSession(t *testing.T) {
	w := newWorld(t, nil)
	events := w.launch("minimal")
	want := []string{"waiting", "fetching", "building", "built", "launching", "ready"}
	if got := phases(events); !slices.Equal(got, want) {
		t.Fatalf("phases %v, not %v; last event: %v", got, want, events[len(events)-1])
	}
	ready := events[len(events)-1]
	address, token := ready["url"].(string), ready["token"].(string)
	if !strings.HasPrefix(address, w.proxy.URL+"/jupyter/user/minimal-") || !strings.HasSuffix(address, "/") {
		t.Errorf("the session is at %s", address)
	}
	var version struct{ Version string }
	if status := ask(t, "GET", address+"api", token, &version); status != 200 || version.Version == "" {
		t.Errorf("api: HTTP %d, version %q", status, version.Version)
	}
	if status := ask(t, "GET", address+"api/status", "wrong", nil); status != 403 {
		t.Errorf("api/status with a wrong token: HTTP %d", status)
	}
	if !slices.Contains(w.docker.Calls, "POST /images/load") {
		t.Error("the base image was not loaded into the daemon")
	}

	second := w.launch("minimal")
	if got := phases(second); !slices.Equal(got, []string{"built", "launching", "ready"}) {
		t.Errorf("second launch: phases %v", got)
	}
	if message := second[0]["message"]; message != "Found built image, launching...\n" {
		t.Errorf("second launch: %q", message)
	}
	status := ask(t, "POST", address+"api/shutdown", token, nil)
	if status != 200 {
		t.Errorf("shutdown: HTTP %d", status)
	}
	check(t, w.hub.Poll(t.Context()))
	until(t, "the ended session is 424", func() bool { return ask(t, "GET", address+"api", token, nil) == 424 })
}

func TestWithoutARegistryTheDaemonIsAsked(t *testing.T) {
	w := newWorld(t, func(config traits.Config, _ map[string]any) {
		config["BinderHub"]["use_registry"] = false
		config["BinderHub"]["image_prefix"] = "binder.invalid/i-"
	})
	first, second := w.launch("minimal"), w.launch("minimal")
	if got := phases(first); got[len(got)-1] != "ready" {
		t.Fatalf("first launch: %v", first[len(first)-1])
	}
	if got := phases(second); !slices.Equal(got, []string{"built", "launching", "ready"}) {
		t.Errorf("second launch: phases %v", got)
	}
	for _, call := range w.docker.Calls {
		if strings.HasSuffix(call, "/push") {
			t.Errorf("%s, without a registry", call)
		}
	}
	if len(w.registry.Asked) != 0 {
		t.Errorf("the registry was asked %d times", len(w.registry.Asked))
	}
	clear(w.docker.Images) // as the kubelet's image GC does
	if got := phases(w.launch("minimal")); !slices.Contains(got, "building") {
		t.Errorf("an image that was collected is not built again: %v", got)
	}
}

func TestSessionPodHasItsMemory(t *testing.T) {
	w := newWorld(t, nil)
	events := w.launch("minimal")
	name := strings.Split(events[len(events)-1]["url"].(string), "/user/")[1]
	manifest := w.kube.Manifests["jupyter-"+strings.Trim(name, "/")]
	data, _ := json.Marshal(manifest)
	var pod struct {
		Metadata struct{ Labels map[string]string }
		Spec     struct {
			RestartPolicy string
			Containers    []struct {
				Image     string
				Resources struct{ Requests, Limits map[string]string }
				Env       []struct{ Name, Value string }
			}
		}
	}
	check(t, json.Unmarshal(data, &pod))
	container := pod.Spec.Containers[0]
	if got := container.Resources; got.Requests["memory"] != "1073741824" || got.Limits["memory"] != "2147483648" {
		t.Errorf("resources %v", got)
	}
	env := map[string]string{}
	for _, e := range container.Env {
		env[e.Name] = e.Value
	}
	for key, want := range map[string]string{"MEM_GUARANTEE": "1073741824", "MEM_LIMIT": "2147483648",
		"BINDER_REPO_URL": w.git.URL + "/minimal", "BINDER_CLIENT_IP": "127.0.0.1"} {
		if env[key] != want {
			t.Errorf("%s is %q, not %q", key, env[key], want)
		}
	}
	if pod.Metadata.Labels["app"] != "jupyterhub" || pod.Metadata.Labels["component"] != "singleuser-server" {
		t.Errorf("labels %v", pod.Metadata.Labels)
	}
}

func TestBinderFolderAloneIsLookedIn(t *testing.T) {
	w := newWorld(t, nil)
	events := w.launch("in-binder-folder")
	if last := events[len(events)-1]; last["phase"] != "ready" {
		t.Fatalf("%v", last)
	}
}

func TestFailingBuildsSaySo(t *testing.T) {
	for repository, sentence := range map[string]string{
		"broken-build":   "did not complete successfully: exit code: 3",
		"no-environment": "could not find a buildpack",
		"missing":        "Unable to run git ls-remote",
	} {
		t.Run(repository, func(t *testing.T) {
			events := newWorld(t, nil).launch(repository)
			last := events[len(events)-1]
			if message := fmt.Sprint(last["message"]); last["phase"] != "failed" || !strings.Contains(message, sentence) {
				t.Errorf("phase %v: %q does not say %q", last["phase"], message, sentence)
			}
		})
	}
}

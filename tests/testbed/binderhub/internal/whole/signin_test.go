package whole

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"binderhubdouble/internal/traits"
)

// group is a world where people sign in and keep a home, with a service that may make the user "proof".
func group(t *testing.T) *world {
	w := newWorld(t, func(config traits.Config, values map[string]any) {
		config["BinderHub"]["auth_enabled"] = true
		config["Launcher"] = map[string]any{"named_server_limit_per_user": 1.0}
		hub := values["hub"].(map[string]any)
		hub["allowNamedServers"] = true
		hub["config"] = map[string]any{"BinderSpawner": map[string]any{"auth_enabled": true}}
		hub["loadRoles"] = map[string]any{"own": map[string]any{
			"scopes": []string{"admin:users!user=proof", "tokens!user=proof", "servers!user=proof"}, "services": []string{"own"}}}
		single := values["singleuser"].(map[string]any)
		single["cmd"] = "jupyterhub-singleuser"
		single["storage"] = map[string]any{"type": "dynamic", "capacity": "1Gi", "homeMountPath": "/home/jovyan/persistent",
			"dynamic": map[string]any{"storageClass": "binder-home", "pvcNameTemplate": "claim-{username}",
				"volumeNameTemplate": "home", "storageAccessModes": []string{"ReadWriteOnce"}}}
		values["cull"] = map[string]any{"enabled": true, "timeout": 600, "every": 60}
	})
	folder := t.TempDir()
	check(t, os.WriteFile(filepath.Join(folder, "hub.services.own.apiToken"), []byte("own-token"), 0o600))
	check(t, w.hub.ServiceTokens(folder))
	return w
}

// api asks the hub with a token.
func (w *world) apiOf(method, path, token, body string) (int, map[string]any) {
	w.t.Helper()
	request, _ := http.NewRequest(method, w.proxy.URL+"/jupyter/hub/api/"+path, strings.NewReader(body))
	request.Header.Set("Authorization", "token "+token)
	response, err := http.DefaultClient.Do(request)
	check(w.t, err)
	defer response.Body.Close()
	data, _ := io.ReadAll(response.Body)
	told := map[string]any{}
	_ = json.Unmarshal(data, &told)
	return response.StatusCode, told
}

// member makes the user and returns its token.
func (w *world) member() string {
	w.t.Helper()
	w.apiOf("POST", "users/proof", "own-token", "")
	status, told := w.apiOf("POST", "users/proof/tokens", "own-token", "{}")
	if status != http.StatusCreated {
		w.t.Fatalf("tokens: HTTP %d %v", status, told)
	}
	return told["token"].(string)
}

func TestAVisitorWithoutAnAccountIsSentToSignIn(t *testing.T) {
	w := group(t)
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	for path, want := range map[string]int{"/": 302, "/v2/gh/a/b/HEAD": 302, "/build/gh/a/b/HEAD": 302, "/versions": 200} {
		request, _ := http.NewRequest(http.MethodGet, w.binder.URL+path, nil)
		request.Header.Set("Accept", "text/event-stream")
		response, err := client.Do(request)
		check(t, err)
		response.Body.Close()
		if response.StatusCode != want {
			t.Errorf("%s: HTTP %d", path, response.StatusCode)
		}
	}
}

func TestAServiceForOneUserMayDoNothingElse(t *testing.T) {
	w := group(t)
	token := w.member()
	for _, key := range []string{"own-token", token} {
		for _, path := range []string{"users", "users/alice", "users/proofs"} {
			if status, _ := w.apiOf("GET", path, key, ""); status != 403 {
				t.Errorf("%s: HTTP %d", path, status)
			}
		}
	}
	if status, told := w.apiOf("GET", "user", token, ""); status != 200 || told["name"] != "proof" {
		t.Errorf("HTTP %d %v", status, told)
	}
}

func TestAMembersSessionsShareAHomeAndKnowTheirOwner(t *testing.T) {
	w := group(t)
	w.token = w.member()
	events := w.launch("minimal")
	ready := events[len(events)-1]
	if ready["phase"] != "ready" {
		t.Fatalf("%v", ready)
	}
	address := ready["url"].(string)
	if !strings.HasPrefix(address, w.proxy.URL+"/jupyter/user/proof/minimal-") {
		t.Errorf("the session is at %s", address)
	}
	for token, want := range map[string]int{w.token: 200, "wrong": 403, ready["token"].(string): 403} {
		if status := ask(t, "GET", address+"api/status", token, nil); status != want {
			t.Errorf("HTTP %d, not %d", status, want)
		}
	}
	if claim := w.kube.Manifests["claim-proof"]; fmt.Sprint(claim["spec"].(map[string]any)["storageClassName"]) != "binder-home" {
		t.Errorf("%v", claim)
	}
	if _, pod := w.onlySession(); !strings.Contains(fmt.Sprint(pod), "claimName:claim-proof") {
		t.Errorf("%v", pod)
	}
	if last := w.launch("minimal"); !strings.Contains(fmt.Sprint(last[len(last)-1]), "maximum of 1 named servers") {
		t.Errorf("%v", last)
	}
	w.startHub() // a hub that comes back knows whose session that is
	if status, told := w.apiOf("GET", "users/proof", "binder-token", ""); status != 200 || len(told["servers"].(map[string]any)) != 1 {
		t.Errorf("HTTP %d %v", status, told)
	}
	server := strings.Split(strings.TrimSuffix(address, "/"), "/")
	if status, _ := w.apiOf("DELETE", "users/proof/servers/"+server[len(server)-1], "binder-token", `{"remove": true}`); status != 204 {
		t.Errorf("HTTP %d", status)
	}
	until(t, "the session's pod is gone", func() bool { name, _ := w.onlySession(); return name == "" })
	if w.kube.Manifests["claim-proof"] == nil {
		t.Error("the home is gone")
	}
}

// onlySession is the name and the manifest of the one session's pod; "" when there is none.
func (w *world) onlySession() (string, map[string]any) {
	pods, err := w.client.Pods(w.t.Context(), "component=singleuser-server")
	check(w.t, err)
	for _, pod := range pods {
		return pod.Metadata.Name, w.kube.Manifests[pod.Metadata.Name]
	}
	return "", nil
}

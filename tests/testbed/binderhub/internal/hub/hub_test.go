package hub

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"binderhubdouble/internal/fake"
	"binderhubdouble/internal/kube"
	"binderhubdouble/internal/proxy"
)

// newHub returns a hub whose pods do what started says, and a function that asks its API.
func newHub(t *testing.T, values string, started func(*fake.Kube, kube.Pod)) (*Server, *fake.Kube, func(method, path, body string) (int, string)) {
	t.Helper()
	config, err := ParseConfig([]byte(values))
	if err != nil {
		t.Fatal(err)
	}
	cluster, client := fake.NewKube(t)
	cluster.Started = started
	api := httptest.NewServer(&proxy.API{Table: proxy.NewTable("http://hub")})
	t.Cleanup(api.Close)
	s := New(t.Context(), config, client, &proxy.Client{URL: api.URL}, "token")
	s.PollEvery = time.Millisecond
	s.Exit = func(int) {}
	s.Reachable = func(context.Context, string) error { return nil }
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	return s, cluster, func(method, path, body string) (int, string) {
		request, _ := http.NewRequest(method, server.URL+path, strings.NewReader(body))
		request.Header.Set("Authorization", "token token")
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		var text strings.Builder
		_ = response.Write(&text)
		return response.StatusCode, text.String()
	}
}

func running(k *fake.Kube, pod kube.Pod) { k.Run(pod.Metadata.Name, "127.0.0.1") }

const launchOptions = `{"image": "reg:5000/i-x:1", "token": "secret", "repo_url": "http://git/repo", "binder_client_ip": "192.0.2.1"}`

// start creates a user, starts its server and returns the progress.
func start(ask func(method, path, body string) (int, string), user string) string {
	ask("POST", "/hub/api/users/"+user, "")
	if status, body := ask("POST", "/hub/api/users/"+user+"/servers/", launchOptions); status != 202 {
		return body
	}
	_, progress := ask("GET", "/hub/api/users/"+user+"/server/progress", "")
	return progress
}

func TestPagesThatAreOpen(t *testing.T) {
	_, _, ask := newHub(t, `{"hub": {"baseUrl": "/jupyter/", "config": {"JupyterHub": {"authenticate_prometheus": false}}}}`, nil)
	for path, want := range map[string]int{"/jupyter/hub/health": 200, "/jupyter/hub/api/health": 200, "/jupyter/hub/api/": 200,
		"/jupyter/user/doesntexist": 424, "/jupyter/user/gone/api/status": 424, "/jupyter/hub/nothing": 404, "/jupyter/hub/metrics": 200} {
		if status, body := ask("GET", path, ""); status != want {
			t.Errorf("%s: HTTP %d %s", path, status, body)
		}
	}
	if status, body := ask("POST", "/jupyter/user/gone/api/shutdown", ""); status != 403 || !strings.Contains(body, "_xsrf") {
		t.Errorf("what is posted to a session that is gone: HTTP %d %s", status, body)
	}
	if _, body := ask("GET", "/jupyter/hub/api/", ""); !strings.Contains(body, `{"version":"5.3.0"}`) {
		t.Errorf("%s", body)
	}
}

func TestTheRestNeedsAToken(t *testing.T) {
	s, _, _ := newHub(t, `{}`, nil)
	for _, path := range []string{"/hub/api/users", "/hub/metrics"} {
		recorder := httptest.NewRecorder()
		s.ServeHTTP(recorder, httptest.NewRequest(http.MethodGet, path, nil))
		if recorder.Code != 403 {
			t.Errorf("%s: HTTP %d", path, recorder.Code)
		}
	}
}

func TestPodHasWhatTheValuesSay(t *testing.T) {
	_, cluster, ask := newHub(t, `{"Release": {"Name": "binder"}, "Chart": {"Name": "jupyterhub", "Version": "4.2.0"},
		"singleuser": {"cmd": ["jupyter-lab"], "memory": {"guarantee": "1G", "limit": "2G"}, "cpu": {"guarantee": 0.01, "limit": 1},
			"extraResource": {"guarantees": {"ephemeral-storage": "0"}, "limits": {"ephemeral-storage": "9Mi"}},
			"extraFiles": {"server": {"mountPath": "/etc/jupyter/jupyter_server_config.json", "data": {}}},
			"extraPodConfig": {"restartPolicy": "Never", "enableServiceLinks": false}, "uid": 1000, "fsGid": 100,
			"extraEnv": {"A": "b", "C": {"valueFrom": {"fieldRef": {"fieldPath": "spec.nodeName"}}}},
			"extraLabels": {"hub.jupyter.org/network-access-hub": "true"}, "allowPrivilegeEscalation": false},
		"hub": {"config": {"KubeSpawner": {"extra_pod_config": {"priority_class_name": "low"}}}}}`, running)
	if progress := start(ask, "repo-abc"); !strings.Contains(progress, `"ready":true`) {
		t.Fatalf("%s", progress)
	}
	manifest, _ := json.Marshal(cluster.Manifests["jupyter-repo-abc"])
	for _, part := range []string{`"requests":{"cpu":"0.01","ephemeral-storage":"0","memory":"1073741824"}`,
		`"limits":{"cpu":"1","ephemeral-storage":"9Mi","memory":"2147483648"}`, `"restartPolicy":"Never"`,
		`"enableServiceLinks":false`, `"priorityClassName":"low"`, `"secretName":"singleuser"`,
		`"mountPath":"/etc/jupyter/jupyter_server_config.json","name":"files","subPath":"server"`, `"fsGroup":100`,
		`"runAsUser":1000`, `"allowPrivilegeEscalation":false`, `{"name":"A","value":"b"}`, `"fieldPath":"spec.nodeName"`,
		`"hub.jupyter.org/network-access-hub":"true"`, `"release":"binder"`, `"containerPort":8888,"name":"notebook-port"`,
		`{"name":"BINDER_CLIENT_IP","value":"192.0.2.1"}`, `"args":["jupyter-lab","--ip=0.0.0.0","--port=8888",` +
			`"--ServerApp.base_url=/user/repo-abc/","--ServerApp.token=secret"`} {
		if !strings.Contains(string(manifest), part) {
			t.Errorf("no %s in\n%s", part, manifest)
		}
	}
}

func TestDefaultsAreKubeSpawners(t *testing.T) {
	_, cluster, ask := newHub(t, `{}`, running)
	start(ask, "repo-abc")
	spec := cluster.Manifests["jupyter-repo-abc"]["spec"].(map[string]any)
	if spec["restartPolicy"] != "OnFailure" || spec["enableServiceLinks"] != nil {
		t.Errorf("%v", spec)
	}
	_, cluster, ask = newHub(t, `{"hub": {"extraConfig": {"neverRestart":
		"c.KubeSpawner.extra_pod_config.update({'restart_policy': 'Never'})"}}}`, running)
	start(ask, "repo-abc")
	if spec := cluster.Manifests["jupyter-repo-abc"]["spec"].(map[string]any); spec["restartPolicy"] != "Never" {
		t.Errorf("the snippet is not recognised: %v", spec["restartPolicy"])
	}
}

func TestFailedSpawns(t *testing.T) {
	ends := func(k *fake.Kube, pod kube.Pod) {
		k.Say(pod.Metadata.Name, "Back-off restarting failed container")
		k.End(pod.Metadata.Name, "Failed")
	}
	s, cluster, ask := newHub(t, `{"hub": {"consecutiveFailureLimit": 2}, "singleuser": {"events": true}}`, ends)
	exits := make(chan int, 2)
	s.Exit = func(code int) { exits <- code }
	progress := start(ask, "a")
	if !strings.Contains(progress, `"failed":true`) || !strings.Contains(progress, "Spawn failed: pod jupyter-a: container notebook") {
		t.Errorf("%s", progress)
	}
	select {
	case <-exits:
		t.Fatal("exits after one failure of two")
	default:
	}
	start(ask, "b")
	if code := <-exits; code != 1 { // after the pod is deleted
		t.Errorf("exit code %d", code)
	}
	if names := cluster.Names(); len(names) != 0 {
		t.Errorf("left over: %v", names)
	}
}

func TestPodThatNeverStarts(t *testing.T) {
	_, _, ask := newHub(t, `{"hub": {"config": {"KubeSpawner": {"start_timeout": 0.05}}}}`, nil)
	if progress := start(ask, "a"); !strings.Contains(progress, "did not start in") {
		t.Errorf("%s", progress)
	}
}

func TestAllThatStartAskKubernetesTogether(t *testing.T) {
	const count, every = 10, 50 * time.Millisecond
	together := make(chan struct{})
	var started atomic.Int32
	s, cluster, ask := newHub(t, `{"singleuser": {"events": true}}`, func(k *fake.Kube, pod kube.Pod) {
		if started.Add(1) == count {
			close(together)
		}
		<-together
		time.Sleep(20 * every) // so long that each on its own would ask twenty times
		running(k, pod)
	})
	s.PollEvery = every
	var all sync.WaitGroup
	for number := range count {
		all.Go(func() {
			if progress := start(ask, fmt.Sprintf("u%d", number)); !strings.Contains(progress, `"ready":true`) {
				t.Errorf("u%d: %s", number, progress)
			}
		})
	}
	all.Wait()
	if asked := cluster.Asked["events"]; asked == 0 || asked > 5*count {
		t.Errorf("%d sessions asked %d times", count, asked)
	}
}

func TestServerThatNeverAnswers(t *testing.T) {
	s, _, ask := newHub(t, `{"hub": {"config": {"KubeSpawner": {"http_timeout": 0.05}}}}`, running)
	s.Reachable = func(context.Context, string) error { return fmt.Errorf("connection refused") }
	if progress := start(ask, "a"); !strings.Contains(progress, "didn't respond in time: connection refused") {
		t.Errorf("%s", progress)
	}
}

func TestLimits(t *testing.T) {
	_, _, ask := newHub(t, `{"hub": {"activeServerLimit": 1}}`, running)
	start(ask, "a")
	if answer := start(ask, "b"); !strings.Contains(answer, "429 Too Many Requests") || !strings.Contains(answer, "Retry-After") {
		t.Errorf("%s", answer)
	}
	_, _, ask = newHub(t, `{"hub": {"concurrentSpawnLimit": 1}}`, nil) // pods that stay pending
	ask("POST", "/hub/api/users/a", "")
	ask("POST", "/hub/api/users/a/server", launchOptions)
	if answer := start(ask, "b"); !strings.Contains(answer, "Too many users trying to log in right now") {
		t.Errorf("%s", answer)
	}
}

func TestUsersOfTheAPI(t *testing.T) {
	_, cluster, ask := newHub(t, `{}`, running)
	start(ask, "a")
	for _, c := range []struct {
		method, path, body string
		want               int
	}{
		{"POST", "/hub/api/users/a", "", 409}, {"GET", "/hub/api/users/a", "", 200}, {"GET", "/hub/api/users", "", 200},
		{"POST", "/hub/api/users/a/server", launchOptions, 400}, {"POST", "/hub/api/users/no/server", launchOptions, 404},
		{"POST", "/hub/api/users/a/server", `{"image": "x"}`, 400}, {"POST", "/hub/api/users/a/server", `nonsense`, 400},
		{"GET", "/hub/api/users/no/server/progress", "", 400}, {"DELETE", "/hub/api/users/no/server", "", 404},
		{"DELETE", "/hub/api/users/a/server", "", 204}, {"DELETE", "/hub/api/users/a", "", 204}, {"GET", "/hub/api/users/a", "", 404},
	} {
		if status, body := ask(c.method, c.path, c.body); status != c.want {
			t.Errorf("%s %s %s: HTTP %d\n%s", c.method, c.path, c.body, status, body)
		}
	}
	if names := cluster.Names(); len(names) != 0 {
		t.Errorf("left over: %v", names)
	}
}

func TestConfigurationThatJupyterHubRefuses(t *testing.T) {
	_, err := ParseConfig([]byte(`{"singleuser": {"memory": {"limit": "2Gi"}}}`))
	if err == nil || !strings.Contains(err.Error(), "singleuser.memory.limit: 2Gi is not a valid memory specification") {
		t.Errorf("%v", err)
	}
}

func TestPodNames(t *testing.T) {
	for user, want := range map[string]string{"repo-abc123": "jupyter-repo-abc123", "My.Repo": "jupyter-my-repo---"} {
		if got := podName(user); !strings.HasPrefix(got, want) || len(got) > 63 {
			t.Errorf("%s: %s", user, got)
		}
	}
}

// TestAfterAReboot: the sessions' pods are there and have ended; they must not count towards the quota.
func TestAfterAReboot(t *testing.T) {
	s, cluster, _ := newHub(t, `{}`, nil)
	for _, name := range []string{"ended", "alive"} {
		pod := kube.Pod{}
		pod.Metadata.Name = "jupyter-" + name
		pod.Metadata.Labels = map[string]string{"app": "jupyterhub", "component": "singleuser-server"}
		pod.Metadata.Annotations = map[string]string{"hub.jupyter.org/username": name}
		cluster.Add(pod)
	}
	cluster.End("jupyter-ended", "Failed")
	cluster.Run("jupyter-alive", "127.0.0.1")
	for _, step := range []func(context.Context) error{s.Recover, s.Poll} {
		if err := step(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if names := cluster.Names(); len(names) != 1 || names[0] != "jupyter-alive" || s.users["alive"] == nil || s.users["ended"] != nil {
		t.Errorf("pods %v, users %v", names, s.users)
	}
}

func TestStoppedWhileItStarts(t *testing.T) {
	s, cluster, ask := newHub(t, `{"hub": {"consecutiveFailureLimit": 1}}`, nil)
	s.Exit = func(int) { t.Error("the hub exits: it counts a stop as a failure") }
	ask("POST", "/hub/api/users/a", "")
	ask("POST", "/hub/api/users/a/server", launchOptions)
	if status, body := ask("DELETE", "/hub/api/users/a/server", ""); status != 204 {
		t.Fatalf("HTTP %d %s", status, body)
	}
	if _, progress := ask("GET", "/hub/api/users/a/server/progress", ""); strings.Contains(progress, `"ready":true`) {
		t.Errorf("%s", progress)
	}
	limit := time.Now().Add(10 * time.Second)
	for len(cluster.Names()) > 0 {
		if time.Now().After(limit) {
			t.Fatalf("left over after 10 s: %v", cluster.Names())
		}
		time.Sleep(time.Millisecond)
	}
}

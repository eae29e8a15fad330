// Package whole runs all parts of the double against each other: a repository on a git server is launched
// to a session that answers through the proxy. Only Kubernetes, docker and the registry are fakes.
package whole

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"binderhubdouble/internal/binder"
	"binderhubdouble/internal/build"
	"binderhubdouble/internal/fake"
	"binderhubdouble/internal/gitserve"
	"binderhubdouble/internal/hub"
	"binderhubdouble/internal/kube"
	"binderhubdouble/internal/proxy"
	"binderhubdouble/internal/session"
	"binderhubdouble/internal/traits"
)

// world is a BinderHub with everything around it.
type world struct {
	t        *testing.T
	kube     *fake.Kube
	registry *fake.Registry
	docker   *fake.Docker
	hub      *hub.Server
	binder   *httptest.Server
	git      *httptest.Server
	proxy    *httptest.Server
	launches *binder.Server
	client   *kube.Client
	values   []byte // the hub's
	api      string // of the proxy
	table    *proxy.Table
	ahead    atomic.Int64 // how far the clock of hub and proxy is set forward
	token    string       // of the visitor, where people sign in
}

// now is the clock of the hub and the proxy.
func (w *world) now() time.Time { return time.Now().Add(time.Duration(w.ahead.Load())) }

// later sets that clock forward.
func (w *world) later(d time.Duration) { w.ahead.Add(int64(d)) }

// addresses gives each session's server a loopback address of its own: all listen on port 8888.
var addresses atomic.Int32

func newWorld(t *testing.T, edit func(config traits.Config, hubValues map[string]any)) *world {
	t.Setenv("DOCKER_CONFIG", t.TempDir())
	list := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, `{"installations": [{"hostname": "dataverse.example.org"}]}`)
	}))
	t.Setenv("R2D_DATAVERSE_INSTALLATIONS_URL", list.URL)
	w := &world{t: t, registry: fake.NewRegistry(t)}
	w.docker = fake.NewDocker(t, w.registry)
	t.Setenv("DOCKER_HOST", "unix://"+w.docker.Socket)
	w.kube, w.client = fake.NewKube(t)
	w.kube.Started = w.kubelet
	repositories, err := gitserve.Examples()
	check(t, err)
	w.git = serve(t, &gitserve.Handler{Repositories: repositories})
	w.table = proxy.NewTable("")
	w.table.Now = w.now
	w.proxy = serve(t, proxy.New(w.table))
	w.api = serve(t, &proxy.API{Table: w.table, Token: "proxy-token"}).URL
	config := traits.Config{
		"BinderHub":      {"hub_url": w.proxy.URL + "/jupyter/", "image_prefix": "registry.example:5000/i-"},
		"DockerRegistry": {"url": w.registry.URL}, "KubernetesBuildExecutor": {"push_secret": "push"},
		"RateLimiter": {"limit": 0.0},
	}
	hubValues := map[string]any{
		"hub":        map[string]any{"baseUrl": "/jupyter/", "consecutiveFailureLimit": 5},
		"singleuser": map[string]any{"cmd": "jupyter-lab", "memory": map[string]any{"guarantee": "1G", "limit": "2G"}, "events": true},
		"cull":       map[string]any{"enabled": true, "users": true, "timeout": 600, "every": 60, "maxAge": 3600},
		"Release":    map[string]any{"Name": "binder"},
	}
	if edit != nil {
		edit(config, hubValues)
	}
	w.values, err = json.Marshal(hubValues)
	check(t, err)
	w.startHub()
	binderConfig, err := binder.NewConfig(binder.Values{Config: config})
	check(t, err)
	binderConfig.HubToken = "binder-token"
	w.launches, err = binder.New(binderConfig, w.client)
	check(t, err)
	w.launches.HoldOpen = time.Millisecond
	w.launches.Launcher.RetryDelay = time.Millisecond
	w.binder = serve(t, w.launches)
	return w
}

// startHub starts a hub, which takes the place of the one before.
func (w *world) startHub() {
	ctx, stop := context.WithCancel(context.Background())
	w.t.Cleanup(stop)
	config, err := hub.ParseConfig(w.values)
	check(w.t, err)
	w.hub = hub.New(ctx, config, w.client, &proxy.Client{URL: w.api, Token: "proxy-token"}, "binder-token")
	w.hub.Now, w.hub.PollEvery, w.hub.LookEvery = w.now, time.Millisecond, time.Millisecond
	w.hub.Exit = func(int) { w.t.Error("the hub exits") }
	check(w.t, w.hub.Recover(ctx))
	w.table.Add("/", serve(w.t, w.hub).URL, nil)
}

// kubelet runs pods in this process: builds with the fake docker, sessions on a loopback address.
func (w *world) kubelet(k *fake.Kube, pod kube.Pod) {
	name := pod.Metadata.Name
	args := pod.Spec.Containers[0].Args
	if strings.HasPrefix(name, "build-") {
		options, err := build.Parse(args[1:])
		check(w.t, err)
		options.Socket = w.docker.Socket
		k.Update(name, func(p *kube.Pod) { p.Status.Phase = "Running" })
		phase := "Succeeded"
		if build.Run(context.Background(), options, logTo{k, name}) != nil {
			phase = "Failed"
		}
		k.End(name, phase)
		return
	}
	server, _, err := session.Parse(args[1:])
	check(w.t, err)
	if args[0] == "jupyterhub-singleuser" {
		server.Hub = &session.Hub{API: w.proxy.URL + "/jupyter/hub/api", User: pod.Metadata.Annotations["hub.jupyter.org/username"]}
	}
	address := fmt.Sprintf("127.1.0.%d", addresses.Add(1))
	listener, err := net.Listen("tcp", address+":8888")
	check(w.t, err)
	listening := &httptest.Server{Listener: listener, Config: &http.Server{Handler: server}}
	server.Shutdown = func() { k.End(name, "Succeeded") }
	listening.Start()
	w.t.Cleanup(listening.Close)
	k.Say(name, "Started container notebook")
	k.Run(name, address)
}

type logTo struct {
	kube *fake.Kube
	pod  string
}

func (l logTo) Write(data []byte) (int, error) {
	l.kube.Log(l.pod, string(data))
	return len(data), nil
}

// launch asks for a repository of the git server and returns all events up to ready, failed or the end.
func (w *world) launch(repository string) []map[string]any {
	w.t.Helper()
	address := w.binder.URL + "/build/git/" + url.PathEscape(w.git.URL+"/"+repository) + "/HEAD"
	request, _ := http.NewRequest(http.MethodGet, address, nil)
	request.Header.Set("Accept", "text/event-stream")
	if w.token != "" {
		request.Header.Set("Authorization", "token "+w.token)
	}
	response, err := http.DefaultClient.Do(request)
	check(w.t, err)
	defer response.Body.Close()
	var events []map[string]any
	lines := bufio.NewScanner(response.Body)
	for lines.Scan() {
		data, ok := strings.CutPrefix(lines.Text(), "data: ")
		if !ok {
			continue
		}
		var said map[string]any
		check(w.t, json.NewDecoder(bytes.NewBufferString(data)).Decode(&said))
		events = append(events, said)
		if said["phase"] == "ready" || said["phase"] == "failed" {
			break
		}
	}
	return events
}

// until waits for a condition of something that happens in another goroutine.
func until(t *testing.T, what string, done func() bool) {
	t.Helper()
	limit := time.Now().Add(20 * time.Second)
	for !done() {
		if time.Now().After(limit) {
			t.Fatalf("waited 20 s in vain: %s", what)
		}
		time.Sleep(time.Millisecond)
	}
}

func serve(t *testing.T, handler http.Handler) *httptest.Server {
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

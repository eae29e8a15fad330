package binder

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"binderhubdouble/internal/fake"
	"binderhubdouble/internal/kube"
	"binderhubdouble/internal/traits"
)

const sha = "0123456789abcdef0123456789abcdef01234567"

// world is a BinderHub whose hub, registry and cluster are scripted.
type world struct {
	*httptest.Server
	server   *Server
	kube     *fake.Kube
	registry *fake.Registry
	hub      func(w http.ResponseWriter, r *http.Request) // instead of a hub that starts all at once
	now      time.Time
}

func newWorld(t *testing.T, config traits.Config) *world {
	t.Helper()
	t.Setenv("DOCKER_CONFIG", t.TempDir())
	w := &world{registry: fake.NewRegistry(t), now: time.Unix(1_800_000_000, 0)}
	hub := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if w.hub != nil {
			w.hub(rw, r)
			return
		}
		readyHub(rw, r)
	}))
	t.Cleanup(hub.Close)
	base := traits.Config{
		"BinderHub":      {"hub_url": hub.URL + "/jupyter/", "image_prefix": "reg:5000/i-"},
		"DockerRegistry": {"url": w.registry.URL},
	}
	for class, options := range config {
		if base[class] == nil {
			base[class] = map[string]any{}
		}
		for name, value := range options {
			base[class][name] = value
		}
	}
	parsed, err := NewConfig(Values{Config: base})
	if err != nil {
		t.Fatal(err)
	}
	var client *kube.Client
	w.kube, client = fake.NewKube(t)
	if w.server, err = New(parsed, client); err != nil {
		t.Fatal(err)
	}
	s := w.server
	s.Now = func() time.Time { return w.now }
	s.HoldOpen, s.HeadDelay, s.Launcher.RetryDelay = 0, 0, time.Millisecond
	s.LsRemote = func(context.Context, string, string) (string, error) { return sha, nil }
	w.Server = httptest.NewServer(s)
	t.Cleanup(w.Close)
	return w
}

// readyHub accepts everything and reports a ready server.
func readyHub(w http.ResponseWriter, r *http.Request) {
	switch {
	case strings.HasSuffix(r.URL.Path, "/progress"):
		fmt.Fprint(w, "data: {\"progress\": 100, \"ready\": true, \"message\": \"Server ready\"}\n\n")
	case r.Method == http.MethodPost:
		w.WriteHeader(http.StatusCreated)
	}
}

// session puts a session's pod into the cluster, which runs the image.
func (w *world) session(name, image string) {
	pod := kube.Pod{}
	pod.Metadata.Name = name
	pod.Metadata.Labels = map[string]string{"app": "jupyterhub", "component": "singleuser-server"}
	pod.Spec.Containers = []kube.Container{{Name: "notebook", Image: image}}
	w.kube.Add(pod)
}

// push puts the image of the repository of these tests into the registry.
func (w *world) push() { w.registry.Push(imageOfRepo) }

const repo = "git/http%3A%2F%2Fgit%2Frepo/main"

var imageOfRepo = imageName("reg:5000/i-", "http://git/repo", sha)

// answer is one event stream, read to its end or to a `ready` or a last `failed`.
type answer struct {
	status int
	header http.Header
	events []map[string]any
	body   string
}

// build asks for a spec; change edits the request.
func (w *world) build(t *testing.T, spec string, change func(*http.Request)) answer {
	t.Helper()
	return w.buildUntil(t, spec, change, func(event) bool { return false })
}

func (w *world) buildUntil(t *testing.T, spec string, change func(*http.Request), last func(event) bool) answer {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	request, _ := http.NewRequestWithContext(ctx, http.MethodGet, w.URL+"/build/"+spec, nil)
	request.Header.Set("Accept", "text/event-stream")
	if change != nil {
		change(request)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	a := answer{status: response.StatusCode, header: response.Header}
	lines := bufio.NewScanner(response.Body)
	for lines.Scan() {
		a.body += lines.Text() + "\n"
		if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
			var said event
			if err := json.Unmarshal([]byte(data), &said); err != nil {
				t.Fatalf("%s: %v", data, err)
			}
			a.events = append(a.events, said)
			if last(said) {
				return a
			}
		}
	}
	if ctx.Err() != nil {
		t.Fatalf("the stream did not end: %s", a.body)
	}
	return a
}

func (a answer) messages() string {
	var text string
	for _, e := range a.events {
		text += fmt.Sprintf("%v: %v|", e["phase"], e["message"])
	}
	return text
}

// page fetches anything but a build.
func (w *world) page(t *testing.T, method, path string, header ...string) (int, string) {
	t.Helper()
	request, _ := http.NewRequest(method, w.URL+path, nil)
	for i := 0; i+1 < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	data, _ := io.ReadAll(response.Body)
	return response.StatusCode, string(data)
}

// Package fake holds what the tests put in place of a cluster, a docker daemon and a registry.
package fake

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"binderhubdouble/internal/kube"
)

// Kube is an API server with pods and their events and logs. Nothing happens to a pod unless Started makes it.
type Kube struct {
	// Started is called in a goroutine of its own for each pod that is created.
	Started func(k *Kube, pod kube.Pod)

	// WatchesEnd: a watch tells what is there, and is over before anything changes.
	WatchesEnd bool

	// Asked counts the lists that were asked for, by path.
	Asked map[string]int

	mutex     sync.Mutex
	pods      map[string]*entry
	changed   chan struct{} // closed and replaced at every change
	Manifests map[string]map[string]any
	log       []change // all changes, for watches
}

type entry struct {
	pod kube.Pod
	log string
}

type change struct {
	kind string
	pod  kube.Pod
}

// NewKube starts an API server and returns it with a client of it.
func NewKube(t testing.TB) (*Kube, *kube.Client) {
	k := &Kube{pods: map[string]*entry{}, changed: make(chan struct{}), Manifests: map[string]map[string]any{}, Asked: map[string]int{}}
	server := httptest.NewServer(k)
	t.Cleanup(server.CloseClientConnections)
	t.Cleanup(server.Close)
	return k, kube.New(server.URL, "binder")
}

// Add puts a pod there.
func (k *Kube) Add(pod kube.Pod) {
	k.mutex.Lock()
	defer k.mutex.Unlock()
	if pod.Metadata.CreationTimestamp.IsZero() {
		pod.Metadata.CreationTimestamp = time.Now()
	}
	k.pods[pod.Metadata.Name] = &entry{pod: pod}
	k.note("ADDED", pod)
}

// Update changes a pod that is there.
func (k *Kube) Update(name string, edit func(*kube.Pod)) {
	k.mutex.Lock()
	defer k.mutex.Unlock()
	if e := k.pods[name]; e != nil {
		edit(&e.pod)
		k.note("MODIFIED", e.pod)
	}
}

// Log adds to the log of a pod.
func (k *Kube) Log(name, text string) {
	k.mutex.Lock()
	defer k.mutex.Unlock()
	if e := k.pods[name]; e != nil {
		e.log += text
		k.note("", e.pod)
	}
}

// Names lists the pods there are.
func (k *Kube) Names() []string {
	k.mutex.Lock()
	defer k.mutex.Unlock()
	var names []string
	for name := range k.pods {
		names = append(names, name)
	}
	return names
}

// note records a change and wakes whoever waits. The caller holds the lock.
func (k *Kube) note(kind string, pod kube.Pod) {
	if kind != "" {
		k.log = append(k.log, change{kind, pod})
	}
	close(k.changed)
	k.changed = make(chan struct{})
}

func (k *Kube) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path, ok := strings.CutPrefix(r.URL.Path, "/api/v1/namespaces/binder/")
	if !ok {
		refuse(w, 404, "no such namespace")
		return
	}
	parts := strings.Split(path, "/")
	query := r.URL.Query()
	switch {
	case path == "pods" && r.Method == http.MethodPost:
		k.create(w, r)
	case path == "pods" && query.Get("watch") == "true":
		k.watch(w, r, query.Get("labelSelector"))
	case path == "pods":
		answer(w, map[string]any{"items": k.list(query.Get("labelSelector"))})
	case len(parts) == 3 && parts[2] == "log":
		k.serveLog(w, r, parts[1])
	case len(parts) == 2 && r.Method == http.MethodDelete:
		k.delete(w, parts[1])
	case len(parts) == 2:
		k.show(w, parts[1])
	default:
		refuse(w, 404, "not found")
	}
}

func answer(w http.ResponseWriter, value any) { _ = json.NewEncoder(w).Encode(value) }

func refuse(w http.ResponseWriter, code int, message string) {
	w.WriteHeader(code)
	answer(w, map[string]any{"kind": "Status", "message": message, "code": code})
}

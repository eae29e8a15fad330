package fake

import (
	"net/http"
	"strings"
	"sync"
	"testing"

	"net/http/httptest"
)

// Registry answers for manifests. Type is what it stores: an image's manifest, or an index of several.
type Registry struct {
	URL, Type string
	Status    int // an error to answer with instead

	mutex     sync.Mutex
	manifests map[string]bool
	Asked     []*http.Request
}

// NewRegistry starts a registry.
func NewRegistry(t testing.TB) *Registry {
	r := &Registry{Type: "application/vnd.docker.distribution.manifest.v2+json", manifests: map[string]bool{}}
	server := httptest.NewServer(r)
	t.Cleanup(server.Close)
	r.URL = server.URL
	return r
}

// Push records an image by its full name.
func (r *Registry) Push(image string) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	_, rest, _ := strings.Cut(image, "/")
	i := strings.LastIndex(rest, ":")
	r.manifests["/v2/"+rest[:i]+"/manifests/"+rest[i+1:]] = true
}

// ServeHTTP behaves as distribution v3: a docker manifest whatever is asked for, an OCI index only to those
// who accept it.
func (r *Registry) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.Asked = append(r.Asked, request)
	accepted := !strings.Contains(r.Type, "index") || strings.Contains(request.Header.Get("Accept"), r.Type)
	switch {
	case r.Status != 0:
		if r.Status == 401 {
			w.Header().Set("WWW-Authenticate", `Basic realm="registry"`)
		}
		w.WriteHeader(r.Status)
	case r.manifests[request.URL.Path] && accepted:
		w.Header().Set("Content-Type", r.Type)
		answer(w, map[string]any{"schemaVersion": 2})
	default:
		refuse(w, 404, "manifest unknown")
	}
}

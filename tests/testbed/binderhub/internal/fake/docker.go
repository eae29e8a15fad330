package fake

import (
	"archive/tar"
	"fmt"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"net/http/httptest"
)

// Docker is a daemon on a unix socket that "builds" by remembering the context it was sent.
type Docker struct {
	Socket   string
	Registry *Registry // where pushes go

	mutex  sync.Mutex
	Images map[string]map[string]string // image -> the files of its context
	Calls  []string
}

// NewDocker starts a daemon.
func NewDocker(t testing.TB, registry *Registry) *Docker {
	d := &Docker{Socket: filepath.Join(t.TempDir(), "docker.sock"), Registry: registry, Images: map[string]map[string]string{}}
	listener, err := net.Listen("unix", d.Socket)
	if err != nil {
		t.Fatal(err)
	}
	server := &httptest.Server{Listener: listener, Config: &http.Server{Handler: d}}
	server.Start()
	t.Cleanup(server.Close)
	return d
}

func (d *Docker) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	path := strings.TrimPrefix(r.URL.Path, "/images/")
	d.Calls = append(d.Calls, r.Method+" "+r.URL.Path)
	switch {
	case strings.HasSuffix(path, "/json"):
		if d.Images[strings.TrimSuffix(path, "/json")] == nil {
			refuse(w, 404, "No such image")
		}
	case path == "load":
		d.Images["docker.io/testbed/session:1"] = readTar(r.Body)
		fmt.Fprintln(w, `{"stream":"Loaded image: testbed/session:1\n"}`)
	case path == "/build":
		d.build(w, r)
	case strings.HasSuffix(path, "/tag"):
		query := r.URL.Query()
		d.Images[query.Get("repo")+":"+query.Get("tag")] = d.Images[strings.TrimSuffix(path, "/tag")]
		w.WriteHeader(http.StatusCreated)
	case strings.HasSuffix(path, "/push"):
		name := strings.TrimSuffix(path, "/push") + ":" + r.URL.Query().Get("tag")
		if d.Images[name] == nil {
			fmt.Fprintln(w, `{"error":"An image does not exist locally with the tag: `+name+`"}`)
			return
		}
		fmt.Fprintln(w, `{"status":"Pushed","id":"0123456789ab"}`)
		d.Registry.Push(name)
	default:
		refuse(w, 404, "page not found")
	}
}

func (d *Docker) build(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	context, err := http.Get(query.Get("remote"))
	if err != nil || query.Get("version") != "2" {
		refuse(w, 400, fmt.Sprintf("not a build with BuildKit from a remote context: %v", err))
		return
	}
	defer context.Body.Close()
	files := readTar(context.Body)
	dockerfile := files[query.Get("dockerfile")]
	base, _, _ := strings.Cut(strings.TrimPrefix(dockerfile, "FROM "), "\n")
	if base = strings.TrimSpace(base); base != "scratch" && d.Images[base] == nil {
		fmt.Fprintf(w, `{"error":"%s: failed to resolve source metadata"}`+"\n", base)
		return
	}
	// A vertex called "[1/2] FROM", started, and a line that it prints.
	fmt.Fprintln(w, `{"id":"moby.buildkit.trace","aux":"Cg4aClsxLzJdIEZST00qABoIIgZoZWxsbwo="}`)
	if strings.Contains(dockerfile, `"fail"`) {
		fmt.Fprintln(w, `{"error":"process \"tool fail\" did not complete successfully: exit code: 3"}`)
		return
	}
	d.Images[query.Get("t")] = files
	fmt.Fprintln(w, `{"id":"moby.image.id","aux":{"ID":"sha256:0123456789ab"}}`)
}

func readTar(body io.Reader) map[string]string {
	files := map[string]string{}
	archive := tar.NewReader(body)
	for {
		header, err := archive.Next()
		if err != nil {
			return files
		}
		data, _ := io.ReadAll(archive)
		files[header.Name] = string(data)
	}
}

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

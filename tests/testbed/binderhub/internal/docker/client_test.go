package docker

import (
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"
)

func TestTheDaemonIsAskedForAnImage(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "docker.sock")
	listener, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	status := map[string]int{"/images/there:1/json": 200, "/images/gone:1/json": 404, "/images/broken:1/json": 500}
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(status[r.URL.Path]) })
	server := &httptest.Server{Listener: listener, Config: &http.Server{Handler: handler}}
	server.Start()
	defer server.Close()
	for image, want := range map[string]bool{"there:1": true, "gone:1": false} {
		if got, err := New(socket).HasImage(t.Context(), image); got != want || err != nil {
			t.Errorf("%s: %v, %v", image, got, err)
		}
	}
	if _, err := New(socket).HasImage(t.Context(), "broken:1"); err == nil {
		t.Error("a daemon that fails is taken for one without the image")
	}
}

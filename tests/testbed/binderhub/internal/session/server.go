// Package session is a small single-user server with the part of Jupyter Server's API that a launch and
// its checks use, and a few pages of its own for tests.
package session

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"golang.org/x/net/websocket"
)

// Version is the Jupyter Server that /api claims to be.
const Version = "2.14.2"

// Server is one user's session.
type Server struct {
	Base, Token, Dir string
	// Child starts this program again with these arguments, for kernels and memory tests.
	Child    func(ctx context.Context, args ...string) (string, error)
	Shutdown func()
	Idle     Idle
	Hub      *Hub // nil: whoever has the token may come in
	// PingEvery is the time between two pings of an open window.
	PingEvery time.Duration

	mutex    sync.Mutex
	started  time.Time
	activity time.Time
	kernels  map[string]*kernel
}

// Parse reads the arguments that KubeSpawner gives a server; it returns the address to listen on too.
func Parse(args []string) (*Server, string, error) {
	flags := flag.NewFlagSet("session", flag.ContinueOnError)
	ip, port := flags.String("ip", "127.0.0.1", ""), flags.Int("port", 8888, "")
	base, token := flags.String("ServerApp.base_url", "/", ""), flags.String("ServerApp.token", "", "")
	pingEvery := flags.Int("ServerApp.websocket_ping_interval", 30, "in seconds")
	for _, ignored := range []string{"ServerApp.trust_xheaders", "ServerApp.allow_origin", "ServerApp.default_url",
		"ServerApp.allow_origin_pat"} {
		flags.String(ignored, "", "")
	}
	if err := flags.Parse(args); err != nil {
		return nil, "", err
	}
	now := time.Now()
	return &Server{Base: *base, Token: *token, Dir: ".", started: now, activity: now, kernels: map[string]*kernel{},
			PingEvery: time.Duration(*pingEvery) * time.Second},
		fmt.Sprintf("%s:%d", *ip, *port), nil
}

// ServeHTTP is the table of the server's pages. Only the version is told to anybody.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path, ok := strings.CutPrefix(r.URL.Path, s.Base)
	if !ok {
		http.NotFound(w, r)
		return
	}
	if path = strings.Trim(path, "/"); path == "api" {
		writeJSON(w, http.StatusOK, map[string]any{"version": Version})
		return
	}
	if !s.authorized(r) {
		writeJSON(w, http.StatusForbidden, map[string]any{"message": "Forbidden", "reason": nil})
		return
	}
	s.mutex.Lock()
	s.activity = time.Now()
	s.mutex.Unlock()
	switch {
	case path == "api/status":
		s.serveStatus(w)
	case path == "api/shutdown" && r.Method == http.MethodPost:
		w.WriteHeader(http.StatusOK)
		s.Shutdown()
	case path == "api/kernels" || strings.HasPrefix(path, "api/kernels/"):
		s.serveKernels(w, r, strings.Trim(strings.TrimPrefix(path, "api/kernels"), "/"))
	case path == "api/kernelspecs":
		serveKernelSpecs(w)
	case path == "api/contents":
		s.serveContents(w)
	case strings.HasPrefix(path, "testbed/"):
		s.serveTests(w, r, strings.TrimPrefix(path, "testbed/"))
	case path == "" || path == "lab" || path == "tree":
		_, _ = io.WriteString(w, "<title>JupyterLab</title>The test bed's single-user server.\n")
	default:
		http.NotFound(w, r)
	}
}

func (s *Server) authorized(r *http.Request) bool {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "token") && !strings.EqualFold(scheme, "bearer") {
		token = r.URL.Query().Get("token")
	}
	if s.Hub != nil {
		return s.Hub.knows(r.Context(), token)
	}
	return token == s.Token
}

func (s *Server) serveStatus(w http.ResponseWriter) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	connections := 0
	for _, k := range s.kernels {
		connections += k.connections
	}
	writeJSON(w, http.StatusOK, map[string]any{"started": s.started.UTC(), "last_activity": s.activity.UTC(),
		"connections": connections, "kernels": len(s.kernels)})
}

func writeJSON(w http.ResponseWriter, status int, answer any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(answer)
}

// serveWebsocket serves one connection, from whatever origin: the token has been checked.
func serveWebsocket(w http.ResponseWriter, r *http.Request, handle func(*websocket.Conn)) {
	accept := func(*websocket.Config, *http.Request) error { return nil }
	websocket.Server{Handshake: accept, Handler: handle}.ServeHTTP(w, r)
}

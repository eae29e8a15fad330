package hub

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"binderhubdouble/internal/kube"
	"binderhubdouble/internal/metrics"
	"binderhubdouble/internal/proxy"
)

// Version is the JupyterHub of z2jh 4.2.0.
const Version = "5.3.0"

// selector finds the sessions of this hub.
const selector = "app=jupyterhub,component=singleuser-server"

// Server is the hub. Tests replace Now, Exit and the intervals.
type Server struct {
	Now        func() time.Time
	Exit       func(code int)
	PollEvery  time.Duration // between two looks at a starting pod
	LookEvery  time.Duration // between two looks at all pods; KubeSpawner's poll_interval is 30 s
	StateFile  string        // the hub's database, or "" for none
	Reachable  func(ctx context.Context, address string) error
	config     *Config
	kube       *kube.Client
	proxy      *proxy.Client
	tokens     map[string]access
	metrics    *metrics.Registry
	mutex      sync.Mutex
	users      map[string]*user
	failures   int // spawns that failed in a row
	background context.Context
	sight      sight
}

// user is a visitor: BinderHub makes a new one for each launch. Where people sign in, each of a person's servers is
// one too, by the name NAME/SERVER.
type user struct {
	name         string
	created      time.Time
	lastActivity time.Time
	server       *session
	failed       *session // the last one, when it did not come up: its progress can still be asked for
}

// session is a user's server, from the moment it is asked for.
type session struct {
	pod     string
	options map[string]any
	started time.Time
	ready   bool
	failed  bool
	said    []map[string]any // progress events so far
	more    chan struct{}    // closed and replaced at each new event
	cancel  func()           // ends the spawn; nil for a session that another hub started
}

// New returns the hub of a configuration; tokens are those of its services.
func New(background context.Context, config *Config, client *kube.Client, routes *proxy.Client, tokens ...string) *Server {
	s := &Server{
		Now: time.Now, PollEvery: time.Second, LookEvery: 3 * time.Second, Reachable: reachable, background: background,
		config: config, kube: client, proxy: routes, tokens: map[string]access{}, users: map[string]*user{},
		metrics: metrics.New(),
	}
	for _, token := range tokens {
		if token != "" {
			s.tokens[token] = access{service: "binder"}
		}
	}
	s.metrics.Declare("jupyterhub_running_servers", "gauge", "the number of user servers currently running")
	s.metrics.Declare("jupyterhub_total_users", "gauge", "total number of users")
	s.metrics.Declare("jupyterhub_server_spawn_duration_seconds", "histogram", "Time taken for server spawning operation",
		0.5, 1, 2.5, 5, 10, 15, 30, 60, 120, 180, 300, 600)
	return s
}

// ServeHTTP is the table of the hub's pages under {base}hub/.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path, ok := strings.CutPrefix(r.URL.Path, s.config.Hub.BaseURL)
	if !ok {
		http.Redirect(w, r, s.config.Hub.BaseURL, http.StatusFound)
		return
	}
	switch {
	case path == "":
		http.Redirect(w, r, s.config.Hub.BaseURL+"hub/", http.StatusFound)
	case strings.HasPrefix(path, "user/"):
		s.elsewhere(w, r, path)
	case strings.HasPrefix(path, "hub/user/"):
		notRunning(w, path)
	case path == "hub/health" || path == "hub/api/health":
		w.WriteHeader(http.StatusOK)
	case path == "hub/api" || path == "hub/api/":
		writeJSON(w, http.StatusOK, map[string]any{"version": Version})
	case path == "hub/metrics":
		s.serveMetrics(w, r)
	case strings.HasPrefix(path, "hub/api/"):
		s.serveAPI(w, r, strings.Trim(strings.TrimPrefix(path, "hub/api/"), "/"))
	case path == "hub/":
		_, _ = io.WriteString(w, "<title>JupyterHub</title>The test bed's double of JupyterHub.\n")
	default:
		http.Error(w, "404 : Not Found", http.StatusNotFound)
	}
}

// elsewhere answers in the place of a session that the proxy knows no way to, as JupyterHub does: who looks is sent to
// a page of the hub's, who posts has none of its cookies.
func (s *Server) elsewhere(w http.ResponseWriter, r *http.Request, path string) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		http.Error(w, "'_xsrf' argument missing from POST", http.StatusForbidden)
		return
	}
	http.Redirect(w, r, s.config.Hub.BaseURL+"hub/"+path, http.StatusFound)
}

// notRunning answers for a session that is not there: 424, as JupyterHub does for a server that is not running.
func notRunning(w http.ResponseWriter, path string) {
	parts := strings.SplitN(strings.TrimPrefix(path, "hub/user/"), "/", 2)
	message := fmt.Sprintf("%s is not running", parts[0])
	writeJSON(w, http.StatusFailedDependency, map[string]any{"status": http.StatusFailedDependency, "message": message})
}

func (s *Server) serveMetrics(w http.ResponseWriter, r *http.Request) {
	if !s.config.openMetrics() && !s.authorized(r) {
		forbidden(w)
		return
	}
	s.mutex.Lock()
	running := 0
	for _, u := range s.users {
		if u.server != nil && u.server.ready {
			running++
		}
	}
	s.metrics.Set("jupyterhub_running_servers", float64(running))
	s.metrics.Set("jupyterhub_total_users", float64(len(s.users)))
	s.mutex.Unlock()
	w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
	s.metrics.Write(w)
}

func (s *Server) prefix(name string) string { return s.config.Hub.BaseURL + "user/" + name }

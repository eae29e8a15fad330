package binder

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"time"

	"binderhubdouble/internal/kube"
	"binderhubdouble/internal/metrics"
)

// Server answers for BinderHub. The fields that start with a capital letter are BinderHub's waiting times
// and its view of the world outside; tests shorten and replace them.
type Server struct {
	KeepAlive, HoldOpen time.Duration
	HeadDelay           time.Duration // before a deleted default branch is tried again as HEAD
	Now                 func() time.Time
	LsRemote            func(ctx context.Context, repo, ref string) (string, error)
	Launcher            *Launcher

	config   *Config
	kube     *kube.Client
	registry *Registry
	limiter  *RateLimiter
	metrics  *metrics.Registry
	builds   chan struct{} // one token per running build
	health   health
	secret   []byte // signs build tokens
}

// New returns the server of a configuration.
func New(config *Config, client *kube.Client) (*Server, error) {
	registry, err := NewRegistry(config)
	if err != nil {
		return nil, err
	}
	s := &Server{
		KeepAlive: 25 * time.Second, HoldOpen: 60 * time.Second, HeadDelay: 10 * time.Second,
		Now: time.Now, LsRemote: lsRemote, Launcher: NewLauncher(config),
		config: config, kube: client, registry: registry, metrics: newMetrics(),
		builds: make(chan struct{}, max(config.ConcurrentBuilds, 1)), secret: make([]byte, 32),
	}
	_, _ = rand.Read(s.secret)
	s.limiter = &RateLimiter{
		Limit: config.Int("limit", 10, "RateLimiter"), PeriodS: config.Int("period_seconds", 3600, "RateLimiter"),
		CleanS: config.Int("clean_seconds", 600, "RateLimiter"), Now: func() time.Time { return s.Now() },
	}
	s.health.init(s)
	return s, nil
}

func newMetrics() *metrics.Registry {
	m := metrics.New()
	m.Declare("binderhub_build_time_seconds", "histogram", "Histogram of build times", 60, 120, 300, 600, 1800, 3600, 7200)
	m.Declare("binderhub_launch_time_seconds", "histogram", "Histogram of launch times", 2, 5, 10, 20, 30, 60, 120, 300, 600)
	m.Declare("binderhub_build_count", "counter", "Counter of builds by repo")
	m.Declare("binderhub_launch_count", "counter", "Counter of launches by repo")
	m.Declare("binderhub_inprogress_builds", "gauge", "Builds currently in progress")
	m.Declare("binderhub_inprogress_launches", "gauge", "Launches currently in progress")
	m.Declare("binderhub_github_rate_limit_remaining", "gauge", "GitHub rate limit remaining")
	return m
}

// ServeHTTP is the table of BinderHub's pages, relative to base_url.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	raw := r.URL.EscapedPath() // a spec's %2F must stay as it is
	if !strings.HasPrefix(raw, s.config.BaseURL) {
		http.NotFound(w, r)
		return
	}
	path := raw[len(s.config.BaseURL):]
	s.headers(w)
	banned := s.bannedLabel(r)
	switch {
	case path == "versions":
		s.serveVersions(w)
	case path == "health":
		s.serveHealth(w, r)
	case strings.HasPrefix(path, "build/"):
		s.serveBuild(w, r, strings.TrimPrefix(path, "build/"), banned)
	case banned != "":
		http.Error(w, "Requests from "+banned+" are not allowed", http.StatusForbidden)
	case path == "metrics":
		w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
		s.metrics.Write(w)
	case s.isExtraStatic(path):
		s.serveExtraStatic(w, r, path)
	case path == "api/repoproviders":
		writeJSON(w, http.StatusOK, displays)
	case s.config.Bool("enable_api_only_mode", false, "BinderHub"):
		http.NotFound(w, r)
	case s.Launcher.SignIn && s.Launcher.whoIs(r) == "" && !strings.HasPrefix(path, "static/"):
		s.login(w, r)
	default:
		s.servePage(w, r, path)
	}
}

func (s *Server) headers(w http.ResponseWriter) {
	if origin := s.config.Str("cors_allow_origin", "", "BinderHub"); origin != "" {
		w.Header().Set("Access-Control-Allow-Origin", origin)
	}
	w.Header().Set("Access-Control-Allow-Headers", "cache-control")
}

func (s *Server) serveVersions(w http.ResponseWriter) {
	if w.Header().Get("Access-Control-Allow-Origin") == "" {
		w.Header().Set("Access-Control-Allow-Origin", "*")
	}
	info := map[string]any{"build_image": s.config.Build.Image}
	s.config.Into("builder_info", &info, "KubernetesBuildExecutor", "BuildExecutor")
	answer := map[string]any{"builder_info": info, "binderhub": Version}
	if image, ok := info["build_image"]; ok {
		answer["builder"] = image
	}
	writeJSON(w, http.StatusOK, answer)
}

func writeJSON(w http.ResponseWriter, status int, answer any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	data, _ := json.Marshal(answer)
	_, _ = io.WriteString(w, string(data)+"\n")
}

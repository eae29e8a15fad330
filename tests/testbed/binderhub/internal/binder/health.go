package binder

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"time"
)

// cached is a check whose result is kept for a while; concurrent callers share one run of it.
type cached[T any] struct {
	mutex sync.Mutex
	keep  time.Duration
	at    time.Time
	value T
	err   error
}

func (c *cached[T]) get(now time.Time, check func() (T, error)) (T, error) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.at.IsZero() || now.After(c.at.Add(c.keep)) {
		c.value, c.err = check()
		c.at = now
	}
	return c.value, c.err
}

// retried is BinderHub's retry decorator: three attempts a second apart, counted over the life of the
// process, so that after the first failures a check is tried once.
type retried struct{ left int }

func (r *retried) run(ctx context.Context, check func() error) bool {
	for {
		err := check()
		if err == nil {
			return true
		}
		logf("Health check: %v", err)
		if r.left <= 1 {
			return false
		}
		r.left--
		if sleep(ctx, time.Second) != nil {
			return false
		}
	}
}

type health struct {
	registry, hub           cached[bool]
	pods                    cached[[2]int]
	registryTries, hubTries retried
	checkRegistry, checkHub func(context.Context) error
	countPods               func(context.Context) ([2]int, error)
}

func (h *health) init(s *Server) {
	h.registry.keep, h.hub.keep, h.pods.keep = 15*time.Second, 15*time.Second, 60*time.Second
	h.registryTries, h.hubTries = retried{3}, retried{3}
	h.checkRegistry = func(ctx context.Context) error {
		name, tag := basenameAndTag(s.config.ImagePrefix + "some-image-name:12345")
		_, err := s.registry.Has(ctx, name, tag)
		return err
	}
	h.checkHub = func(ctx context.Context) error { return checkHub(ctx, s.config.HubURLLocal+"hub/api/health") }
	h.countPods = func(ctx context.Context) ([2]int, error) {
		users, err := s.kube.Pods(ctx, userPods)
		if err != nil {
			return [2]int{}, err
		}
		builds, err := s.kube.Pods(ctx, "component="+buildLabel)
		return [2]int{len(users), len(builds)}, err
	}
}

func checkHub(ctx context.Context, address string) error {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode >= 400 {
		return fmt.Errorf("%s: HTTP %d", address, response.StatusCode)
	}
	return nil
}

// serveHealth answers 503 when the registry or the hub fails; the quota is for information.
func (s *Server) serveHealth(w http.ResponseWriter, r *http.Request) {
	ctx := context.WithoutCancel(r.Context()) // a visitor who leaves must not make the cached result false
	h := &s.health
	var checks []event
	ok := true
	add := func(service string, result bool) {
		checks = append(checks, event{"service": service, "ok": result})
		ok = ok && result
	}
	if s.config.UseRegistry {
		result, _ := h.registry.get(s.Now(), func() (bool, error) {
			return h.registryTries.run(ctx, func() error { return h.checkRegistry(ctx) }), nil
		})
		add("Docker registry", result)
	}
	result, _ := h.hub.get(s.Now(), func() (bool, error) {
		return h.hubTries.run(ctx, func() error { return h.checkHub(ctx) }), nil
	})
	add("JupyterHub API", result)
	pods, err := h.pods.get(s.Now(), func() ([2]int, error) { return h.countPods(ctx) })
	if err != nil {
		http.Error(w, "500: Internal Server Error", http.StatusInternalServerError)
		return
	}
	checks = append(checks, s.podQuota(pods[0], pods[1]))
	status := http.StatusOK
	if !ok {
		status = http.StatusServiceUnavailable
	}
	if r.Method == http.MethodHead {
		w.WriteHeader(status)
		return
	}
	writeJSON(w, status, event{"ok": ok, "checks": checks})
}

func (s *Server) podQuota(users, builds int) event {
	quota := s.config.TotalQuota
	return event{"service": "Pod quota", "total_pods": users + builds, "build_pods": builds, "user_pods": users,
		"quota": quota, "ok": quota == nil || users+builds <= *quota, "_ignore_failure": true}
}

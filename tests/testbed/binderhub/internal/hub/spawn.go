package hub

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"binderhubdouble/internal/kube"
)

// startServer accepts a spawn and lets it go on by itself (the chart's slow_spawn_timeout is 0).
func (s *Server) startServer(w http.ResponseWriter, r *http.Request, name string) {
	options := map[string]any{}
	if err := json.NewDecoder(r.Body).Decode(&options); err != nil {
		fail(w, http.StatusBadRequest, "Invalid JSON in body of request")
		return
	}
	for _, needed := range []string{"token", "image"} {
		if options[needed] == nil {
			fail(w, http.StatusBadRequest, needed+" required")
			return
		}
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	u := s.users[name]
	if u == nil {
		fail(w, http.StatusNotFound, "No such user: "+name)
		return
	}
	if u.server != nil {
		fail(w, http.StatusBadRequest, name+" is already running")
		return
	}
	if full := s.full(); full != "" {
		w.Header().Set("Retry-After", "30")
		fail(w, http.StatusTooManyRequests, full)
		return
	}
	u.server = &session{pod: podName(name), options: options, started: s.Now(), more: make(chan struct{})}
	u.server.say(object{"progress": 0, "message": "Server requested"})
	go s.spawn(u)
	w.WriteHeader(http.StatusAccepted)
}

// full says why no more servers may start now. The caller holds the lock.
func (s *Server) full() string {
	pending, active := 0, 0
	for _, u := range s.users {
		if u.server != nil {
			active++
			if !u.server.ready {
				pending++
			}
		}
	}
	limit := s.config.Hub.ActiveServerLimit
	if number, ok := s.config.option("JupyterHub", "active_server_limit").(float64); ok {
		whole := int(number)
		limit = &whole
	}
	if limit != nil && *limit > 0 && active >= *limit {
		return "Active user limit exceeded. Try again in a few minutes."
	}
	if spawns := s.config.Hub.ConcurrentSpawnLimit; spawns > 0 && pending >= spawns {
		return "Too many users trying to log in right now. Try again in a little while."
	}
	return ""
}

// say adds a progress event and wakes whoever waits for one. The caller holds the lock.
func (p *session) say(event object) {
	p.said = append(p.said, event)
	close(p.more)
	p.more = make(chan struct{})
}

// spawn goes from nothing to a session that answers, or to a failure with its pod deleted.
func (s *Server) spawn(u *user) {
	begun := time.Now()
	err := s.bringUp(s.background, u)
	status := "success"
	if err != nil {
		status = "failure"
		logf("Spawn of %s failed: %v", u.name, err)
		if err := s.kube.DeletePod(s.background, u.server.pod, -1); err != nil {
			logf("Deleting %s: %v", u.server.pod, err)
		}
	}
	s.metrics.Observe("jupyterhub_server_spawn_duration_seconds", time.Since(begun).Seconds(), "status", status)
	s.mutex.Lock()
	defer s.mutex.Unlock()
	u.lastActivity = s.Now()
	if err == nil {
		s.failures = 0
		u.server.ready = true
		u.server.say(object{"progress": 100, "ready": true, "message": "Server ready at " + s.prefix(u.name) + "/",
			"url": s.prefix(u.name) + "/"})
		return
	}
	u.server.failed = true
	u.server.say(object{"progress": 100, "failed": true, "message": fmt.Sprintf("Spawn failed: %v", err)})
	u.server = nil
	s.failures++
	if limit := s.config.Hub.ConsecutiveFailureLimit; limit > 0 && s.failures >= limit {
		logf("%d consecutive spawns failed. Hub will exit if servers keep failing.", s.failures)
		s.Exit(1)
	}
}

func (s *Server) bringUp(ctx context.Context, u *user) error {
	timeout := s.config.Singleuser.StartTimeout
	if timeout == 0 {
		timeout = 300
	}
	startCtx, cancel := context.WithTimeout(ctx, s.config.seconds("KubeSpawner", "start_timeout", timeout))
	defer cancel()
	if err := s.kube.CreatePod(startCtx, s.config.manifest(u.name, u.server.options)); err != nil {
		return err
	}
	pod, err := s.awaitRunning(startCtx, u)
	if err != nil {
		return err
	}
	httpCtx, cancelHTTP := context.WithTimeout(ctx, s.config.seconds("KubeSpawner", "http_timeout", 30))
	defer cancelHTTP()
	target := fmt.Sprintf("http://%s:%d", pod.Status.PodIP, port)
	for {
		err := s.Reachable(httpCtx, target+s.prefix(u.name)+"/api")
		if err == nil {
			return s.proxy.Add(ctx, s.prefix(u.name), target)
		}
		if wait(httpCtx, s.PollEvery) != nil {
			return fmt.Errorf("Server at %s didn't respond in time: %w", target, err)
		}
	}
}

// awaitRunning waits for the pod's containers and tells what Kubernetes says meanwhile.
func (s *Server) awaitRunning(ctx context.Context, u *user) (kube.Pod, error) {
	told := map[string]bool{}
	for {
		s.tellEvents(ctx, u, told)
		pod, err := s.kube.Pod(ctx, u.server.pod)
		if kube.IsStatus(err, http.StatusNotFound) {
			return pod, fmt.Errorf("pod %s has been deleted", u.server.pod)
		}
		if err == nil && pod.Running() {
			return pod, nil
		}
		if ended, why := pod.Ended(); err == nil && ended {
			return pod, fmt.Errorf("pod %s: %s", u.server.pod, why)
		}
		if wait(ctx, s.PollEvery) != nil {
			return pod, fmt.Errorf("pod %s/%s did not start in %s", s.kube.Namespace, u.server.pod, s.Now().Sub(u.server.started).Round(time.Second))
		}
	}
}

func (s *Server) tellEvents(ctx context.Context, u *user, told map[string]bool) {
	if !s.config.Singleuser.Events {
		return
	}
	events, err := s.kube.PodEvents(ctx, u.server.pod)
	if err != nil {
		return // they are for information
	}
	for _, event := range events {
		if told[event.Metadata.Name] {
			continue
		}
		told[event.Metadata.Name] = true
		message := fmt.Sprintf("%s [%s] %s", event.When().UTC().Format(time.RFC3339), event.Type, event.Message)
		s.mutex.Lock()
		u.server.say(object{"progress": min(90, 10*len(told)), "message": message})
		s.mutex.Unlock()
	}
}

func reachable(ctx context.Context, address string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode >= 500 {
		return fmt.Errorf("HTTP %d", response.StatusCode)
	}
	return nil
}

func wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

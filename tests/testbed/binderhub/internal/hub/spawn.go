package hub

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"binderhubdouble/internal/kube"
)

// spawn goes from nothing to a session that answers, or to a failure with its pod deleted.
func (s *Server) spawn(ctx context.Context, u *user, server *session) {
	begun := time.Now()
	err := s.bringUp(ctx, u.name, server)
	if err != nil {
		logf("Spawn of %s failed: %v", u.name, err)
		s.deletePod(server.pod)
	}
	s.mutex.Lock()
	// Its last activity is its start still, as JupyterHub has it: the culler counts from there.
	stopped := u.server != server // by the API, while it was starting
	if err == nil && stopped {
		err = context.Canceled
		defer s.deletePod(server.pod)
	}
	exit := s.conclude(u, server, stopped, err)
	s.mutex.Unlock()
	status := "success"
	if err != nil {
		status = "failure"
	}
	s.metrics.Observe("jupyterhub_server_spawn_duration_seconds", time.Since(begun).Seconds(), "status", status)
	if exit {
		logf("%d consecutive spawns failed: the hub exits", s.config.Hub.ConsecutiveFailureLimit)
		s.Exit(1)
	}
}

// deletePod deletes a session's pod, as far as that is possible now: Poll tries again.
func (s *Server) deletePod(name string) {
	if err := s.kube.DeletePod(s.background, name, -1); err != nil {
		logf("Deleting %s: %v", name, err)
	}
}

// conclude tells how a spawn went; true when it was one failure too many. The caller holds the lock.
func (s *Server) conclude(u *user, server *session, stopped bool, err error) bool {
	if err == nil {
		s.failures = 0
		server.ready = true
		server.say(object{"progress": 100, "ready": true, "message": "Server ready at " + s.prefix(u.name) + "/",
			"url": s.prefix(u.name) + "/"})
		return false
	}
	server.failed = true
	server.say(object{"progress": 100, "failed": true, "message": fmt.Sprintf("Spawn failed: %v", err)})
	u.failed = server
	if stopped {
		return false
	}
	u.server = nil
	s.failures++
	limit := s.config.Hub.ConsecutiveFailureLimit
	return limit > 0 && s.failures >= limit
}

func (s *Server) bringUp(ctx context.Context, name string, server *session) error {
	timeout := s.config.Singleuser.StartTimeout
	if timeout == 0 {
		timeout = 300
	}
	startCtx, cancel := context.WithTimeout(ctx, s.config.seconds("KubeSpawner", "start_timeout", timeout))
	defer cancel()
	if err := s.ensureHome(startCtx, name); err != nil {
		return err
	}
	// Not to be cancelled half-way: then nobody would know whether there is a pod to delete.
	if err := s.kube.CreatePod(context.WithoutCancel(ctx), s.config.manifest(name, server.options)); err != nil {
		return err
	}
	pod, err := s.awaitRunning(startCtx, server)
	if err != nil {
		return err
	}
	httpCtx, cancelHTTP := context.WithTimeout(ctx, s.config.seconds("KubeSpawner", "http_timeout", 30))
	defer cancelHTTP()
	target := fmt.Sprintf("http://%s:%d", pod.Status.PodIP, port)
	for {
		err := s.Reachable(httpCtx, target+s.prefix(name)+"/api")
		if err == nil {
			return s.proxy.Add(ctx, s.prefix(name), target)
		}
		if wait(httpCtx, s.PollEvery) != nil {
			return fmt.Errorf("Server at %s didn't respond in time: %w", target, err)
		}
	}
}

// awaitRunning waits for the pod's containers and tells what Kubernetes says meanwhile.
func (s *Server) awaitRunning(ctx context.Context, server *session) (kube.Pod, error) {
	told, last := map[string]bool{}, time.Now()
	for {
		pod, there, events, begun, err := s.look(ctx, server.pod, last)
		last = begun
		s.tell(server, events, told)
		if err == nil && !there {
			return pod, fmt.Errorf("pod %s has been deleted", server.pod)
		}
		if err == nil && pod.Running() {
			return pod, nil
		}
		if ended, why := pod.Ended(); err == nil && ended {
			return pod, fmt.Errorf("pod %s: %s", server.pod, why)
		}
		if wait(ctx, s.PollEvery) != nil {
			return pod, fmt.Errorf("pod %s/%s did not start in %s", s.kube.Namespace, server.pod, s.Now().Sub(server.started).Round(time.Second))
		}
	}
}

// tell passes on what was not told before.
func (s *Server) tell(server *session, events []kube.Event, told map[string]bool) {
	for _, event := range events {
		if told[event.Metadata.Name] {
			continue
		}
		told[event.Metadata.Name] = true
		message := fmt.Sprintf("%s [%s] %s", event.When().UTC().Format(time.RFC3339), event.Type, event.Message)
		s.mutex.Lock()
		server.say(object{"progress": min(90, 10*len(told)), "message": message})
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

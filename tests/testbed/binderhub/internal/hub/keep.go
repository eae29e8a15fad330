package hub

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"binderhubdouble/internal/kube"
)

// Recover takes over the sessions that run already: the hub may restart, the sessions stay.
func (s *Server) Recover(ctx context.Context) error {
	pods, err := s.kube.Pods(ctx, selector)
	if err != nil {
		return err
	}
	saved := s.readState()
	s.mutex.Lock()
	defer s.mutex.Unlock()
	for _, pod := range pods {
		name := pod.Metadata.Annotations["hub.jupyter.org/username"]
		if name == "" || !pod.Running() || s.users[name] != nil {
			continue
		}
		active := s.Now()
		if at, ok := saved[name]; ok {
			active = at
		}
		created := pod.Metadata.CreationTimestamp
		s.users[name] = &user{name: name, created: created, lastActivity: active,
			server: &session{pod: pod.Metadata.Name, started: created, ready: true, more: make(chan struct{})}}
		logf("Session %s is running still", name)
	}
	return nil
}

// Keep looks after the sessions for as long as ctx lasts: those that ended by themselves, the proxy's
// routes, idleness.
func (s *Server) Keep(ctx context.Context) {
	cullEvery := time.Duration(max(s.config.Cull.Every, 1)) * time.Second
	activityEvery := min(cullEvery, time.Minute) // the chart's last_activity_interval is 60
	var lastActivity, lastCull time.Time = s.Now(), s.Now()
	for wait(ctx, s.PollEvery) == nil {
		if err := s.Poll(ctx); err != nil {
			logf("Looking at the pods: %v", err)
		}
		if now := s.Now(); now.Sub(lastActivity) >= activityEvery {
			lastActivity = now
			if err := s.SyncRoutes(ctx); err != nil {
				logf("Looking at the routes: %v", err)
			}
		}
		if now := s.Now(); s.config.Cull.Enabled && now.Sub(lastCull) >= cullEvery {
			lastCull = now
			s.CullIdle()
		}
	}
}

// Poll forgets sessions whose pod has ended or is gone, as KubeSpawner's poll does, and deletes such pods.
func (s *Server) Poll(ctx context.Context) error {
	pods, err := s.kube.Pods(ctx, selector)
	if err != nil {
		return err
	}
	running := map[string]bool{}
	for _, pod := range pods {
		if ended, _ := pod.Ended(); !ended || restarts(pod) {
			running[pod.Metadata.Name] = true
		}
	}
	s.mutex.Lock()
	var gone []string
	for name, u := range s.users {
		if u.server != nil && u.server.ready && !running[u.server.pod] {
			gone = append(gone, name)
		}
	}
	s.mutex.Unlock()
	for _, name := range gone {
		s.stop(name, "its pod has ended")
	}
	return nil
}

// restarts reports that the kubelet will start the containers again (restartPolicy OnFailure).
func restarts(pod kube.Pod) bool {
	return pod.Status.Phase == "Running" || pod.Status.Phase == "Pending"
}

// SyncRoutes reads the last activity of the sessions from the proxy, and gives it the routes it lacks.
func (s *Server) SyncRoutes(ctx context.Context) error {
	routes, err := s.proxy.Routes(ctx)
	if err != nil {
		return err
	}
	s.mutex.Lock()
	missing := map[string]string{}
	for name, u := range s.users {
		if u.server == nil || !u.server.ready {
			continue
		}
		if route, ok := routes[s.prefix(name)]; !ok {
			missing[name] = u.server.pod
		} else if route.LastActivity.After(u.lastActivity) {
			u.lastActivity = route.LastActivity
		}
	}
	s.mutex.Unlock()
	s.writeState()
	for name, podName := range missing {
		pod, err := s.kube.Pod(ctx, podName)
		if err != nil {
			return err
		}
		logf("Adding missing route for %s", name)
		if err := s.proxy.Add(ctx, s.prefix(name), fmt.Sprintf("http://%s:%d", pod.Status.PodIP, port)); err != nil {
			return err
		}
	}
	return nil
}

// CullIdle stops sessions that nobody used for cull.timeout, or that are older than cull.maxAge.
func (s *Server) CullIdle() {
	cull := s.config.Cull
	if err := s.SyncRoutes(s.background); err != nil {
		logf("Not culling, activity is unknown: %v", err)
		return
	}
	now := s.Now()
	s.mutex.Lock()
	idle := map[string]string{}
	for name, u := range s.users {
		inactive, age := now.Sub(u.lastActivity), now.Sub(u.created)
		if u.server != nil && !u.server.ready {
			continue
		}
		if inactive >= time.Duration(cull.Timeout)*time.Second {
			idle[name] = fmt.Sprintf("inactive for %s", inactive.Round(time.Second))
		} else if cull.MaxAge > 0 && age >= time.Duration(cull.MaxAge)*time.Second {
			idle[name] = fmt.Sprintf("age: %s", age.Round(time.Second))
		}
	}
	s.mutex.Unlock()
	for name, why := range idle {
		s.stop(name, why)
		if cull.Users {
			s.forget(name)
		}
	}
}

// stop ends a user's session; false when there is no such user.
func (s *Server) stop(name, why string) bool {
	s.mutex.Lock()
	u := s.users[name]
	if u == nil {
		s.mutex.Unlock()
		return false
	}
	server := u.server
	u.server = nil
	s.mutex.Unlock()
	if server == nil {
		return true
	}
	logf("Culling server %s (%s)", name, why)
	if err := s.proxy.Delete(s.background, s.prefix(name)); err != nil {
		logf("%v", err)
	}
	if err := s.kube.DeletePod(s.background, server.pod, -1); err != nil && !kube.IsStatus(err, http.StatusNotFound) {
		logf("Deleting %s: %v", server.pod, err)
	}
	return true
}

func (s *Server) forget(name string) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	delete(s.users, name)
}

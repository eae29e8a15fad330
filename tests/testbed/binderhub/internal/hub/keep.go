package hub

import (
	"context"
	"fmt"
	"time"

	"binderhubdouble/internal/kube"
)

// Recover takes over the sessions that run already: the hub may restart, the sessions stay. Poll deletes the
// pods that do not run any more, which is what a reboot of the machine leaves.
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
		if server := pod.Metadata.Annotations["hub.jupyter.org/servername"]; server != "" {
			if s.users[name] == nil {
				s.users[name] = &user{name: name, created: s.Now(), lastActivity: s.Now()}
			}
			name += "/" + server
		}
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
	for wait(ctx, s.LookEvery) == nil {
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

// Poll forgets sessions whose pod has ended or is gone, as KubeSpawner's poll does, and deletes pods that
// have ended.
func (s *Server) Poll(ctx context.Context) error {
	pods, err := s.kube.Pods(ctx, selector)
	if err != nil {
		return err
	}
	running, ended := map[string]bool{}, map[string]bool{}
	for _, pod := range pods {
		if over, _ := pod.Ended(); !over || restarts(pod) {
			running[pod.Metadata.Name] = true
		} else {
			ended[pod.Metadata.Name] = true
		}
	}
	s.mutex.Lock()
	var gone []string
	for name, u := range s.users {
		if u.server == nil {
			continue
		}
		delete(ended, u.server.pod) // the server's own affair: stop or spawn deletes it
		if u.server.ready && !running[u.server.pod] {
			gone = append(gone, name)
		}
	}
	s.mutex.Unlock()
	for _, name := range gone {
		s.stop(name, "its pod has ended")
	}
	for pod := range ended {
		logf("Deleting pod %s, which nobody's server runs in", pod)
		if err := s.kube.DeletePod(ctx, pod, -1); err != nil {
			return err
		}
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

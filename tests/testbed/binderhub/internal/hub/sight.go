package hub

import (
	"context"
	"sync"
	"time"

	"binderhubdouble/internal/kube"
)

// sight is what Kubernetes tells of the sessions: asked for once for all that are starting, as by KubeSpawner's
// reflectors. Twenty that each ask every second are more than the API of a small machine answers.
type sight struct {
	mutex  sync.Mutex
	begun  time.Time // when it was asked for
	pods   map[string]kube.Pod
	events map[string][]kube.Event
}

// look returns a session's pod, whether it is there, what was said of it, and when that was asked for: later than
// after.
func (s *Server) look(ctx context.Context, name string, after time.Time) (pod kube.Pod, there bool, events []kube.Event, begun time.Time, err error) {
	seen := &s.sight
	seen.mutex.Lock()
	defer seen.mutex.Unlock()
	if !seen.begun.After(after) {
		if err := s.refresh(ctx); err != nil {
			return pod, false, nil, after, err
		}
	}
	pod, there = seen.pods[name]
	return pod, there, seen.events[name], seen.begun, nil
}

// refresh asks anew: events first, so that a pod that runs has had its say. The caller holds the lock.
func (s *Server) refresh(ctx context.Context) error {
	begun, events := time.Now(), map[string][]kube.Event{}
	if s.config.Singleuser.Events {
		said, _ := s.kube.PodEvents(ctx) // they are for information
		for _, event := range said {
			events[event.InvolvedObject.Name] = append(events[event.InvolvedObject.Name], event)
		}
	}
	listed, err := s.kube.Pods(ctx, selector)
	if err != nil {
		return err
	}
	pods := map[string]kube.Pod{}
	for _, pod := range listed {
		pods[pod.Metadata.Name] = pod
	}
	s.sight.begun, s.sight.pods, s.sight.events = begun, pods, events
	return nil
}

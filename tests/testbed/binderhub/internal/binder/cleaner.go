package binder

import (
	"context"
	"time"

	"binderhubdouble/internal/docker"
)

func dockerAt(socket string) *docker.Client { return docker.New(socket) }

// CleanLoop deletes ended and overdue build pods every build_cleanup_interval.
func (s *Server) CleanLoop(ctx context.Context) {
	interval := time.Duration(s.config.Int("build_cleanup_interval", 60, "BinderHub")) * time.Second
	for {
		if err := s.Clean(ctx); err != nil {
			logf("Failed to cleanup builders: %v", err)
		}
		if sleep(ctx, interval) != nil {
			return
		}
	}
}

// Clean deletes build pods that have ended, or that started longer than max_age ago.
func (s *Server) Clean(ctx context.Context) error {
	maxAgeS := s.config.Int("build_max_age", 3600*4, "BinderHub")
	maxAgeS = s.config.Int("max_age", maxAgeS, "KubernetesCleaner")
	pods, err := s.kube.Pods(ctx, "component="+buildLabel)
	if err != nil {
		return err
	}
	for _, pod := range pods {
		ended := pod.Status.Phase == "Failed" || pod.Status.Phase == "Succeeded"
		started := pod.Status.StartTime
		old := maxAgeS > 0 && started != nil && s.Now().Sub(*started) > time.Duration(maxAgeS)*time.Second
		if !ended && !old {
			continue
		}
		logf("Deleting build %s (repo=%s)", pod.Metadata.Name, pod.Metadata.Annotations["binder-repo"])
		if err := s.kube.DeletePod(ctx, pod.Metadata.Name, 0); err != nil {
			return err
		}
	}
	return nil
}

package binder

import (
	"context"
	"fmt"
	"strings"
)

// userPods are the labels by which BinderHub counts sessions, in any phase.
const userPods = "app=jupyterhub,component=singleuser-server"

// quotaExceeded refuses a launch; status is what the launch counter records.
type quotaExceeded struct{ message, status string }

func (e *quotaExceeded) Error() string { return e.message }

// checkQuota counts the sessions when there is a quota at all.
func (s *Server) checkQuota(ctx context.Context, p provider, spec, image string) error {
	if err := s.config.Disk.check(); err != nil {
		return err
	}
	perRepo := s.repoQuota(p, spec)
	if s.config.TotalQuota == nil && perRepo == 0 {
		return nil
	}
	pods, err := s.kube.Pods(ctx, userPods)
	if err != nil {
		return err
	}
	if total := s.config.TotalQuota; total != nil && len(pods) >= *total {
		logf("BinderHub is full: %d/%d", len(pods), *total)
		return &quotaExceeded{"Too many users on this BinderHub! Try again soon.", "pod_quota"}
	}
	same := 0
	for _, pod := range pods {
		for _, container := range pod.Spec.Containers {
			if withoutTag(container.Image) == withoutTag(image) {
				same++
				break
			}
		}
	}
	if perRepo > 0 && same >= perRepo {
		logf("%s has exceeded quota: %d/%d (%d total)", p.repoURL(), same, perRepo, len(pods))
		return &quotaExceeded{fmt.Sprintf("Too many users running %s! Try again soon.", p.repoURL()), "repo_quota"}
	}
	return nil
}

// withoutTag cuts an image name at its last colon, as BinderHub does, be it a tag's or a port's.
func withoutTag(image string) string {
	if i := strings.LastIndex(image, ":"); i >= 0 {
		return image[:i]
	}
	return image
}

// quota checks and tells: the event goes out here, the caller decides whether a second one does.
func (l *launch) quota(ctx context.Context) error {
	err := l.server.checkQuota(ctx, l.provider, l.spec, l.image)
	if full, ok := err.(*quotaExceeded); ok {
		l.count("binderhub_launch_count", full.status)
		l.out.fail(full.message)
	}
	return err
}

// count adds one to a counter by status, provider and repository.
func (l *launch) count(name, status string) {
	l.server.metrics.Add(name, 1, "status", status, "provider", l.provider.name(), "repo", l.provider.repoURL())
}

package binder

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// start asks JupyterHub for a session with the image, in up to Launcher.retries attempts.
func (l *launch) start(ctx context.Context) error {
	s := l.server
	s.metrics.Add("binderhub_inprogress_launches", 1)
	defer s.metrics.Add("binderhub_inprogress_launches", -1)
	if err := l.quota(ctx); err != nil {
		return err
	}
	l.out.phase("launching", "Launching server...\n")
	delay := s.Launcher.RetryDelay
	for attempt := 1; ; attempt++ {
		begun := time.Now()
		info, err := s.Launcher.Launch(ctx, l.visitor, l.image, l.provider.repoURL(), l.extra(), func(message string) {
			l.out.phase("launching", message+"\n")
		})
		if err == nil {
			l.ready(info, attempt-1, time.Since(begun))
			return nil
		}
		last := attempt >= s.Launcher.Retries
		status := "retry"
		if last {
			status = "failure"
			l.count("binderhub_launch_count", status)
		}
		s.metrics.Observe("binderhub_launch_time_seconds", time.Since(begun).Seconds(), "status", status, "retries", "-1")
		logf("Launch of %s, attempt %d: %v", l.provider.repoURL(), attempt, err)
		if last {
			return err
		}
		l.out.phase("launching", fmt.Sprintf("Launch attempt %d failed, retrying...\n", attempt))
		if err := sleep(ctx, delay); err != nil {
			return err
		}
		delay *= 2
	}
}

func (l *launch) ready(info event, retries int, took time.Duration) {
	l.server.metrics.Observe("binderhub_launch_time_seconds", took.Seconds(), "status", "success", "retries", fmt.Sprint(retries))
	l.count("binderhub_launch_count", "success")
	logf("Launched %s in %.0fs", l.provider.repoURL(), took.Seconds())
	info["phase"] = "ready"
	info["message"] = fmt.Sprintf("server running at %v\n", info["url"])
	l.out.emit(info)
	l.logLaunch()
}

// logLaunch writes BinderHub's launch event, version 6, as a line of JSON.
func (l *launch) logLaunch() {
	if !l.server.config.LogLaunches {
		return
	}
	from := l.request.Header.Get("Origin")
	if from == "" {
		from = l.request.Header.Get("Sec-Fetch-Site")
	}
	line, _ := json.Marshal(event{
		"timestamp": l.server.Now().UTC().Format(time.RFC3339), "schema": "binderhub.jupyter.org/launch", "version": 6,
		"provider": l.provider.name(), "spec": l.spec, "ref": l.ref, "status": "success",
		"build_token": l.request.URL.Query().Has("build_token"), "request_origin": from,
		"origin": l.server.config.Str("normalized_origin", l.request.Host, "BinderHub"),
	})
	l.server.config.archive(string(line), l.server.Now())
}

// extra is what the session gets to know of the launch, and the ready event with it.
func (l *launch) extra() event {
	host := l.server.badgeBaseURL()
	if host == "" {
		host = origin(l.request) + l.server.config.BaseURL
	}
	return event{
		"binder_ref_url":            l.provider.refURL(l.ref),
		"binder_launch_host":        host,
		"binder_request":            fmt.Sprintf("v2/%s/%s", l.prefix, l.spec),
		"binder_persistent_request": fmt.Sprintf("v2/%s/%s", l.prefix, l.provider.resolvedSpec(l.ref)),
		"binder_client_ip":          remoteIP(l.request),
	}
}

func (s *Server) badgeBaseURL() string {
	base := s.config.Str("badge_base_url", "", "BinderHub")
	if base != "" && !strings.HasSuffix(base, "/") {
		base += "/"
	}
	return base
}

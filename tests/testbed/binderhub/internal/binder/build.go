package binder

import (
	"context"
	"encoding/json"
	"fmt"
	"time"
)

// buildAndLaunch builds the image in a pod and then starts a session with it.
func (l *launch) buildAndLaunch(ctx context.Context) error {
	if err := l.quota(ctx); err != nil {
		if _, full := err.(*quotaExceeded); full {
			return nil
		}
		return err
	}
	failed, err := l.build(ctx)
	if err != nil || l.only {
		return err
	}
	if !failed {
		// A quota that fills up meanwhile is not caught here: the visitor sees a second `failed`, with code 500.
		if err := l.start(ctx); err != nil {
			return err
		}
	}
	// A browser reconnects when the server closes first, which would start a build again.
	return sleep(ctx, l.server.HoldOpen)
}

// build streams a build until the image is there. After a failure BinderHub waits for the visitor to go:
// so does this, and then returns the context's error.
func (l *launch) build(ctx context.Context) (failed bool, err error) {
	s := l.server
	s.metrics.Add("binderhub_inprogress_builds", 1)
	defer s.metrics.Add("binderhub_inprogress_builds", -1)
	begun := time.Now()
	pod := &buildPod{server: s, name: buildName(l.provider.slug(), l.ref), repo: l.provider.repoURL(), ref: l.ref,
		image: l.image, out: make(chan progress, 64)}
	go pod.run(ctx)
	l.out.phase("waiting", "Waiting for build to start...\n")
	for {
		select {
		case <-ctx.Done():
			return failed, ctx.Err()
		case p := <-pod.out:
			switch {
			case p.line != "":
				failed = l.logLine(p.line, begun) || failed
			case p.status == "built":
				l.built(begun)
				return failed, nil
			case p.status == "broken":
				l.out.phase("failed", "Unhandled error watching for build events. Please try again.\n")
				return true, nil
			default:
				l.out.emit(event{"phase": p.status})
			}
		}
	}
}

// logLine passes a line of the build's log on; true when it says that the build has failed.
func (l *launch) logLine(line string, begun time.Time) bool {
	var said struct{ Phase string }
	if json.Unmarshal([]byte(line), &said) != nil {
		encoded, _ := json.Marshal(event{"phase": "unknown", "message": line + "\n"})
		line = string(encoded)
	}
	failed := said.Phase == "failure" || said.Phase == "failed"
	if failed {
		l.server.metrics.Observe("binderhub_build_time_seconds", time.Since(begun).Seconds(), "status", "failure")
		l.count("binderhub_build_count", "failure")
	}
	l.out.emit(line)
	return failed
}

func (l *launch) built(begun time.Time) {
	l.server.metrics.Observe("binderhub_build_time_seconds", time.Since(begun).Seconds(), "status", "success")
	l.count("binderhub_build_count", "success")
	done := event{"phase": "built", "imageName": l.image, "message": "Built image, launching...\n"}
	if l.only {
		done["phase"], done["message"] = "ready", "Done! Image built\n"
	}
	l.out.emit(done)
}

// command is what the build pod runs.
func (c *Config) command(repo, ref, image string) []string {
	args := []string{"jupyter-repo2docker", "--ref=" + ref, "--image=" + image, "--no-clean", "--no-run", "--json-logs",
		"--user-name=jovyan", "--user-id=1000"}
	if c.Build.Appendix != "" {
		args = append(args, "--appendix", c.Build.Appendix)
	}
	if c.Build.PushSecret != "" && c.UseRegistry {
		args = append(args, "--push")
	}
	return append(append(args, c.Build.ExtraArgs...), repo)
}

func logf(format string, args ...any) {
	fmt.Printf(time.Now().UTC().Format("[2006-01-02T15:04:05Z] ")+format+"\n", args...)
}

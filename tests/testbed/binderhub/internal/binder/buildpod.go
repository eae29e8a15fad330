package binder

import (
	"bufio"
	"context"
	"net/http"
	"sync"
	"time"

	"binderhubdouble/internal/kube"
)

// progress is a line of the build's log, or its status: "built", "failed", "unknown", or "broken" when the
// build can no longer be watched.
type progress struct{ line, status string }

// buildPod follows one build. Requests for the same repository and ref share the pod of the same name.
type buildPod struct {
	server                 *Server
	name, repo, ref, image string
	out                    chan progress
	logs                   sync.Once
	logged                 chan struct{} // closed when the log has been read to its end
	phase                  string        // the pod's, as last seen
}

// run waits for one of the concurrent_build_limit places, starts the pod, and reports until it is gone.
func (b *buildPod) run(ctx context.Context) {
	select {
	case b.server.builds <- struct{}{}:
		defer func() { <-b.server.builds }()
	case <-ctx.Done():
		return
	}
	b.logged = make(chan struct{})
	manifest, err := b.manifest(ctx)
	if err == nil {
		err = b.server.kube.CreatePod(ctx, manifest)
	}
	if kube.IsStatus(err, http.StatusConflict) {
		logf("Build %s already running", b.name)
		err = nil
	}
	for ended := false; err == nil && !ended; {
		err = b.server.kube.WatchPods(ctx, "name="+b.name, 30, func(kind string, pod kube.Pod) bool {
			ended = b.seen(ctx, kind, pod)
			return !ended
		})
		if err == nil && !ended {
			ended, err = b.gone(ctx)
		}
	}
	if err != nil && ctx.Err() == nil {
		logf("Error in watch stream for %s: %v", b.name, err)
		b.send(ctx, progress{status: "broken"})
	}
}

// gone notices the pod that was deleted between two watches: no later watch would tell.
func (b *buildPod) gone(ctx context.Context) (bool, error) {
	_, err := b.server.kube.Pod(ctx, b.name)
	if !kube.IsStatus(err, http.StatusNotFound) {
		return false, err
	}
	b.deleted(ctx)
	return true, nil
}

func (b *buildPod) deleted(ctx context.Context) {
	status := "failed"
	if b.phase == "Succeeded" {
		status = "built"
	}
	b.send(ctx, progress{status: status})
}

// seen reports what a change of the pod means; true when it was the last one.
func (b *buildPod) seen(ctx context.Context, kind string, pod kube.Pod) bool {
	b.phase = pod.Status.Phase
	if kind == "DELETED" {
		b.deleted(ctx)
		return true
	}
	switch pod.Status.Phase {
	case "Running":
		b.logs.Do(func() { go b.readLog(ctx) })
	case "Succeeded", "Failed":
		// A quick build may never have been seen running; its log is worth as much.
		b.logs.Do(func() { go b.readLog(ctx) })
		b.awaitLog(ctx)
		if pod.Status.Phase == "Failed" {
			b.send(ctx, progress{status: "failed"})
		}
		if err := b.server.kube.DeletePod(ctx, b.name, 0); err != nil {
			logf("Deleting %s: %v", b.name, err)
		}
	case "Unknown":
		b.send(ctx, progress{status: "unknown"})
	}
	return false
}

// awaitLog gives the log a moment to arrive before the pod, and its log with it, is deleted.
func (b *buildPod) awaitLog(ctx context.Context) {
	select {
	case <-b.logged:
	case <-ctx.Done():
	case <-time.After(10 * time.Second):
	}
}

func (b *buildPod) readLog(ctx context.Context) {
	defer close(b.logged)
	body, err := b.server.kube.Logs(ctx, b.name, true, b.server.config.Build.TailLines)
	if err != nil {
		logf("Log of %s: %v", b.name, err)
		return
	}
	defer body.Close()
	lines := bufio.NewScanner(body)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		if lines.Text() != "" {
			b.send(ctx, progress{line: lines.Text()})
		}
	}
}

func (b *buildPod) send(ctx context.Context, p progress) {
	select {
	case b.out <- p:
	case <-ctx.Done():
	}
}

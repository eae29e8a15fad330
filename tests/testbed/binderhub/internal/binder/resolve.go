package binder

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// resolve finds the commit of the ref; false when the stream has been told why not.
func (l *launch) resolve(ctx context.Context) bool {
	key := l.prefix + ":" + l.spec
	ref, err := l.provider.resolve(ctx)
	if err != nil {
		l.out.fail(fmt.Sprintf("Error resolving ref for %s: %v", key, err))
		return false
	}
	message := fmt.Sprintf("Could not resolve ref for %s. Double check your URL and that your repo is public.", key)
	if unresolved := l.provider.unresolvedRef(); ref == "" && l.prefix == "gh" && (unresolved == "master" || unresolved == "main") {
		ref, message = l.tryHead(ctx, message, unresolved)
	}
	if ref == "" {
		l.out.fail(message)
		return false
	}
	l.ref = ref
	return true
}

// tryHead keeps links to a default branch alive that has been renamed.
func (l *launch) tryHead(ctx context.Context, message, unresolved string) (string, string) {
	if unresolved == "master" {
		message += ` GitHub has changed default branches from "master" to "main".`
	}
	message += " Tip: HEAD will always resolve to a repository's default branch."
	spec := l.spec[:strings.LastIndex(l.spec, "/")] + "/HEAD"
	head, err := l.server.provider(l.prefix, spec)
	if err != nil {
		return "", message
	}
	ref, err := head.resolve(ctx)
	if err != nil || ref == "" {
		return "", message
	}
	l.spec, l.provider = spec, head
	l.out.phase("waiting", fmt.Sprintf("%s\nTrying again with HEAD instead of %s. Please update your links.\n", message, unresolved))
	_ = sleep(ctx, l.server.HeadDelay)
	return ref, message
}

// imageExists asks the registry, three times when it answers with an error; then the image counts as missing.
func (s *Server) imageExists(ctx context.Context, image string) (bool, error) {
	if !s.config.UseRegistry {
		return localImageExists(ctx, image)
	}
	name, tag := basenameAndTag(image)
	for range 3 {
		found, err := s.registry.Has(ctx, name, tag)
		if !errors.Is(err, errRegistry) {
			return found, err
		}
		logf("Failed to get image manifest for %s: %v", image, err)
	}
	return false, nil
}

// sleep waits, or returns the context's error when that ends first.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

package binder

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
)

// launch is one request of /build on its way.
type launch struct {
	server   *Server
	request  *http.Request
	out      *stream
	provider provider
	prefix   string
	spec     string
	ref      string
	image    string
	visitor  string // who has signed in
	only     bool   // ?build_only=true
}

// serveBuild is the event stream; rest is "<provider>/<spec>", still escaped.
func (s *Server) serveBuild(w http.ResponseWriter, r *http.Request, rest, banned string) {
	prefix, spec, _ := strings.Cut(rest, "/")
	visitor := ""
	if s.Launcher.SignIn {
		if visitor = s.Launcher.whoIs(r); visitor == "" {
			s.login(w, r)
			return
		}
	}
	out := newStream(w)
	defer out.stop()
	if err := s.admit(w, r, prefix+"/"+spec, banned, visitor != ""); err != nil {
		out.sendError(err)
		return
	}
	if !isProvider(prefix) {
		out.fail("No provider found for prefix " + prefix)
		return
	}
	go out.keepAlive(s.KeepAlive)
	l := &launch{server: s, request: r, out: out, prefix: prefix, visitor: visitor, spec: strings.TrimRight(spec, "/")}
	if err := l.run(r.Context()); err != nil && r.Context().Err() == nil {
		out.sendError(err)
	}
}

// admit refuses what BinderHub refuses before it looks at the repository.
func (s *Server) admit(w http.ResponseWriter, r *http.Request, spec, banned string, trusted bool) error {
	if banned != "" {
		return &requestError{http.StatusForbidden, "Requests from " + banned + " are not allowed"}
	}
	if !acceptsEvents(r.Header.Get("Accept")) {
		return &requestError{http.StatusBadRequest, "Missing Accept header: text/event-stream"}
	}
	if token := r.URL.Query().Get("build_token"); token != "" {
		if !s.validBuildToken(r, token, spec) {
			return &requestError{http.StatusForbidden, "Invalid build token"}
		}
		trusted = true
	}
	if s.limiter.Limit == 0 || trusted {
		return nil
	}
	remaining, reset, ok := s.limiter.Increment(remoteIP(r))
	if !ok {
		return &requestError{http.StatusTooManyRequests,
			fmt.Sprintf("Rate limit exceeded. Try again in %d seconds.", s.limiter.PeriodS)}
	}
	w.Header().Set("X-Ratelimit-Remaining", strconv.FormatInt(remaining, 10))
	w.Header().Set("X-Ratelimit-Reset", strconv.FormatInt(reset, 10))
	w.Header().Set("X-Ratelimit-Limit", strconv.Itoa(s.limiter.Limit))
	return nil
}

// acceptsEvents is BinderHub's own test, which splits on ";" and not on ",".
func acceptsEvents(accept string) bool {
	for _, part := range strings.Split(accept, ";") {
		if strings.ToLower(strings.TrimSpace(part)) == "text/event-stream" {
			return true
		}
	}
	return false
}

// run goes from the spec to a running session. An error ends as an event with a status code.
func (l *launch) run(ctx context.Context) error {
	var err error
	if l.provider, err = l.server.provider(l.prefix, l.spec); err != nil {
		l.out.fail(err.Error())
		return nil
	}
	if l.server.isBanned(l.provider, l.spec) {
		l.out.phase("failed", fmt.Sprintf("Sorry, %s is not allowed to launch. Please contact admins for more info!", l.spec))
		return nil
	}
	if !l.resolve(ctx) {
		return nil
	}
	l.image = imageName(l.server.config.ImagePrefix, l.provider.slug(), l.ref)
	found, err := l.server.imageExists(ctx, l.image)
	if err != nil {
		return &requestError{code: http.StatusInternalServerError}
	}
	if l.only, err = l.buildOnly(); err != nil {
		return err
	}
	if found {
		return l.launchFound(ctx)
	}
	return l.buildAndLaunch(ctx)
}

func (l *launch) buildOnly() (bool, error) {
	if !strings.EqualFold(l.request.URL.Query().Get("build_only"), "true") {
		return false, nil
	}
	if !l.server.config.Bool("enable_api_only_mode", false, "BinderHub") {
		return false, &requestError{http.StatusBadRequest, "Building but not launching is not permitted when" +
			" the API only mode was not enabled by setting `enable_api_only_mode` to True. "}
	}
	return true, nil
}

func (l *launch) launchFound(ctx context.Context) error {
	if l.only {
		l.out.emit(event{"phase": "ready", "imageName": l.image, "message": "Done! Found built image\n"})
		return nil
	}
	l.out.emit(event{"phase": "built", "imageName": l.image, "message": "Found built image, launching...\n"})
	err := l.start(ctx)
	if _, full := err.(*quotaExceeded); full {
		return nil // the event is out already
	}
	return err
}

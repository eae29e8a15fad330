package binder

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	"binderhubdouble/internal/traits"
)

// TestRefusals: BinderHub answers 200 to everything; what it refuses is an event.
func TestRefusals(t *testing.T) {
	for name, c := range map[string]struct {
		config  traits.Config
		spec    string
		accept  string
		code    any
		message string
	}{
		"no accept":           {spec: repo, accept: "*/*", code: 400.0, message: "Missing Accept header: text/event-stream\n"},
		"accept with comma":   {spec: repo, accept: "text/event-stream, */*", code: 400.0, message: "Missing Accept header: text/event-stream\n"},
		"unknown provider":    {spec: "xx/spec", message: "No provider found for prefix xx\n"},
		"bad GitHub spec":     {spec: "gh/user/repo", message: `Spec is not of the form "user/repo/ref", provided: "user/repo". Did you mean "user/repo/HEAD"?` + "\n"},
		"file URL":            {spec: "git/file%3A%2F%2F%2Fetc/main", message: "Unsupported git url file:///etc, protocol file not in git, http, https, ssh\n"},
		"banned repository":   {config: traits.Config{"GitRepoProvider": {"banned_specs": []any{`HTTP%3A%2F%2Fgit%2F.*`}}}, spec: repo, message: "Sorry, http%3A%2F%2Fgit%2Frepo/main is not allowed to launch. Please contact admins for more info!"},
		"not allowed":         {config: traits.Config{"RepoProvider": {"allowed_specs": []any{`other`}}}, spec: repo, message: "Sorry, http%3A%2F%2Fgit%2Frepo/main is not allowed to launch. Please contact admins for more info!"},
		"banned network":      {config: traits.Config{"BinderHub": {"ban_networks": map[string]any{"127.0.0.0/8": "a cloud"}}}, spec: repo, code: 403.0, message: "Requests from a cloud are not allowed\n"},
		"bad build token":     {spec: repo + "?build_token=nonsense", code: 403.0, message: "Invalid build token\n"},
		"build only, not API": {spec: repo + "?build_only=true", code: 400.0, message: "Building but not launching is not permitted when the API only mode was not enabled by setting `enable_api_only_mode` to True. \n"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, c.config)
			got := w.build(t, c.spec, func(r *http.Request) {
				if c.accept != "" {
					r.Header.Set("Accept", c.accept)
				}
			})
			if got.status != 200 || got.header.Get("Content-Type") != "text/event-stream" {
				t.Errorf("HTTP %d, %s", got.status, got.header.Get("Content-Type"))
			}
			if len(got.events) != 1 {
				t.Fatalf("%d events: %s", len(got.events), got.body)
			}
			e := got.events[0]
			if e["phase"] != "failed" || e["status_code"] != c.code || e["message"] != c.message {
				t.Errorf("event %v", e)
			}
		})
	}
}

func TestRateLimit(t *testing.T) {
	w := newWorld(t, traits.Config{"RateLimiter": {"limit": 2.0, "period_seconds": 60.0}})
	w.push()
	from := func(ip string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set("X-Forwarded-For", "10.0.0.1, "+ip) }
	}
	first := w.build(t, repo, from("192.0.2.1"))
	if h := first.header; h.Get("X-Ratelimit-Limit") != "2" || h.Get("X-Ratelimit-Remaining") != "1" ||
		h.Get("X-Ratelimit-Reset") != "1800000060" {
		t.Errorf("headers %v", h)
	}
	w.build(t, repo, from("192.0.2.1"))
	third := w.build(t, repo, from("192.0.2.1"))
	if e := third.events[0]; e["status_code"] != 429.0 || e["message"] != "Rate limit exceeded. Try again in 60 seconds.\n" {
		t.Errorf("third launch: %v", e)
	}
	if other := w.build(t, repo, from("192.0.2.2")); !strings.Contains(other.messages(), "ready: ") {
		t.Errorf("another address: %s", other.messages())
	}
	_, page := w.page(t, "GET", "/v2/"+repo)
	_, rest, _ := strings.Cut(page, `"buildToken":"`)
	token, _, _ := strings.Cut(rest, `"`)
	if free := w.build(t, repo+"?build_token="+token, from("192.0.2.1")); !strings.Contains(free.messages(), "ready: ") {
		t.Errorf("with a build token: %s", free.messages())
	}
	w.now = w.now.Add(61_000_000_000)
	if again := w.build(t, repo, from("192.0.2.1")); !strings.Contains(again.messages(), "ready: ") {
		t.Errorf("in the next window: %s", again.messages())
	}
}

func TestRefThatIsNotThere(t *testing.T) {
	w := newWorld(t, nil)
	w.server.LsRemote = func(context.Context, string, string) (string, error) { return "", nil }
	got := w.build(t, repo, nil)
	want := "Could not resolve ref for git:http%3A%2F%2Fgit%2Frepo/main. Double check your URL and that your repo is public.\n"
	if got.events[0]["message"] != want {
		t.Errorf("%v", got.events[0])
	}
	w.server.LsRemote = func(context.Context, string, string) (string, error) { return "", errors.New("no route to host") }
	got = w.build(t, repo, nil)
	want = "Error resolving ref for git:http%3A%2F%2Fgit%2Frepo/main: Unable to run git ls-remote to get the `resolved_ref`: no route to host\n"
	if got.events[0]["message"] != want {
		t.Errorf("%v", got.events[0])
	}
}

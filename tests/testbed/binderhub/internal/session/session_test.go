package session

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func newSession(t *testing.T) (*Server, func(method, path, token string) (int, string)) {
	t.Helper()
	s, address, err := Parse([]string{"--ip=0.0.0.0", "--port=8888", "--ServerApp.base_url=/jupyter/user/a/",
		"--ServerApp.token=secret", "--ServerApp.trust_xheaders=True", "--ServerApp.allow_origin=*"})
	if err != nil || address != "0.0.0.0:8888" {
		t.Fatalf("%s, %v", address, err)
	}
	s.Dir = t.TempDir()
	return s, func(method, path, token string) (int, string) {
		recorder := httptest.NewRecorder()
		request := httptest.NewRequest(method, "/jupyter/user/a/"+path, nil)
		if token != "" {
			request.Header.Set("Authorization", "token "+token)
		}
		s.ServeHTTP(recorder, request)
		return recorder.Code, recorder.Body.String()
	}
}

func TestToken(t *testing.T) {
	_, ask := newSession(t)
	for _, c := range []struct {
		path, token string
		want        int
	}{{"api", "", 200}, {"api/status", "", 403}, {"api/status", "wrong", 403}, {"api/status", "secret", 200},
		{"api/status?token=secret", "", 200}, {"api/status?token=wrong", "", 403}, {"lab", "secret", 200},
		{"nothing", "secret", 404}} {
		if got, body := ask(http.MethodGet, c.path, c.token); got != c.want {
			t.Errorf("%s with token %q: HTTP %d %s", c.path, c.token, got, body)
		}
	}
}

func TestKernels(t *testing.T) {
	s, ask := newSession(t)
	if status, _ := ask(http.MethodPost, "api/kernels", "secret"); status != 201 || len(s.kernels) != 1 {
		t.Fatalf("HTTP %d, %d kernels", status, len(s.kernels))
	}
	for id := range s.kernels {
		if status, body := ask(http.MethodGet, "api/kernels/"+id, "secret"); status != 200 || !strings.Contains(body, id) {
			t.Errorf("HTTP %d %s", status, body)
		}
		if status, _ := ask(http.MethodDelete, "api/kernels/"+id, "secret"); status != 204 {
			t.Errorf("delete: HTTP %d", status)
		}
		if status, _ := ask(http.MethodGet, "api/kernels/"+id, "secret"); status != 404 {
			t.Errorf("after delete: HTTP %d", status)
		}
	}
}

func TestPagesForTests(t *testing.T) {
	s, ask := newSession(t)
	t.Setenv("MEM_LIMIT", "2147483648")
	if err := os.WriteFile(filepath.Join(s.Dir, "README.md"), []byte("hello"), 0o600); err != nil {
		t.Fatal(err)
	}
	s.Child = func(_ context.Context, args ...string) (string, error) {
		if strings.Join(args, " ") != "tool allocate 2500" {
			t.Errorf("child %v", args)
		}
		return "", errors.New("signal: killed")
	}
	for path, want := range map[string]string{
		"testbed/env":                         `"MEM_LIMIT":"2147483648"`,
		"testbed/files":                       `{"README.md":5}`,
		"testbed/allocate?mebibytes=2500":     `{"error":"signal: killed","ok":false,"output":""}`,
		"testbed/connect?address=127.0.0.1:1": `connection refused`,
		"api/contents":                        `"name":"README.md"`,
	} {
		if status, body := ask(http.MethodGet, path, "secret"); status != 200 || !strings.Contains(body, want) {
			t.Errorf("%s: HTTP %d %s", path, status, body)
		}
	}
}

func TestIdleServerEndsItself(t *testing.T) {
	s, ask := newSession(t)
	path := filepath.Join(t.TempDir(), "jupyter_server_config.json")
	text := `{"ServerApp":{"shutdown_no_activity_timeout":600},"MappingKernelManager":{"cull_idle_timeout":600,"cull_connected":true}}`
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	var err error
	if s.Idle, err = ReadIdle(path); err != nil {
		t.Fatal(err)
	}
	ended := false
	s.Shutdown = func() { ended = true }
	ask(http.MethodPost, "api/kernels", "secret")
	now := time.Now()
	s.end(now.Add(9 * time.Minute))
	if len(s.kernels) != 1 || ended {
		t.Error("ended too soon")
	}
	s.end(now.Add(11 * time.Minute))
	if len(s.kernels) != 0 || !ended {
		t.Error("the end of an idle kernel is no activity: the server goes with it")
	}
}

func TestClosingAWindowIsNoActivity(t *testing.T) {
	s, ask := newSession(t)
	ended := false
	s.Shutdown = func() { ended = true }
	s.Idle.ServerApp.Timeout, s.Idle.MappingKernelManager.Timeout = 600, 600
	ask(http.MethodPost, "api/kernels", "secret")
	now := time.Now()
	for _, k := range s.kernels {
		s.connect(k, 1)
		s.end(now.Add(time.Hour))
		if len(s.kernels) != 1 || ended {
			t.Error("a kernel with an open window was ended")
		}
		s.connect(k, -1)
	}
	s.end(now.Add(time.Hour))
	if !ended {
		t.Error("the window is closed, the last cell an hour old, and the session is there still")
	}
}

func TestNoConfigurationNoEnd(t *testing.T) {
	idle, err := ReadIdle(filepath.Join(t.TempDir(), "none.json"))
	if err != nil || idle.ServerApp.Timeout != 0 {
		t.Errorf("%+v, %v", idle, err)
	}
}

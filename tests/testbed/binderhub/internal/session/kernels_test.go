package session

import (
	"context"
	"errors"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// cell runs code in a new kernel; it returns the answers' types, and the last execution state that was told.
func cell(t *testing.T, s *Server, code string) (kinds []string, state string, k *kernel) {
	t.Helper()
	k = s.newKernel()
	asked := message{Header: map[string]any{"msg_id": "1", "msg_type": "execute_request", "session": "me"},
		Content: map[string]any{"code": code}, Channel: "shell"}
	s.answer(t.Context(), k, asked, func(m message) {
		kind := m.kind()
		if text, ok := m.Content["text"]; ok {
			kind += ":" + text.(string)
		}
		kinds = append(kinds, kind)
		if kind == "status" {
			state = m.Content["execution_state"].(string)
		}
	})
	return kinds, state, k
}

func TestCells(t *testing.T) {
	s, ask := newSession(t)
	t.Setenv("MEM_LIMIT", "2147483648")
	s.Child = func(_ context.Context, args ...string) (string, error) {
		if args[2] == "2560" {
			return "", errors.New("signal: killed")
		}
		return "", nil
	}
	for code, want := range map[string][]string{
		"import os\nprint(os.environ[\"MEM_LIMIT\"])": {"status", "execute_reply", "stream:2147483648\n", "status"},
		`taken = b"x" * 1048576`:                      {"status", "execute_reply", "status"},
		"while True: pass":                            {"status", "execute_reply", "error", "status"},
	} {
		kinds, state, _ := cell(t, s, code)
		if !slices.Equal(kinds, want) || state != "idle" {
			t.Errorf("%s: %v, then %s", code, kinds, state)
		}
	}
	kinds, state, k := cell(t, s, `taken = b"x" * 2684354560`)
	if !slices.Equal(kinds, []string{"status", "status"}) || state != "restarting" || k.state != "idle" {
		t.Errorf("a cell that takes too much: %v, %s, then %s", kinds, state, k.state)
	}
	if status, _ := ask(http.MethodGet, "api/kernels/"+k.id, "secret"); status != 200 {
		t.Errorf("after that the kernel is gone: HTTP %d", status)
	}
}

const reach = `import json, os, socket, urllib.parse
        socket.create_connection((address, port), 3).close()
places = {"the registry": ["127.0.0.1", 1], "the kubelet": ["127.0.0.1", PORT]}
places["the hub"] = [hub.hostname, hub.port or 80]
`

func TestTheCellThatTriesPlaces(t *testing.T) {
	s, _ := newSession(t)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	t.Setenv("JUPYTERHUB_API_URL", "http://127.0.0.1:"+port+"/hub/api")
	answer := s.runPython(t.Context(), strings.ReplaceAll(reach, "PORT", port))
	if answer.printed != `["the hub","the kubelet"]`+"\n" || answer.ename != "" {
		t.Errorf("%+v", answer)
	}
}

package session

import (
	"crypto/rand"
	"fmt"
	"net/http"
	"os"
	"strings"
	"time"

	"golang.org/x/net/websocket"
)

// kernel is what the API tells of one; it runs nothing by itself (see serveTests for what does).
type kernel struct {
	id          string
	activity    time.Time
	connections int
}

func (k *kernel) model() map[string]any {
	return map[string]any{"id": k.id, "name": "python3", "last_activity": k.activity.UTC(), "execution_state": "idle",
		"connections": k.connections}
}

func (s *Server) serveKernels(w http.ResponseWriter, r *http.Request, rest string) {
	id, channels := strings.CutSuffix(rest, "/channels")
	s.mutex.Lock()
	k := s.kernels[id]
	s.mutex.Unlock()
	switch {
	case rest == "" && r.Method == http.MethodPost:
		writeJSON(w, http.StatusCreated, s.newKernel().model())
	case rest == "":
		s.listKernels(w)
	case k == nil:
		writeJSON(w, http.StatusNotFound, map[string]any{"message": "Kernel does not exist: " + id})
	case channels:
		s.serveChannels(w, r, k)
	case r.Method == http.MethodDelete:
		s.mutex.Lock()
		delete(s.kernels, id)
		s.mutex.Unlock()
		w.WriteHeader(http.StatusNoContent)
	default:
		writeJSON(w, http.StatusOK, k.model())
	}
}

func (s *Server) newKernel() *kernel {
	id := make([]byte, 16)
	_, _ = rand.Read(id)
	k := &kernel{id: fmt.Sprintf("%x-%x-%x-%x-%x", id[:4], id[4:6], id[6:8], id[8:10], id[10:]), activity: time.Now()}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.kernels[k.id] = k
	return k
}

func (s *Server) listKernels(w http.ResponseWriter) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	list := []any{}
	for _, k := range s.kernels {
		list = append(list, k.model())
	}
	writeJSON(w, http.StatusOK, list)
}

// serveChannels sends every message back: enough to see that websockets pass the proxies and count as activity.
func (s *Server) serveChannels(w http.ResponseWriter, r *http.Request, k *kernel) {
	s.count(k, 1)
	defer s.count(k, -1)
	serveWebsocket(w, r, func(connection *websocket.Conn) {
		for {
			var message string
			if websocket.Message.Receive(connection, &message) != nil {
				return
			}
			s.count(k, 0)
			if websocket.Message.Send(connection, message) != nil {
				return
			}
		}
	})
}

func (s *Server) count(k *kernel, by int) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	k.connections += by
	k.activity, s.activity = time.Now(), time.Now()
}

func (s *Server) serveContents(w http.ResponseWriter) {
	entries, err := os.ReadDir(s.Dir)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	content := []map[string]any{}
	for _, entry := range entries {
		kind := "file"
		if entry.IsDir() {
			kind = "directory"
		}
		content = append(content, map[string]any{"name": entry.Name(), "path": entry.Name(), "type": kind})
	}
	writeJSON(w, http.StatusOK, map[string]any{"name": "", "path": "", "type": "directory", "content": content})
}

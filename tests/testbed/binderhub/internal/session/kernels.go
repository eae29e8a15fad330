package session

import (
	"context"
	"net/http"
	"os"
	"strings"
	"time"

	"golang.org/x/net/websocket"
)

// kernel is what the API tells of one; python.go says what it can run.
type kernel struct {
	id          string
	activity    time.Time
	connections int
	state       string // idle, busy, or restarting: its process was killed, and the server starts another
	count       int    // cells run
}

func (k *kernel) model() map[string]any {
	return map[string]any{"id": k.id, "name": "python3", "last_activity": k.activity.UTC(), "execution_state": k.state,
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
		s.mutex.Lock()
		defer s.mutex.Unlock()
		writeJSON(w, http.StatusOK, k.model())
	}
}

func serveKernelSpecs(w http.ResponseWriter) {
	spec := map[string]any{"name": "python3", "resources": map[string]any{},
		"spec": map[string]any{"argv": []string{}, "display_name": "Python 3", "language": "python"}}
	writeJSON(w, http.StatusOK, map[string]any{"default": "python3", "kernelspecs": map[string]any{"python3": spec}})
}

func (s *Server) newKernel() *kernel {
	k := &kernel{id: newID(), activity: time.Now(), state: "idle"}
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

// serveChannels is one window's connection to a kernel.
func (s *Server) serveChannels(w http.ResponseWriter, r *http.Request, k *kernel) {
	s.connect(k, 1)
	defer s.connect(k, -1)
	serveWebsocket(w, r, func(connection *websocket.Conn) {
		closed := make(chan struct{})
		defer close(closed)
		go s.ping(connection, closed)
		for {
			var asked message
			if websocket.JSON.Receive(connection, &asked) != nil {
				return
			}
			s.used(k)
			s.answer(r.Context(), k, asked, func(m message) { _ = websocket.JSON.Send(connection, m) })
		}
	})
}

// ping keeps a silent window's connection in use, as Jupyter Server does.
func (s *Server) ping(connection *websocket.Conn, closed <-chan struct{}) {
	pings := websocket.Codec{Marshal: func(any) ([]byte, byte, error) { return nil, websocket.PingFrame, nil }}
	ticker := time.NewTicker(s.PingEvery)
	defer ticker.Stop()
	for {
		select {
		case <-closed:
			return
		case <-ticker.C:
			_ = pings.Send(connection, nil)
		}
	}
}

// answer says what a kernel says to a request: https://jupyter-client.readthedocs.io/en/stable/messaging.html
func (s *Server) answer(ctx context.Context, k *kernel, asked message, send func(message)) {
	status := func(state string) {
		s.setState(k, state)
		send(asked.answer("iopub", "status", map[string]any{"execution_state": state}))
	}
	switch asked.kind() {
	case "kernel_info_request":
		status("busy")
		send(asked.answer("shell", "kernel_info_reply", map[string]any{"status": "ok", "protocol_version": "5.3",
			"implementation": "double", "language_info": map[string]any{"name": "python"}}))
		status("idle")
	case "execute_request":
		status("busy")
		s.execute(ctx, k, asked, send, status)
	}
}

func (s *Server) execute(ctx context.Context, k *kernel, asked message, send func(message), status func(string)) {
	code, _ := asked.Content["code"].(string)
	k.count++
	said := s.runPython(ctx, code)
	if said.died {
		// Nobody is left to reply: Jupyter Server itself tells the windows, and starts another.
		s.setState(k, "restarting")
		send(message{}.answer("iopub", "status", map[string]any{"execution_state": "restarting"}))
		s.setState(k, "idle")
		k.count = 0
		return
	}
	// As a real one: the reply goes another way than what was printed, and may come first.
	reply := map[string]any{"status": "ok", "execution_count": k.count}
	if said.ename != "" {
		reply = map[string]any{"status": "error", "execution_count": k.count, "ename": said.ename, "evalue": said.what}
	}
	send(asked.answer("shell", "execute_reply", reply))
	if said.printed != "" {
		send(asked.answer("iopub", "stream", map[string]any{"name": "stdout", "text": said.printed}))
	}
	if said.ename != "" {
		failure := map[string]any{"ename": said.ename, "evalue": said.what, "traceback": []string{}}
		send(asked.answer("iopub", "error", failure))
	}
	status("idle")
}

func (s *Server) setState(k *kernel, state string) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	k.state, k.activity = state, time.Now()
}

// connect counts a window that comes or goes. To Jupyter Server neither is activity.
func (s *Server) connect(k *kernel, by int) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	k.connections += by
}

// used notes that somebody says something to a kernel.
func (s *Server) used(k *kernel) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
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

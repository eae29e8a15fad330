package hub

import (
	"encoding/json"
	"fmt"
	"net/http"
)

// progress streams what has been said of a spawn, and goes on until it is ready or has failed.
func (s *Server) progress(w http.ResponseWriter, r *http.Request, name string) {
	s.mutex.Lock()
	var server *session
	if u := s.users[name]; u != nil {
		if server = u.server; server == nil {
			server = u.failed
		}
	}
	s.mutex.Unlock()
	if server == nil {
		fail(w, http.StatusBadRequest, name+" is not starting...")
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-cache")
	flusher, _ := w.(http.Flusher)
	for next := 0; ; {
		s.mutex.Lock()
		news, more, done := server.said[next:], server.more, server.ready || server.failed
		next = len(server.said)
		s.mutex.Unlock()
		for _, event := range news {
			data, _ := json.Marshal(event)
			fmt.Fprintf(w, "data: %s\n\n", data)
		}
		if flusher != nil {
			flusher.Flush()
		}
		if done {
			return
		}
		select {
		case <-more:
		case <-r.Context().Done():
			return
		}
	}
}

package hub

import (
	"context"
	"encoding/json"
	"net/http"
)

// startServer accepts a spawn and lets it go on by itself (the chart's slow_spawn_timeout is 0).
func (s *Server) startServer(w http.ResponseWriter, r *http.Request, name string) {
	options := map[string]any{}
	if err := json.NewDecoder(r.Body).Decode(&options); err != nil {
		fail(w, http.StatusBadRequest, "Invalid JSON in body of request")
		return
	}
	for _, needed := range []string{"token", "image"} {
		if options[needed] == nil {
			fail(w, http.StatusBadRequest, needed+" required")
			return
		}
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	u := s.users[name]
	if u == nil {
		fail(w, http.StatusNotFound, "No such user: "+name)
		return
	}
	if u.server != nil {
		fail(w, http.StatusBadRequest, name+" is already running")
		return
	}
	if full := s.full(); full != "" {
		w.Header().Set("Retry-After", "30")
		fail(w, http.StatusTooManyRequests, full)
		return
	}
	ctx, cancel := context.WithCancel(s.background)
	u.lastActivity = s.Now()
	u.server = &session{pod: podName(name), options: options, started: s.Now(), more: make(chan struct{}), cancel: cancel}
	u.server.say(object{"progress": 0, "message": "Server requested"})
	go s.spawn(ctx, u, u.server)
	w.WriteHeader(http.StatusAccepted)
}

// full says why no more servers may start now. The caller holds the lock.
func (s *Server) full() string {
	pending, active := 0, 0
	for _, u := range s.users {
		if u.server != nil {
			active++
			if !u.server.ready {
				pending++
			}
		}
	}
	limit := s.config.Hub.ActiveServerLimit
	if number, ok := s.config.option("JupyterHub", "active_server_limit").(float64); ok {
		whole := int(number)
		limit = &whole
	}
	if limit != nil && *limit > 0 && active >= *limit {
		return "Active user limit exceeded. Try again in a few minutes."
	}
	if spawns := s.config.Hub.ConcurrentSpawnLimit; spawns > 0 && pending >= spawns {
		return "Too many users trying to log in right now. Try again in a little while."
	}
	return ""
}

// say adds a progress event and wakes whoever waits for one. The caller holds the lock.
func (p *session) say(event object) {
	p.said = append(p.said, event)
	close(p.more)
	p.more = make(chan struct{})
}

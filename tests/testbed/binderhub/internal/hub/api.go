package hub

import (
	"encoding/json"
	"net/http"
	"strings"
)

// serveAPI is the part of the REST API that BinderHub and operators use; path is relative to hub/api/.
func (s *Server) serveAPI(w http.ResponseWriter, r *http.Request, path string) {
	if !s.authorized(r) {
		forbidden(w)
		return
	}
	parts := strings.Split(path, "/")
	if parts[0] != "users" {
		fail(w, http.StatusNotFound, "Not Found")
		return
	}
	if len(parts) == 1 {
		s.listUsers(w)
		return
	}
	name, rest := parts[1], strings.Join(parts[2:], "/")
	switch {
	case rest == "" && r.Method == http.MethodPost:
		s.createUser(w, name)
	case rest == "" && r.Method == http.MethodGet:
		s.showUser(w, name)
	case rest == "" && r.Method == http.MethodDelete:
		s.deleteUser(w, name)
	case (rest == "server" || rest == "servers") && r.Method == http.MethodPost:
		s.startServer(w, r, name)
	case (rest == "server" || rest == "servers") && r.Method == http.MethodDelete:
		s.stopServer(w, name)
	case rest == "server/progress":
		s.progress(w, r, name)
	default:
		fail(w, http.StatusNotFound, "Not Found")
	}
}

func (s *Server) createUser(w http.ResponseWriter, name string) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.users[name] != nil {
		fail(w, http.StatusConflict, "User "+name+" already exists")
		return
	}
	now := s.Now()
	s.users[name] = &user{name: name, created: now, lastActivity: now}
	writeJSON(w, http.StatusCreated, s.users[name].model(s.config.Hub.BaseURL))
}

func (s *Server) listUsers(w http.ResponseWriter) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	list := []object{}
	for _, u := range s.users {
		list = append(list, u.model(s.config.Hub.BaseURL))
	}
	writeJSON(w, http.StatusOK, list)
}

func (s *Server) showUser(w http.ResponseWriter, name string) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if u := s.users[name]; u != nil {
		writeJSON(w, http.StatusOK, u.model(s.config.Hub.BaseURL))
		return
	}
	fail(w, http.StatusNotFound, "Not Found")
}

func (s *Server) deleteUser(w http.ResponseWriter, name string) {
	if !s.stop(name, "deleted by the API") {
		fail(w, http.StatusNotFound, "Not Found")
		return
	}
	s.forget(name)
	w.WriteHeader(http.StatusNoContent)
}

func (s *Server) stopServer(w http.ResponseWriter, name string) {
	if !s.stop(name, "stopped by the API") {
		fail(w, http.StatusNotFound, "No such user: "+name)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// model is JupyterHub's JSON of a user. The caller holds the lock.
func (u *user) model(base string) object {
	servers := object{}
	if u.server != nil {
		pending := any(nil)
		if !u.server.ready {
			pending = "spawn"
		}
		servers[""] = object{"name": "", "ready": u.server.ready, "pending": pending, "url": base + "user/" + u.name + "/",
			"started": u.server.started.UTC(), "last_activity": u.lastActivity.UTC(),
			"state": object{"pod_name": u.server.pod}}
	}
	return object{"name": u.name, "kind": "user", "admin": false, "created": u.created.UTC(),
		"last_activity": u.lastActivity.UTC(), "servers": servers}
}

func writeJSON(w http.ResponseWriter, status int, answer any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(answer)
}

func fail(w http.ResponseWriter, status int, message string) {
	writeJSON(w, status, object{"status": status, "message": message})
}

func forbidden(w http.ResponseWriter) {
	fail(w, http.StatusForbidden, "Missing or invalid credentials.")
}

package hub

import (
	"encoding/json"
	"net/http"
	"strings"
)

// serveAPI is the part of the REST API that BinderHub and operators use; path is relative to hub/api/.
func (s *Server) serveAPI(w http.ResponseWriter, r *http.Request, path string) {
	who, ok := s.granted(r)
	parts := strings.Split(path, "/")
	if !ok || who.user != "" && path != "user" && (len(parts) < 2 || parts[1] != who.user) {
		forbidden(w)
		return
	}
	if path == "user" {
		s.whoAmI(w, who)
		return
	}
	if parts[0] != "users" {
		fail(w, http.StatusNotFound, "Not Found")
		return
	}
	if len(parts) == 1 {
		s.listUsers(w)
		return
	}
	name, rest := parts[1], strings.Join(parts[2:], "/")
	if named, ok := strings.CutPrefix(rest, "servers/"); ok {
		server, more, _ := strings.Cut(named, "/")
		s.namedServer(w, r, name, server, more)
		return
	}
	switch {
	case rest == "tokens" && r.Method == http.MethodPost:
		s.makeToken(w, name)
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
	writeJSON(w, http.StatusCreated, s.model(s.users[name]))
}

func (s *Server) listUsers(w http.ResponseWriter) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	list := []object{}
	for _, u := range s.users {
		if !strings.Contains(u.name, "/") {
			list = append(list, s.model(u))
		}
	}
	writeJSON(w, http.StatusOK, list)
}

func (s *Server) showUser(w http.ResponseWriter, name string) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if u := s.users[name]; u != nil {
		writeJSON(w, http.StatusOK, s.model(u))
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
func (s *Server) model(u *user) object {
	servers := object{}
	for key, each := range s.users {
		owner, name, _ := strings.Cut(key, "/")
		if owner == u.name && each.server != nil {
			servers[name] = s.serverModel(name, each)
		}
	}
	return object{"name": u.name, "kind": "user", "admin": false, "created": u.created.UTC(),
		"last_activity": u.lastActivity.UTC(), "servers": servers}
}

func (s *Server) serverModel(name string, u *user) object {
	pending := any(nil)
	if !u.server.ready {
		pending = "spawn"
	}
	return object{"name": name, "ready": u.server.ready, "pending": pending, "url": s.prefix(u.name) + "/",
		"started": u.server.started.UTC(), "last_activity": u.lastActivity.UTC(), "state": object{"pod_name": u.server.pod}}
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

package hub

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
)

// access is what a token is good for: everything, or one user's affairs.
type access struct {
	service string
	user    string // "" for all
}

// ServiceTokens reads what the chart has put beside the values, and what each service may do: one whose roles
// are all about one user (admin:users!user=alice) may do nothing else.
func (s *Server) ServiceTokens(folder string) error {
	files, err := filepath.Glob(filepath.Join(folder, "hub.services.*.apiToken"))
	if err != nil {
		return err
	}
	for _, file := range files {
		token, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		name := strings.TrimSuffix(strings.TrimPrefix(filepath.Base(file), "hub.services."), ".apiToken")
		s.tokens[string(token)] = access{service: name, user: s.config.onlyUser(name)}
	}
	return nil
}

// onlyUser is the one user that a service's scopes are about, or "".
func (c *Config) onlyUser(service string) string {
	found := ""
	for _, role := range c.Hub.LoadRoles {
		for _, name := range role.Services {
			if name != service {
				continue
			}
			for _, scope := range role.Scopes {
				if _, user, one := strings.Cut(scope, "!user="); one {
					found = user
				}
			}
		}
	}
	return found
}

// granted is what the request's token is good for.
func (s *Server) granted(r *http.Request) (access, bool) {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "token") && !strings.EqualFold(scheme, "bearer") {
		return access{}, false
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	found, ok := s.tokens[token]
	return found, ok
}

func (s *Server) authorized(r *http.Request) bool {
	found, ok := s.granted(r)
	return ok && found.user == ""
}

// makeToken answers POST users/NAME/tokens.
func (s *Server) makeToken(w http.ResponseWriter, name string) {
	secret := make([]byte, 16)
	_, _ = rand.Read(secret)
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.users[name] == nil {
		fail(w, http.StatusNotFound, "No such user: "+name)
		return
	}
	token := hex.EncodeToString(secret)
	s.tokens[token] = access{user: name}
	writeJSON(w, http.StatusCreated, object{"token": token, "user": name, "kind": "api_token"})
}

// whoAmI answers GET user, which services and sessions ask with a visitor's token.
func (s *Server) whoAmI(w http.ResponseWriter, who access) {
	if who.service != "" {
		writeJSON(w, http.StatusOK, object{"kind": "service", "name": who.service})
		return
	}
	s.showUser(w, who.user)
}

// namedServer is the part of the API about one of a user's servers; it is kept as a user "NAME/SERVER".
func (s *Server) namedServer(w http.ResponseWriter, r *http.Request, name, server, rest string) {
	key := name + "/" + server
	switch {
	case !s.config.Hub.AllowNamedServers:
		fail(w, http.StatusBadRequest, "Named servers are not enabled.")
	case rest == "" && r.Method == http.MethodPost:
		if s.claim(w, name, key) {
			s.startServer(w, r, key)
		}
	case rest == "" && r.Method == http.MethodDelete:
		asked := struct{ Remove bool }{}
		_ = json.NewDecoder(r.Body).Decode(&asked)
		s.stopServer(w, key)
		if asked.Remove {
			s.forget(key)
		}
	case rest == "progress":
		s.progress(w, r, key)
	default:
		fail(w, http.StatusNotFound, "Not Found")
	}
}

// claim makes room for a server's record; false when there is no such user.
func (s *Server) claim(w http.ResponseWriter, name, key string) bool {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.users[name] == nil {
		fail(w, http.StatusNotFound, "No such user: "+name)
		return false
	}
	if s.users[key] == nil {
		now := s.Now()
		s.users[key] = &user{name: key, created: now, lastActivity: now}
	}
	return true
}

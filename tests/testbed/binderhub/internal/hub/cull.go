package hub

import (
	"fmt"
	"strings"
	"time"
)

// CullIdle stops sessions that nobody used for cull.timeout, or that are older than cull.maxAge.
func (s *Server) CullIdle() {
	cull := s.config.Cull
	if err := s.SyncRoutes(s.background); err != nil {
		logf("Not culling, activity is unknown: %v", err)
		return
	}
	now := s.Now()
	s.mutex.Lock()
	idle := map[string]string{}
	for name, u := range s.users {
		inactive, age := now.Sub(u.lastActivity), now.Sub(u.created)
		if u.server == nil && strings.Contains(name, "/") {
			continue // ended: it may be started again
		}
		if u.server != nil && !u.server.ready {
			continue
		}
		if inactive >= time.Duration(cull.Timeout)*time.Second {
			idle[name] = fmt.Sprintf("inactive for %s", inactive.Round(time.Second))
		} else if cull.MaxAge > 0 && age >= time.Duration(cull.MaxAge)*time.Second {
			idle[name] = fmt.Sprintf("age: %s", age.Round(time.Second))
		}
	}
	s.mutex.Unlock()
	for name, why := range idle {
		s.stop(name, why)
		if cull.Users || cull.RemoveNamedServers && strings.Contains(name, "/") {
			s.forget(name)
		}
	}
}

// stop ends a user's session; false when there is no such user.
func (s *Server) stop(name, why string) bool {
	s.mutex.Lock()
	u := s.users[name]
	if u == nil {
		s.mutex.Unlock()
		return false
	}
	server := u.server
	u.server = nil
	s.mutex.Unlock()
	if server == nil {
		return true
	}
	logf("Culling server %s (%s)", name, why)
	if server.cancel != nil {
		server.cancel()
	}
	if err := s.proxy.Delete(s.background, s.prefix(name)); err != nil {
		logf("%v", err)
	}
	s.deletePod(server.pod)
	return true
}

func (s *Server) forget(name string) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	delete(s.users, name)
}

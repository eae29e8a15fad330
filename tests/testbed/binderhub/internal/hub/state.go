package hub

import (
	"encoding/json"
	"fmt"
	"os"
	"time"
)

// readState returns the last activity of each user, as far as the file knows it.
func (s *Server) readState() map[string]time.Time {
	saved := map[string]time.Time{}
	if data, err := os.ReadFile(s.StateFile); err == nil {
		_ = json.Unmarshal(data, &saved)
	}
	return saved
}

// writeState saves the last activity of each user, for a hub that comes back after a while.
func (s *Server) writeState() {
	if s.StateFile == "" {
		return
	}
	s.mutex.Lock()
	saved := map[string]time.Time{}
	for name, u := range s.users {
		saved[name] = u.lastActivity
	}
	s.mutex.Unlock()
	data, _ := json.Marshal(saved)
	if err := os.WriteFile(s.StateFile+".new", data, 0o600); err != nil {
		logf("%v", err)
		return
	}
	if err := os.Rename(s.StateFile+".new", s.StateFile); err != nil {
		logf("%v", err)
	}
}

func logf(format string, args ...any) {
	fmt.Printf(time.Now().UTC().Format("[2006-01-02T15:04:05Z] ")+format+"\n", args...)
}

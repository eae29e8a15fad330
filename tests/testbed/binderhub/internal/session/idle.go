package session

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"time"
)

// ConfigFile is where Jupyter Server finds what singleuser.extraFiles puts there.
const ConfigFile = "/etc/jupyter/jupyter_server_config.json"

// Idle is when Jupyter ends idle kernels, and itself; seconds, 0 for never.
type Idle struct {
	ServerApp struct {
		Timeout int `json:"shutdown_no_activity_timeout"`
	}
	MappingKernelManager struct {
		Timeout   int  `json:"cull_idle_timeout"`
		Connected bool `json:"cull_connected"`
	}
}

// ReadIdle reads the configuration; without a file nothing ever ends.
func ReadIdle(path string) (Idle, error) {
	var idle Idle
	data, err := os.ReadFile(path)
	if os.IsNotExist(err) {
		return idle, nil
	}
	if err == nil {
		err = json.Unmarshal(data, &idle)
	}
	return idle, err
}

// Watch ends what has been idle for too long, until ctx ends.
func (s *Server) Watch(ctx context.Context, every time.Duration) {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-ticker.C:
			s.end(now)
		}
	}
}

// end culls kernels that are idle at now, and the server when it has none left and was not used either.
func (s *Server) end(now time.Time) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	kernels := s.Idle.MappingKernelManager
	for id, k := range s.kernels {
		free := kernels.Connected || k.connections == 0
		if kernels.Timeout > 0 && free && now.Sub(k.activity) > seconds(kernels.Timeout) {
			fmt.Printf("culling kernel %s: idle for %s\n", id, now.Sub(k.activity).Round(time.Second))
			delete(s.kernels, id)
		}
	}
	timeout := s.Idle.ServerApp.Timeout
	if timeout > 0 && len(s.kernels) == 0 && now.Sub(s.activity) > seconds(timeout) {
		fmt.Printf("no kernels and no activity for %d s: shutting down\n", timeout)
		s.Shutdown()
	}
}

func seconds(count int) time.Duration { return time.Duration(count) * time.Second }

// Package hub stands for JupyterHub with KubeSpawner and the idle culler: what BinderHub and visitors see.
package hub

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"time"

	"binderhubdouble/internal/traits"
)

// Config is what the hub takes of the jupyterhub chart's values.
type Config struct {
	FullnameOverride *string
	NameOverride     *string
	Hub              struct {
		BaseURL                 string `json:"baseUrl"`
		ConcurrentSpawnLimit    int
		ConsecutiveFailureLimit int
		ActiveServerLimit       *int
		AllowNamedServers       bool
		LoadRoles               map[string]struct{ Scopes, Services []string }
		AuthenticatePrometheus  *bool
		Config                  map[string]map[string]any
		ExtraConfig             map[string]string
	}
	Singleuser Singleuser
	Cull       Cull
	Scheduling struct {
		PodPriority struct{ Enabled bool }
		UserPods    struct{ Tolerations []any }
	}
	Release struct{ Name string }
	Chart   struct{ Name, Version string }

	priorityClass string
}

// Singleuser is the chart's block of that name.
type Singleuser struct {
	Memory, CPU struct{ Limit, Guarantee any }
	Image       struct {
		PullPolicy  *string
		PullSecrets []any
	}
	Cmd                      any
	ExtraEnv                 map[string]any
	ExtraResource            struct{ Guarantees, Limits map[string]any }
	ExtraFiles               map[string]extraFile
	ExtraLabels              map[string]string
	ExtraAnnotations         map[string]string
	ExtraPodConfig           map[string]any
	InitContainers           any
	ExtraContainers          []any
	ExtraTolerations         []any
	NodeSelector             map[string]string
	LifecycleHooks           map[string]any
	AllowPrivilegeEscalation *bool
	UID                      *int64 `json:"uid"`
	FsGID                    *int64 `json:"fsGid"`
	ServiceAccountName       *string
	StartTimeout             int
	DefaultURL               *string `json:"defaultUrl"`
	Events                   bool
	Storage                  struct {
		Type, Capacity, HomeMountPath   string
		ExtraVolumes, ExtraVolumeMounts any
		Dynamic                         struct {
			StorageClass, PvcNameTemplate, VolumeNameTemplate string
			StorageAccessModes                                []string
		}
	}
}

// extraFile is a file of the Secret "singleuser" that each session sees.
type extraFile struct {
	MountPath string
	Mode      *int
}

// Cull is the chart's block of that name; seconds.
type Cull struct {
	Enabled, Users         bool
	RemoveNamedServers     bool
	Timeout, Every, MaxAge int
}

// LoadConfig reads the values that the chart puts into the hub's Secret.
func LoadConfig(path string) (*Config, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return ParseConfig(data)
}

// ParseConfig reads the values; the error names what JupyterHub would refuse at start.
func ParseConfig(data []byte) (*Config, error) {
	c := &Config{}
	if err := json.Unmarshal(data, c); err != nil {
		return nil, fmt.Errorf("values of the jupyterhub chart: %w", err)
	}
	if !strings.HasSuffix(c.Hub.BaseURL, "/") {
		c.Hub.BaseURL += "/"
	}
	for name, value := range map[string]any{"guarantee": c.Singleuser.Memory.Guarantee, "limit": c.Singleuser.Memory.Limit} {
		if value == nil {
			continue
		}
		if _, err := traits.Bytes(value); err != nil {
			return nil, fmt.Errorf("singleuser.memory.%s: %w", name, err)
		}
	}
	if c.Scheduling.PodPriority.Enabled {
		c.priorityClass = c.Release.Name + "-default-priority"
	}
	return c, nil
}

// option is a traitlet of hub.config, or nil.
func (c *Config) option(class, trait string) any { return c.Hub.Config[class][trait] }

func (c *Config) seconds(class, trait string, fallback int) time.Duration {
	if number, ok := c.option(class, trait).(float64); ok {
		return time.Duration(number * float64(time.Second))
	}
	return time.Duration(fallback) * time.Second
}

// openMetrics reports that /hub/metrics needs no token.
func (c *Config) openMetrics() bool {
	if open, ok := c.option("JupyterHub", "authenticate_prometheus").(bool); ok {
		return !open
	}
	if c.Hub.AuthenticatePrometheus != nil {
		return !*c.Hub.AuthenticatePrometheus
	}
	return c.mentions("authenticate_prometheus", "False")
}

// mentions reports that a snippet of hub.extraConfig has a line with all these words. The snippets are
// Python, which the double cannot run: it recognises the few that matter to a visitor, as mybinder.org
// writes them.
func (c *Config) mentions(words ...string) bool {
	for _, snippet := range c.Hub.ExtraConfig {
		for _, line := range strings.Split(snippet, "\n") {
			all := true
			for _, word := range words {
				all = all && strings.Contains(line, word)
			}
			if all {
				return true
			}
		}
	}
	return false
}

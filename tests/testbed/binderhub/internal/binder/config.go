// Package binder is BinderHub's HTTP API: what it answers, and what it makes Kubernetes do.
package binder

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"net/url"
	"os"
	"strings"

	"binderhubdouble/internal/traits"
)

// Version is what /versions says; BinderHub's own has the same shape.
const Version = "0.2.0+3983.gdouble"

// Config is what the server runs with, from the chart's values.
type Config struct {
	traits.Config
	BaseURL, HubURL, HubURLLocal, ImagePrefix string
	UseRegistry                               bool
	ConcurrentBuilds                          int
	TotalQuota                                *int
	Build                                     BuildConfig
	Banned                                    map[netip.Prefix]string
	HubToken                                  string
	Disk                                      diskQuota
	LogLaunches                               bool   // an EventLog.handlers_maker is set
	LaunchArchive                             string // the folder that it writes to, a file a day; "" for stdout
}

// BuildConfig is KubernetesBuildExecutor.
type BuildConfig struct {
	Image, DockerHost, PushSecret, Appendix string
	ExtraArgs, PullSecrets                  []string
	ExtraEnv, NodeSelector                  map[string]string
	Resources                               map[string]any
	TailLines                               int
	Sticky                                  bool
}

// Values is the part of the chart's values that the binder Secret holds.
type Values struct {
	Config           traits.Config
	ImageBuilderType string
	Dind             struct{ HostSocketDir string }
	ExtraConfig      map[string]string
}

// LoadConfig reads the file that the chart mounts. The error names every option that BinderHub refuses.
func LoadConfig(path string) (*Config, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var values Values
	if err := json.Unmarshal(data, &values); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return NewConfig(values)
}

// NewConfig applies BinderHub's defaults and the chart's own additions to values.
func NewConfig(values Values) (*Config, error) {
	if problems := values.Config.Check(); len(problems) > 0 {
		return nil, fmt.Errorf("the configuration is not BinderHub's:\n  %s", strings.Join(problems, "\n  "))
	}
	c := &Config{Config: values.Config, HubToken: os.Getenv("JUPYTERHUB_API_TOKEN")}
	c.BaseURL = withSlash(c.Str("base_url", "/", "BinderHub"))
	c.HubURL = withSlash(c.Str("hub_url", "", "BinderHub"))
	c.HubURLLocal = withSlash(c.Str("hub_url_local", c.HubURL, "BinderHub"))
	c.ImagePrefix = c.Str("image_prefix", "", "BinderHub")
	c.UseRegistry = c.Bool("use_registry", true, "BinderHub")
	c.ConcurrentBuilds = c.Int("concurrent_build_limit", 32, "BinderHub")
	c.Into("pod_quota", &c.TotalQuota, "BinderHub")
	c.Into("total_quota", &c.TotalQuota, "KubernetesLaunchQuota", "LaunchQuota")
	c.Build = buildConfig(c.Config, values)
	var banned map[string]string
	c.Into("ban_networks", &banned, "BinderHub")
	c.Banned = map[netip.Prefix]string{}
	for cidr, label := range banned {
		prefix, err := netip.ParsePrefix(cidr)
		if err != nil {
			return nil, fmt.Errorf("config.BinderHub.ban_networks: %w", err)
		}
		c.Banned[prefix] = label
	}
	for _, snippet := range values.ExtraConfig {
		// Python, which the double cannot run; what a handler of launch events does can be known.
		c.LogLaunches = c.LogLaunches || strings.Contains(snippet, "c.EventLog.handlers_maker")
		if strings.Contains(snippet, "c.BinderHub.launch_quota_class") {
			c.Disk = readDiskQuota(snippet)
		}
		if archive := archiveFolder.FindStringSubmatch(snippet); archive != nil {
			c.LaunchArchive = archive[1]
		}
	}
	if c.HubURL == "/" || c.HubURL == "" {
		return nil, fmt.Errorf("config.BinderHub.hub_url is not set")
	}
	return c, nil
}

func buildConfig(c traits.Config, values Values) BuildConfig {
	const executor, general = "KubernetesBuildExecutor", "BuildExecutor"
	host := "/var/run/docker.sock"
	if values.ImageBuilderType == "dind" && values.Dind.HostSocketDir != "" {
		host = values.Dind.HostSocketDir + "/docker.sock"
	}
	if address, err := url.Parse(c.Str("build_docker_host", host, "BinderHub")); err == nil {
		host = address.Path
	}
	b := BuildConfig{
		Image:      c.Str("build_image", "quay.io/jupyterhub/repo2docker:2024.07.0", executor),
		DockerHost: strings.TrimPrefix(c.Str("docker_host", host, executor), "unix://"),
		PushSecret: c.Str("push_secret", "binder-build-docker-config", executor, general),
		Appendix:   c.Str("appendix", "", executor, general, "BinderHub"),
		TailLines:  c.Int("log_tail_lines", 100, executor),
		Sticky:     c.Bool("sticky_builds", false, executor, "BinderHub"),
	}
	c.Into("build_image", &b.Image, "BinderHub")
	c.Into("build_image", &b.Image, executor)
	c.Into("repo2docker_extra_args", &b.ExtraArgs, executor, general)
	c.Into("image_pull_secrets", &b.PullSecrets, executor)
	c.Into("extra_envs", &b.ExtraEnv, executor)
	c.Into("build_node_selector", &b.NodeSelector, "BinderHub")
	c.Into("node_selector", &b.NodeSelector, executor)
	c.Into("resources", &b.Resources, executor)
	return b
}

func withSlash(address string) string {
	if strings.HasSuffix(address, "/") {
		return address
	}
	return address + "/"
}

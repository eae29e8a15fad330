// Package settings reads what configures a k3s server: its files, its flags, and registries.yaml.
package settings

import (
	"fmt"
	"log"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strconv"
	"strings"
)

const (
	defaultConfig  = "/etc/rancher/k3s/config.yaml"
	KubeconfigPath = "/etc/rancher/k3s/k3s.yaml"
	RegistriesPath = "/etc/rancher/k3s/registries.yaml"
	DefaultDataDir = "/var/lib/rancher/k3s"
)

// Config is the settings of the node: key to values, one value for all but the lists.
type Config map[string][]string

func (c Config) One(key, fallback string) string {
	if values := c[key]; len(values) > 0 {
		return values[len(values)-1]
	}
	return fallback
}

func (c Config) List(key string, fallback ...string) []string {
	if values, given := c[key]; given {
		return values
	}
	return fallback
}

func (c Config) On(key string) bool { return c.One(key, "false") == "true" }

func (c Config) Disabled(name string) bool { return slices.Contains(c.List("disable"), name) }

// Load merges config.yaml, config.yaml.d/*.yaml in the order of their names, and the command line.
func Load(args []string) (Config, error) {
	path, args, err := configFlag(args)
	if err != nil {
		return nil, err
	}
	config := Config{}
	extra, err := filepath.Glob(path + ".d/*.yaml")
	if err != nil {
		return nil, err
	}
	sort.Strings(extra)
	for _, file := range append([]string{path}, extra...) {
		text, err := os.ReadFile(file)
		if os.IsNotExist(err) {
			continue
		} else if err != nil {
			return nil, err
		}
		if err := config.merge(text); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
	}
	if err := config.mergeFlags(args); err != nil {
		return nil, err
	}
	return config, config.check()
}

// configFlag takes -c/--config out of the arguments.
func configFlag(args []string) (string, []string, error) {
	path, rest := os.Getenv("K3S_CONFIG_FILE"), []string{}
	for i := 0; i < len(args); i++ {
		name, value, inline := strings.Cut(strings.TrimLeft(args[i], "-"), "=")
		if !strings.HasPrefix(args[i], "-") || (name != "c" && name != "config") {
			rest = append(rest, args[i])
			continue
		}
		if !inline {
			if i++; i >= len(args) {
				return "", nil, fmt.Errorf("flag --%s needs a value", name)
			}
			value = args[i]
		}
		path = value
	}
	if path == "" {
		path = defaultConfig
	}
	return path, rest, nil
}

// check refuses what would be silently wrong, and names what the stand-in does not act on.
func (c Config) check() error {
	for _, name := range c.List("disable") {
		if !packaged[name] {
			return fmt.Errorf("key \"disable\": %q is no packaged component", name)
		}
	}
	mode := c.One("write-kubeconfig-mode", "0600")
	if _, err := strconv.ParseUint(mode, 8, 12); err != nil || !strings.HasPrefix(mode, "0") && len(mode) != 3 {
		return fmt.Errorf("key \"write-kubeconfig-mode\": %q is no file mode (quote it, as in \"0600\")", mode)
	}
	if backend := c.One("flannel-backend", "vxlan"); !slices.Contains([]string{"vxlan", "host-gw", "none", "wireguard-native"}, backend) {
		return fmt.Errorf("key \"flannel-backend\": %q is no backend", backend)
	}
	for key := range c {
		if !settings[key].acted && !quiet[key] {
			log.Printf("k3s (stand-in): %q is a key of k3s, but the stand-in does not act on it", key)
		}
	}
	return nil
}

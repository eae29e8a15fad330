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

	"sigs.k8s.io/yaml"
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

// merge adds one file's settings; `key+` appends to a list.
func (c Config) merge(text []byte) error {
	var document map[string]any
	if err := yaml.UnmarshalStrict(text, &document); err != nil {
		return err
	}
	for name, value := range document {
		key, appends := strings.CutSuffix(name, "+")
		values, err := scalars(value)
		if err != nil {
			return fmt.Errorf("key %q: %w", name, err)
		}
		if appends {
			values = append(slices.Clone(c[key]), values...)
		}
		if err := c.set(key, values); err != nil {
			return err
		}
	}
	return nil
}

func scalars(value any) ([]string, error) {
	switch value := value.(type) {
	case nil:
		return []string{}, nil
	case string:
		return []string{value}, nil
	case bool:
		return []string{strconv.FormatBool(value)}, nil
	case float64:
		return []string{strconv.FormatFloat(value, 'f', -1, 64)}, nil
	case []any:
		all := []string{}
		for _, item := range value {
			one, err := scalars(item)
			if err != nil {
				return nil, err
			}
			all = append(all, one...)
		}
		return all, nil
	}
	return nil, fmt.Errorf("%v is neither a value nor a list of values", value)
}

// set stores a key's values; an unknown key or a value of the wrong kind is an error.
func (c Config) set(key string, values []string) error {
	known, ok := settings[key]
	if !ok {
		return fmt.Errorf("unknown key %q: k3s server has no such setting", key)
	}
	if known.kind != "list" && len(values) > 1 {
		return fmt.Errorf("key %q takes one value, not a list", key)
	}
	if known.kind == "bool" && len(values) == 1 {
		value, err := strconv.ParseBool(values[0])
		if err != nil {
			return fmt.Errorf("key %q: %q is not true or false", key, values[0])
		}
		values = []string{strconv.FormatBool(value)}
	}
	if known.kind == "list" && !strings.HasSuffix(key, "-arg") {
		values = slices.DeleteFunc(strings.Split(strings.Join(values, ","), ","), func(v string) bool { return v == "" })
	}
	c[key] = values
	return nil
}

// mergeFlags adds the command line: it wins over the files; repeated flags make a list.
func (c Config) mergeFlags(args []string) error {
	given := map[string][]string{}
	for i := 0; i < len(args); i++ {
		name, value, inline := strings.Cut(strings.TrimLeft(args[i], "-"), "=")
		if !strings.HasPrefix(args[i], "-") {
			return fmt.Errorf("unexpected argument %q", args[i])
		}
		if long, ok := shortFlags[name]; ok {
			name = long
		}
		known, ok := settings[name]
		if !ok {
			return fmt.Errorf("unknown flag --%s: k3s server has no such flag", name)
		}
		if !inline && known.kind == "bool" {
			value = "true"
		} else if !inline {
			if i++; i >= len(args) {
				return fmt.Errorf("flag --%s needs a value", name)
			}
			value = args[i]
		}
		if known.kind != "list" {
			given[name] = nil
		}
		given[name] = append(given[name], value)
	}
	for name, values := range given {
		if err := c.set(name, values); err != nil {
			return err
		}
	}
	return nil
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

package settings

import (
	"fmt"
	"log"
	"net/url"
	"os"
	"path/filepath"
	"sort"
	"strings"

	"sigs.k8s.io/yaml"

	"binder.test/k3s/files"
)

// Registries is registries.yaml; an unknown key in it is an error.
type Registries struct {
	Mirrors map[string]Mirror           `json:"mirrors,omitempty"`
	Configs map[string]RegistrySettings `json:"configs,omitempty"`
}

type Mirror struct {
	Endpoint []string          `json:"endpoint,omitempty"`
	Rewrite  map[string]string `json:"rewrite,omitempty"`
}

type RegistrySettings struct {
	Auth *struct {
		Username      string `json:"username,omitempty"`
		Password      string `json:"password,omitempty"`
		Auth          string `json:"auth,omitempty"`
		IdentityToken string `json:"identity_token,omitempty"`
	} `json:"auth,omitempty"`
	TLS *struct {
		CA       string `json:"ca_file,omitempty"`
		Cert     string `json:"cert_file,omitempty"`
		Key      string `json:"key_file,omitempty"`
		Insecure bool   `json:"insecure_skip_verify,omitempty"`
	} `json:"tls,omitempty"`
}

func LoadRegistries(path string) (Registries, error) {
	registries := Registries{}
	text, err := os.ReadFile(path)
	if os.IsNotExist(err) {
		return registries, nil
	} else if err != nil {
		return registries, err
	}
	if err := yaml.UnmarshalStrict(text, &registries); err != nil {
		return registries, fmt.Errorf("%s: %w", path, err)
	}
	return registries, nil
}

// write lays out one folder with a hosts.toml per registry, and nothing else.
func (r Registries) Write(folder string, withoutDefault bool) error {
	if err := os.RemoveAll(folder); err != nil {
		return err
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	for name, mirror := range r.Mirrors {
		text, err := r.hosts(name, mirror, withoutDefault)
		if err != nil {
			return fmt.Errorf("registries.yaml: mirror %q: %w", name, err)
		}
		if name == "*" {
			name = "_default"
		}
		if err := files.Write(filepath.Join(folder, name, "hosts.toml"), text, 0o600); err != nil {
			return err
		}
	}
	for name := range r.Configs {
		if _, mirrored := r.Mirrors[name]; mirrored || r.Configs[name].TLS == nil {
			continue
		}
		text, err := r.hosts(name, Mirror{Endpoint: []string{"https://" + name}}, withoutDefault)
		if err != nil {
			return err
		}
		if err := files.Write(filepath.Join(folder, name, "hosts.toml"), text, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// hosts is one hosts.toml: the endpoints in their order, then (unless told not to) the registry itself.
func (r Registries) hosts(name string, mirror Mirror, withoutDefault bool) (string, error) {
	if len(mirror.Rewrite) > 0 {
		log.Printf("k3s (stand-in): registries.yaml: rewrite needs k3s' own containerd; not acted on for %q", name)
	}
	endpoints, servers := "", []string{}
	for _, endpoint := range mirror.Endpoint {
		address, err := endpointURL(endpoint)
		if err != nil {
			return "", err
		}
		servers = append(servers, address.String())
		endpoints += fmt.Sprintf("\n[host.%q]\n  capabilities = [\"pull\", \"resolve\"]\n%s", address, r.tls(address.Host))
	}
	server := defaultServer(name)
	if withoutDefault && len(servers) > 0 {
		server = servers[len(servers)-1]
	}
	if server == "" {
		return "# written by the k3s stand-in\n" + endpoints, nil
	}
	return fmt.Sprintf("# written by the k3s stand-in\nserver = %q\n%s", server, endpoints), nil
}

func defaultServer(name string) string {
	switch name {
	case "*":
		return ""
	case "docker.io":
		return "https://registry-1.docker.io/v2"
	}
	return "https://" + name + "/v2"
}

func endpointURL(endpoint string) (*url.URL, error) {
	if !strings.Contains(endpoint, "://") {
		endpoint = "https://" + endpoint
	}
	address, err := url.Parse(endpoint)
	if err != nil || address.Host == "" {
		return nil, fmt.Errorf("endpoint %q is not a URL", endpoint)
	}
	if address.Path == "" || address.Path == "/" {
		address.Path = "/v2"
	}
	return address, nil
}

func (r Registries) tls(host string) string {
	settings := r.Configs[host].TLS
	if settings == nil {
		return ""
	}
	text := ""
	if settings.CA != "" {
		text += fmt.Sprintf("  ca = %s\n", quoted([]string{settings.CA}))
	}
	if settings.Cert != "" || settings.Key != "" {
		text += fmt.Sprintf("  client = [%s]\n", quoted([]string{settings.Cert, settings.Key}))
	}
	if settings.Insecure {
		text += "  skip_verify = true\n"
	}
	return text
}

// credentials are the part of config.toml that hosts.toml cannot hold.
func (r Registries) Credentials() string {
	names, text := []string{}, ""
	for name := range r.Configs {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		auth := r.Configs[name].Auth
		if auth == nil {
			continue
		}
		text += fmt.Sprintf("\n[plugins.\"io.containerd.grpc.v1.cri\".registry.configs.%q.auth]\n", name)
		text += fmt.Sprintf("  username = %q\n  password = %q\n  auth = %q\n  identitytoken = %q\n",
			auth.Username, auth.Password, auth.Auth, auth.IdentityToken)
	}
	return text
}

func quoted(values []string) string {
	all := []string{}
	for _, value := range values {
		all = append(all, fmt.Sprintf("%q", value))
	}
	return "[" + strings.Join(all, ", ") + "]"
}

package binder

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strings"
)

// manifestType is the only media type that BinderHub asks a registry for (since ad9aaa3b, 2026-04-02): what
// a registry stores as an OCI index is not found.
const manifestType = "application/vnd.oci.image.manifest.v1+json"

// Registry looks images up in a registry, with BinderHub's way of finding its address and credentials.
type Registry struct {
	URL, TokenURL, Username, Password string
	NotFound401                       bool
}

// errRegistry is an answer of the registry that BinderHub takes for "not found" after three tries.
var errRegistry = errors.New("registry")

// NewRegistry reads docker's config.json, whose first key is the registry's address.
func NewRegistry(c *Config) (*Registry, error) {
	dir := os.Getenv("DOCKER_CONFIG")
	if dir == "" {
		dir = "/root/.docker"
	}
	var file struct {
		Auths map[string]struct{ Auth string }
	}
	data, err := os.ReadFile(c.Str("docker_config_path", dir+"/config.json", "DockerRegistry"))
	if err == nil {
		if err := json.Unmarshal(data, &file); err != nil {
			return nil, fmt.Errorf("docker's config.json: %w", err)
		}
	}
	address, auth := "https://registry-1.docker.io", ""
	for key, entry := range file.Auths {
		auth = entry.Auth
		if key != "https://index.docker.io/v1/" {
			address = key
		}
		if !strings.Contains(address, "://") {
			address = "https://" + address
		}
	}
	decoded, _ := base64.StdEncoding.DecodeString(auth)
	username, password, _ := strings.Cut(string(decoded), ":")
	r := &Registry{URL: c.Str("url", address, "DockerRegistry"), TokenURL: c.Str("token_url", "", "DockerRegistry")}
	r.Username = c.Str("username", username, "DockerRegistry")
	r.Password = c.Str("password", password, "DockerRegistry")
	r.NotFound401 = c.Bool("not_found_401", strings.HasSuffix(r.URL, ".docker.io"), "DockerRegistry")
	return r, nil
}

// Has reports whether the registry holds the image. Errors other than errRegistry end the launch.
func (r *Registry) Has(ctx context.Context, image, tag string) (bool, error) {
	address := fmt.Sprintf("%s/v2/%s/manifests/%s", r.URL, image, tag)
	token := ""
	if r.TokenURL != "" {
		var err error
		if token, err = r.token(ctx, r.TokenURL, "container_registry", "repository:"+image+":pull"); err != nil {
			return false, err
		}
	}
	response, err := r.get(ctx, address, token, manifestType)
	if err != nil {
		return false, fmt.Errorf("%w: %v", errRegistry, err)
	}
	if challenge := response.Header.Get("WWW-Authenticate"); response.StatusCode == 401 && token == "" && challenge != "" {
		return r.hasWithToken(ctx, challenge, address)
	}
	if response.StatusCode == 401 && token != "" && r.NotFound401 {
		return false, nil
	}
	return found(response)
}

var challengeField = regexp.MustCompile(`(realm|service|scope)="([^"]*)"`)

func (r *Registry) hasWithToken(ctx context.Context, challenge, address string) (bool, error) {
	if !strings.HasPrefix(strings.ToLower(challenge), "bearer ") {
		return false, fmt.Errorf("Only WWW-Authenticate Bearer type supported: %s", challenge)
	}
	fields := map[string]string{}
	for _, match := range challengeField.FindAllStringSubmatch(challenge, -1) {
		fields[match[1]] = match[2]
	}
	token, err := r.token(ctx, fields["realm"], fields["service"], fields["scope"])
	if err != nil {
		return false, err
	}
	response, err := r.get(ctx, address, token, "") // BinderHub sends no Accept header here
	if err != nil {
		return false, fmt.Errorf("%w: %v", errRegistry, err)
	}
	return found(response)
}

func found(response *http.Response) (bool, error) {
	switch {
	case response.StatusCode == 404:
		return false, nil
	case response.StatusCode >= 400:
		return false, fmt.Errorf("%w: HTTP %d", errRegistry, response.StatusCode)
	}
	return true, nil
}

func (r *Registry) token(ctx context.Context, realm, service, scope string) (string, error) {
	response, err := r.get(ctx, realm+"?"+url.Values{"service": {service}, "scope": {scope}}.Encode(), "", "")
	if err != nil {
		return "", fmt.Errorf("%w: %v", errRegistry, err)
	}
	var answer struct {
		Token  string `json:"token"`
		Access string `json:"access_token"`
	}
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil || answer.Token+answer.Access == "" {
		return "", fmt.Errorf("No token in response from registry: %v", err)
	}
	return answer.Token + answer.Access, nil
}

// get reads all of the answer, so that its connection is free again.
func (r *Registry) get(ctx context.Context, address, token, accept string) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	if accept != "" {
		request.Header.Set("Accept", accept)
	}
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	} else {
		request.SetBasicAuth(r.Username, r.Password)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(response.Body)
	response.Body.Close()
	response.Body = io.NopCloser(strings.NewReader(string(data)))
	return response, err
}

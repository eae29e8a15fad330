package settings

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func hostsOf(t *testing.T, text string, withoutDefault bool) (string, error) {
	t.Helper()
	folder := t.TempDir()
	path := filepath.Join(folder, "registries.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	registries, err := LoadRegistries(path)
	if err != nil {
		return "", err
	}
	if err := registries.Write(filepath.Join(folder, "certs.d"), withoutDefault); err != nil {
		return "", err
	}
	all := ""
	files, _ := filepath.Glob(filepath.Join(folder, "certs.d", "*", "hosts.toml"))
	for _, file := range files {
		content, _ := os.ReadFile(file)
		all += "== " + filepath.Base(filepath.Dir(file)) + "\n" + string(content)
	}
	return all, nil
}

func TestMirrorOverPlainHTTP(t *testing.T) {
	got, err := hostsOf(t, "mirrors:\n  \"10.43.0.50:5000\":\n    endpoint: [\"http://10.43.0.50:5000\"]\n", false)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"== 10.43.0.50:5000\n", `server = "https://10.43.0.50:5000/v2"`, `[host."http://10.43.0.50:5000/v2"]`} {
		if !strings.Contains(got, want) {
			t.Errorf("no %s in:\n%s", want, got)
		}
	}
}

func TestWildcardAndNoDefaultEndpoint(t *testing.T) {
	got, err := hostsOf(t, "mirrors:\n  \"*\": {endpoint: [\"http://a:5000\"]}\n  docker.io: {endpoint: [\"http://a:5000\"]}\n", true)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(got, "== _default\n") || strings.Contains(got, "registry-1.docker.io") {
		t.Error(got)
	}
}

func TestTypoInRegistriesIsAnError(t *testing.T) {
	if _, err := hostsOf(t, "mirror: {}\n", false); err == nil || !strings.Contains(err.Error(), `unknown field "mirror"`) {
		t.Error(err)
	}
}

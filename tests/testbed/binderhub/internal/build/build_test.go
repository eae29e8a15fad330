package build

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"binderhubdouble/internal/docker"
	"binderhubdouble/internal/fake"
)

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestWhereTheDockerfileIs(t *testing.T) {
	for name, c := range map[string]struct {
		files []string
		want  string
		err   string
	}{
		"root":               {[]string{"Dockerfile"}, "Dockerfile", ""},
		"binder wins":        {[]string{"Dockerfile", "binder/Dockerfile"}, "binder/Dockerfile", ""},
		"dot binder":         {[]string{".binder/Dockerfile"}, ".binder/Dockerfile", ""},
		"binder without one": {[]string{"Dockerfile", "binder/environment.yml"}, "", "no binder/Dockerfile"},
		"none":               {[]string{"README.md"}, "", "no Dockerfile"},
		"both":               {[]string{"binder/Dockerfile", ".binder/Dockerfile"}, "", "binder/ and .binder/ are both there"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			for _, file := range c.files {
				write(t, filepath.Join(dir, file), "FROM scratch\n")
			}
			got, err := findDockerfile(dir)
			if got != c.want || (err == nil) != (c.err == "") || err != nil && !strings.Contains(err.Error(), c.err) {
				t.Errorf("%q, %v", got, err)
			}
		})
	}
}

func TestCommandLine(t *testing.T) {
	o, err := Parse([]string{"--ref=abc", "--image=reg:5000/i-x:abc", "--no-clean", "--no-run", "--json-logs",
		"--user-name=jovyan", "--user-id=1000", "--appendix", "USER root", "--push",
		"--Repo2Docker.default_buildpack=None", "--DockerEngine.extra_buildx_build_args=--build-arg=A=B", "http://git/repo"})
	if err != nil || o.Ref != "abc" || o.Image != "reg:5000/i-x:abc" || !o.Push || o.Appendix != "USER root" ||
		o.Repo != "http://git/repo" {
		t.Errorf("%+v, %v", o, err)
	}
	for _, bad := range [][]string{{"--image=x"}, {"http://git/repo"}, {"--image=x", "a", "b"}, {"--image=x", "--puhs", "a"}} {
		if _, err := Parse(bad); err == nil {
			t.Errorf("%v is accepted", bad)
		}
	}
}

func TestCredentialsOfTheRegistry(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config.json")
	write(t, path, `{"auths": {"http://10.43.0.50:5000": {"auth": "dXNlcjpwYXNz"}}}`)
	if user, password := credentials(path, "10.43.0.50:5000/i-x:1"); user != "user" || password != "pass" {
		t.Errorf("%s:%s", user, password)
	}
	if user, _ := credentials(path, "elsewhere:5000/i-x:1"); user != "" {
		t.Errorf("another registry gets %s", user)
	}
	if user, _ := credentials(path+".no", "10.43.0.50:5000/i-x:1"); user != "" {
		t.Errorf("without a file: %s", user)
	}
}

func TestContextHasEverythingButGit(t *testing.T) {
	daemon := fake.NewDocker(t, fake.NewRegistry(t))
	dir := t.TempDir()
	write(t, filepath.Join(dir, "Dockerfile"), "FROM scratch")
	write(t, filepath.Join(dir, "sub/.git/keep"), "")
	write(t, filepath.Join(dir, ".git/HEAD"), "ref: refs/heads/main")
	if err := os.Symlink("Dockerfile", filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	o := Options{Image: "x:1", Appendix: "LABEL a=b", Socket: daemon.Socket}
	var out bytes.Buffer
	if err := buildImage(t.Context(), docker.New(o.Socket), o, dir, "Dockerfile", &logger{out: &out}); err != nil {
		t.Fatal(err)
	}
	files := daemon.Images["x:1"]
	if _, there := files[".git/HEAD"]; there || files["Dockerfile"] != "FROM scratch\nLABEL a=b\n" {
		t.Errorf("%v", files)
	}
	for _, name := range []string{"link", "sub/.git/keep"} {
		if _, there := files[name]; !there {
			t.Errorf("no %s in %v", name, files)
		}
	}
}

func TestNoDaemon(t *testing.T) {
	list := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, `{"installations": []}`)
	}))
	defer list.Close()
	t.Setenv(dataverseVariable, list.URL)
	var out bytes.Buffer
	err := Run(t.Context(), Options{Repo: "http://127.0.0.1:1/repo", Image: "x:1"}, &out)
	if err == nil || !strings.Contains(out.String(), `"phase":"failed"`) || !strings.Contains(out.String(), "failed to clone") {
		t.Errorf("%v: %s", err, out.String())
	}
}

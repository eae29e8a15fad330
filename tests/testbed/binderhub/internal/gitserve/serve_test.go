package gitserve

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/storer"
)

func head(t *testing.T, repository storer.Storer) string {
	t.Helper()
	reference, err := repository.Reference(plumbing.Main)
	if err != nil {
		t.Fatal(err)
	}
	return reference.Hash().String()
}

func TestPlainFolderIsTheSameCommitEachTime(t *testing.T) {
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "repo/binder"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "repo/binder/Dockerfile"), []byte("FROM scratch\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var heads []string
	for range 2 {
		found, err := Open(dir)
		if err != nil {
			t.Fatal(err)
		}
		heads = append(heads, head(t, found["repo"]))
	}
	if heads[0] != heads[1] {
		t.Errorf("%v", heads)
	}
}

// TestGitItself clones with the real git, where there is one.
func TestGitItself(t *testing.T) {
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("git is not installed")
	}
	repositories, err := Examples()
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(&Handler{Repositories: repositories})
	defer server.Close()
	clone := filepath.Join(t.TempDir(), "clone")
	for _, args := range [][]string{{"clone", "-q", server.URL + "/minimal.git", clone}, {"-C", clone, "fetch", "-q"}} {
		if said, err := exec.Command("git", args...).CombinedOutput(); err != nil {
			t.Fatalf("git %v: %v\n%s", args, err, said)
		}
	}
	said, err := exec.Command("git", "-C", clone, "rev-parse", "HEAD").Output()
	if err != nil || strings.TrimSpace(string(said)) != head(t, repositories["minimal"]) {
		t.Errorf("%s, %v", said, err)
	}
	if _, err := os.Stat(filepath.Join(clone, "Dockerfile")); err != nil {
		t.Error(err)
	}
}

func TestWhatIsNotServed(t *testing.T) {
	repositories, err := Examples()
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(&Handler{Repositories: repositories})
	defer server.Close()
	for path, want := range map[string]int{
		"/nothing/info/refs?service=git-upload-pack":  404,
		"/minimal/info/refs?service=git-receive-pack": 403,
		"/minimal/info/refs":                          403,
		"/":                                           200,
	} {
		response, err := http.Get(server.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(response.Body)
		response.Body.Close()
		if response.StatusCode != want {
			t.Errorf("%s: HTTP %d %s", path, response.StatusCode, body)
		}
	}
}

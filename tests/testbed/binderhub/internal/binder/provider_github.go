package binder

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// gitHub is a repository on GitHub, whose API tells the commit.
type gitHub struct {
	user, repo, ref string
	server          *Server
}

func (g *gitHub) host() string {
	return g.server.config.Str("hostname", "github.com", "GitHubRepoProvider")
}

func (g *gitHub) name() string           { return "GitHub" }
func (g *gitHub) class() string          { return "GitHubRepoProvider" }
func (g *gitHub) repoURL() string        { return fmt.Sprintf("https://%s/%s/%s", g.host(), g.user, g.repo) }
func (g *gitHub) slug() string           { return g.user + "-" + g.repo }
func (g *gitHub) unresolvedRef() string  { return g.ref }
func (g *gitHub) refURL(r string) string { return g.repoURL() + "/tree/" + r }
func (g *gitHub) resolvedSpec(ref string) string {
	return g.user + "/" + g.repo + "/" + ref
}

func (g *gitHub) resolve(ctx context.Context) (string, error) {
	base := g.server.config.Str("api_base_path", "https://api.{hostname}", "GitHubRepoProvider")
	base = strings.ReplaceAll(base, "{hostname}", g.host())
	address := fmt.Sprintf("%s/repos/%s/%s/commits/%s", base, g.user, g.repo, g.ref)
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return "", err
	}
	if token := g.server.config.Str("access_token", "", "GitHubRepoProvider"); token != "" {
		request.Header.Set("Authorization", "token "+token)
	}
	request.Header.Set("User-Agent", "BinderHub")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	return g.answer(response)
}

func (g *gitHub) answer(response *http.Response) (string, error) {
	left := response.Header.Get("X-Ratelimit-Remaining")
	if number, err := strconv.ParseFloat(left, 64); err == nil {
		g.server.metrics.Set("binderhub_github_rate_limit_remaining", number)
	}
	switch {
	case response.StatusCode == 403 && left == "0":
		reset, _ := strconv.ParseInt(response.Header.Get("X-Ratelimit-Reset"), 10, 64)
		seconds := reset - time.Now().Unix()
		return "", fmt.Errorf("GitHub rate limit exceeded. Try again in %d minutes.", 5*(1+seconds/60/5))
	case response.StatusCode == 404 || response.StatusCode == 422:
		return "", nil
	case response.StatusCode >= 400:
		return "", fmt.Errorf("HTTP %s", response.Status)
	}
	var commit struct{ SHA string }
	err := json.NewDecoder(response.Body).Decode(&commit)
	return commit.SHA, err
}

package binder

import (
	"context"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// provider is one repository as a build URL names it.
type provider interface {
	// name is "GitHub" or "Git", as metrics and messages say it.
	name() string
	class() string
	repoURL() string
	slug() string
	unresolvedRef() string
	// resolve returns the commit, or "" when the repository or the ref is not there.
	resolve(context.Context) (string, error)
	refURL(ref string) string
	resolvedSpec(ref string) string
}

// displays is what /api/repoproviders lists. BinderHub has nine; the double launches from these two.
var displays = []map[string]any{
	{"displayName": "GitHub", "id": "gh", "spec": map[string]any{"validateRegex": `[^/]+/[^/]+/.+`},
		"detect": map[string]any{"regex": "^(https?://github.com/)?(?<repo>.*[^/])/?"},
		"repo": map[string]any{"label": "GitHub repository name or URL", "urlEncode": false,
			"placeholder": "example: binder-examples/requirements or https://github.com/binder-examples/requirements"},
		"ref": map[string]any{"enabled": true, "default": "HEAD"}},
	{"displayName": "Git repository", "id": "git", "spec": map[string]any{"validateRegex": `[^/]+/.+`},
		"repo": map[string]any{"label": "Arbitrary git repository URL", "urlEncode": true,
			"placeholder": "example: http://git.example.com/repo"},
		"ref": map[string]any{"enabled": true, "default": "HEAD"}},
}

var (
	sha1Pattern = regexp.MustCompile(`^[0-9a-f]{40}`)
	gitSSH      = regexp.MustCompile(`(?i)^([\w\-]+@[\w\-\.]+):(.+)`)
)

// isProvider reports whether the double knows this prefix of a build URL.
func isProvider(prefix string) bool { return prefix == "gh" || prefix == "git" }

func (s *Server) provider(prefix, spec string) (provider, error) {
	if prefix == "gh" {
		parts := strings.SplitN(spec, "/", 3)
		if len(parts) != 3 {
			return nil, badGitHubSpec(spec, parts)
		}
		return &gitHub{user: parts[0], repo: strings.TrimSuffix(parts[1], ".git"), ref: parts[2], server: s}, nil
	}
	escaped, ref, ok := strings.Cut(spec, "/")
	if !ok {
		return nil, fmt.Errorf("not enough values to unpack (expected 2, got 1)")
	}
	repo, err := url.PathUnescape(escaped)
	if err != nil {
		return nil, err
	}
	if match := gitSSH.FindStringSubmatch(repo); match != nil {
		repo = "ssh://" + match[1] + "/" + match[2]
	}
	protocols := []string{"git", "http", "https", "ssh"}
	s.config.Into("allowed_protocols", &protocols, "GitRepoProvider")
	scheme, _, _ := strings.Cut(repo, ":")
	if !slices.Contains(protocols, scheme) {
		return nil, fmt.Errorf("Unsupported git url %s, protocol %s not in %s", repo, scheme, strings.Join(protocols, ", "))
	}
	if ref, err = url.PathUnescape(ref); err != nil || ref == "" {
		return nil, fmt.Errorf("`unresolved_ref` must be specified in the url for the basic git provider")
	}
	return &gitURL{escaped: escaped, repo: repo, ref: ref, list: s.LsRemote}, nil
}

func badGitHubSpec(spec string, parts []string) error {
	hint := ""
	if len(parts) == 2 && !slices.Contains([]string{"main", "master", "HEAD"}, parts[1]) {
		hint = fmt.Sprintf(` Did you mean "%s/HEAD"?`, spec)
	}
	return fmt.Errorf(`Spec is not of the form "user/repo/ref", provided: "%s".%s`, spec, hint)
}

// matches reports that one of the regular expressions of a provider's option matches spec, case ignored.
func (s *Server) matches(p provider, option, spec string) (matched, any bool) {
	var patterns []string
	s.config.Into(option, &patterns, p.class(), "RepoProvider")
	for _, pattern := range patterns {
		if matchStart(pattern, spec) {
			return true, true
		}
	}
	return false, len(patterns) > 0
}

// matchStart is Python's re.match(pattern, text, re.IGNORECASE).
func matchStart(pattern, text string) bool {
	compiled, err := regexp.Compile("(?i)^(?:" + pattern + ")")
	return err == nil && compiled.MatchString(text)
}

func (s *Server) isBanned(p provider, spec string) bool {
	if banned, _ := s.matches(p, "banned_specs", spec); banned {
		return true
	}
	allowed, limited := s.matches(p, "allowed_specs", spec)
	return limited && !allowed
}

// repoQuota is the number of sessions that one repository may have at a time; 0: no limit.
func (s *Server) repoQuota(p provider, spec string) int {
	quota := s.config.Int("per_repo_quota", 0, "BinderHub")
	if high, _ := s.matches(p, "high_quota_specs", spec); high {
		quota = s.config.Int("per_repo_quota_higher", 0, "BinderHub")
	}
	var items []struct {
		Pattern string
		Config  struct{ Quota *int }
	}
	s.config.Into("spec_config", &items, p.class(), "RepoProvider")
	for _, item := range items {
		if item.Config.Quota != nil && matchStart(item.Pattern, spec) {
			quota = *item.Config.Quota
		}
	}
	return quota
}

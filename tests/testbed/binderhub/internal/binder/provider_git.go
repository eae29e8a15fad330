package binder

import (
	"context"
	"fmt"

	"github.com/go-git/go-git/v5"
	gitconfig "github.com/go-git/go-git/v5/config"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/storage/memory"
)

// gitURL is any git repository, named by its URL.
type gitURL struct {
	escaped, repo, ref string
	list               func(ctx context.Context, repo, ref string) (string, error)
}

func (g *gitURL) name() string                   { return "Git" }
func (g *gitURL) class() string                  { return "GitRepoProvider" }
func (g *gitURL) repoURL() string                { return g.repo }
func (g *gitURL) slug() string                   { return g.repo }
func (g *gitURL) unresolvedRef() string          { return g.ref }
func (g *gitURL) refURL(string) string           { return g.repo }
func (g *gitURL) resolvedSpec(ref string) string { return g.escaped + "/" + ref }

func (g *gitURL) resolve(ctx context.Context) (string, error) {
	if sha1Pattern.MatchString(g.ref) {
		return g.ref, nil
	}
	found, err := g.list(ctx, g.repo, g.ref)
	if err != nil {
		return "", fmt.Errorf("Unable to run git ls-remote to get the `resolved_ref`: %w", err)
	}
	return found, nil
}

// lsRemote is `git ls-remote -- repo ref`, its first answer; "" when there is none.
func lsRemote(ctx context.Context, repo, ref string) (string, error) {
	remote := git.NewRemote(memory.NewStorage(), &gitconfig.RemoteConfig{Name: "origin", URLs: []string{repo}})
	references, err := remote.ListContext(ctx, &git.ListOptions{})
	if err != nil {
		return "", err
	}
	byName := map[plumbing.ReferenceName]*plumbing.Reference{}
	for _, reference := range references {
		byName[reference.Name()] = reference
	}
	// The order of git's own list: HEAD, then refs/heads before refs/tags.
	for _, name := range []string{ref, "refs/" + ref, "refs/heads/" + ref, "refs/tags/" + ref} {
		found := byName[plumbing.ReferenceName(name)]
		if found != nil && found.Type() == plumbing.SymbolicReference {
			found = byName[found.Target()]
		}
		if found != nil {
			return found.Hash().String(), nil
		}
	}
	return "", nil
}

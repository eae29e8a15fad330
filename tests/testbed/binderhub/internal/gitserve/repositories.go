package gitserve

import (
	"embed"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"time"

	"github.com/go-git/go-billy/v5/memfs"
	"github.com/go-git/go-billy/v5/util"
	"github.com/go-git/go-git/v5"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/object"
	"github.com/go-git/go-git/v5/plumbing/storer"
	"github.com/go-git/go-git/v5/storage/memory"
)

//go:embed all:examples
var examples embed.FS

// Examples are the repositories that come with the program, by name.
func Examples() (map[string]storer.Storer, error) {
	files, err := fs.Sub(examples, "examples")
	if err != nil {
		return nil, err
	}
	return folders(files)
}

// Open serves each folder in dir under its name: a git repository as it is, any other as one commit of
// its files, the same commit each time.
func Open(dir string) (map[string]storer.Storer, error) {
	found, err := folders(os.DirFS(dir))
	if err != nil {
		return nil, err
	}
	for name := range found {
		if repository, err := git.PlainOpen(filepath.Join(dir, name)); err == nil {
			found[name] = repository.Storer
		}
	}
	return found, nil
}

func folders(root fs.FS) (map[string]storer.Storer, error) {
	entries, err := fs.ReadDir(root, ".")
	if err != nil {
		return nil, err
	}
	found := map[string]storer.Storer{}
	for _, entry := range entries {
		if !entry.IsDir() {
			continue
		}
		files, err := fs.Sub(root, entry.Name())
		if err != nil {
			return nil, err
		}
		if found[entry.Name()], err = commit(files); err != nil {
			return nil, fmt.Errorf("%s: %w", entry.Name(), err)
		}
	}
	return found, nil
}

// author writes the commits; a fixed date makes a fixed commit.
var author = object.Signature{Name: "Test bed", Email: "testbed@example.org",
	When: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}

// commit makes a repository in memory whose branch main holds files.
func commit(files fs.FS) (storer.Storer, error) {
	store, tree := memory.NewStorage(), memfs.New()
	repository, err := git.InitWithOptions(store, tree, git.InitOptions{DefaultBranch: plumbing.Main})
	if err != nil {
		return nil, err
	}
	err = fs.WalkDir(files, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := fs.ReadFile(files, name)
		if err != nil {
			return err
		}
		return util.WriteFile(tree, path.Join("/", name), data, 0o644)
	})
	if err != nil {
		return nil, err
	}
	worktree, err := repository.Worktree()
	if err != nil {
		return nil, err
	}
	if err := worktree.AddWithOptions(&git.AddOptions{All: true}); err != nil {
		return nil, err
	}
	_, err = worktree.Commit("The files of this folder", &git.CommitOptions{Author: &author})
	return store, err
}

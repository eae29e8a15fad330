package build

import (
	"archive/tar"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/go-git/go-git/v5"
	"github.com/go-git/go-git/v5/plumbing"
)

// clone checks a ref of a repository out into dir and returns its commit.
func clone(ctx context.Context, repo, ref, dir string) (string, error) {
	options := &git.CloneOptions{URL: repo, RecurseSubmodules: git.DefaultSubmoduleRecursionDepth}
	repository, err := git.PlainCloneContext(ctx, dir, false, options)
	if err != nil {
		return "", err
	}
	if ref == "" {
		ref = "HEAD"
	}
	hash, err := repository.ResolveRevision(plumbing.Revision(ref))
	if err != nil {
		return "", err
	}
	tree, err := repository.Worktree()
	if err != nil {
		return "", err
	}
	return hash.String(), tree.Checkout(&git.CheckoutOptions{Hash: *hash, Force: true})
}

// findDockerfile looks where repo2docker does: only in binder/ or .binder/ when the repository has one.
func findDockerfile(dir string) (string, error) {
	place := "."
	for _, name := range []string{"binder", ".binder"} {
		if info, err := os.Stat(filepath.Join(dir, name)); err == nil && info.IsDir() {
			if place != "." {
				return "", errors.New("binder/ and .binder/ are both there: repo2docker accepts one of them")
			}
			place = name
		}
	}
	dockerfile := filepath.Join(place, "Dockerfile")
	if info, err := os.Stat(filepath.Join(dir, dockerfile)); err != nil || info.IsDir() {
		return "", errors.New("could not find a buildpack for this repository: no " + dockerfile +
			" (the test bed's double builds Dockerfiles only)")
	}
	return dockerfile, nil
}

// tarDir writes a build context: all of dir but its .git.
func tarDir(out io.Writer, dir string) error {
	archive := tar.NewWriter(out)
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil || name == "." {
			return err
		}
		if name == ".git" {
			return filepath.SkipDir
		}
		return addFile(archive, path, filepath.ToSlash(name), entry)
	})
	if err != nil {
		return err
	}
	return archive.Close()
}

func addFile(archive *tar.Writer, path, name string, entry fs.DirEntry) error {
	info, err := entry.Info()
	if err != nil {
		return err
	}
	link := ""
	if info.Mode()&fs.ModeSymlink != 0 {
		if link, err = os.Readlink(path); err != nil {
			return err
		}
	}
	header, err := tar.FileInfoHeader(info, link)
	if err != nil {
		return err
	}
	header.Name, header.Uid, header.Gid, header.Uname, header.Gname = name, 0, 0, "", ""
	if err := archive.WriteHeader(header); err != nil || !info.Mode().IsRegular() {
		return err
	}
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	_, err = io.Copy(archive, file)
	return err
}

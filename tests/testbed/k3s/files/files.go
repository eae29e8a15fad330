// Package files changes files so that a power cut leaves the old or the new one.
package files

import (
	"os"
	"path/filepath"
)

// Relink points base/name at the target, atomically.
func Relink(base, name, target string) error {
	link := filepath.Join(base, name)
	if now, err := os.Readlink(link); err == nil && now == target {
		return nil
	}
	if err := os.RemoveAll(link + "-tmp"); err != nil {
		return err
	}
	if err := os.Symlink(target, link+"-tmp"); err != nil {
		return err
	}
	return os.Rename(link+"-tmp", link)
}

// Write replaces a file atomically, and makes its folder.
func Write(path, text string, mode os.FileMode) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	staging := path + ".tmp"
	if err := os.WriteFile(staging, []byte(text), mode); err != nil {
		return err
	}
	if err := os.Chmod(staging, mode); err != nil {
		return err
	}
	return os.Rename(staging, path)
}

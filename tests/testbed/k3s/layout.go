package main

import (
	"os"
	"path/filepath"
)

// Layout is where the outer program has unpacked what it carries (containerd, runc, CNI plugins, kine,
// images, and this program): DATA/data/HASH, as k3s does it.
type Layout struct{ data, root string }

// findLayout takes it from this program's own place, DATA/data/HASH/bin/k3s-server.
func findLayout() (Layout, error) {
	self, err := os.Executable()
	if err != nil {
		return Layout{}, err
	}
	root := filepath.Dir(filepath.Dir(self))
	return Layout{data: filepath.Dir(root), root: root}, nil
}

func (l Layout) bin(name string) string { return filepath.Join(l.root, "bin", name) }

// environment puts the payload's programs first, and its libraries where its programs find them.
func (l Layout) environment() []string {
	return []string{
		"PATH=" + filepath.Join(l.root, "bin") + ":/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
		"LD_LIBRARY_PATH=" + filepath.Join(l.root, "lib"),
	}
}

// relink points base/name at the target, atomically.
func relink(base, name, target string) error {
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

// writeFile replaces a file atomically, and makes its folder.
func writeFile(path, text string, mode os.FileMode) error {
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

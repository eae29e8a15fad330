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

// enter puts the payload's programs first for this process and its children, and its libraries where those
// programs find them.
func (l Layout) enter() error {
	path := filepath.Join(l.root, "bin") + ":/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
	if err := os.Setenv("PATH", path); err != nil {
		return err
	}
	return os.Setenv("LD_LIBRARY_PATH", filepath.Join(l.root, "lib"))
}

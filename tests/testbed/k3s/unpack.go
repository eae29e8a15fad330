package main

import (
	"archive/zip"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// Layout is where the payload of this binary (containerd, runc, CNI plugins, kine, images) is unpacked:
// DATA/data/HASH, as k3s does it.
type Layout struct{ data, root string }

func (l Layout) bin(name string) string { return filepath.Join(l.root, "bin", name) }

// environment puts the payload's programs first, and its libraries where its programs find them.
func (l Layout) environment() []string {
	return []string{
		"PATH=" + filepath.Join(l.root, "bin") + ":/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
		"LD_LIBRARY_PATH=" + filepath.Join(l.root, "lib"),
	}
}

// unpack lays out the payload, a zip file behind the program's own bytes, unless it is there already.
func unpack(dataDir string) (Layout, error) {
	self, err := os.Executable()
	if err != nil {
		return Layout{}, err
	}
	payload, err := zip.OpenReader(self)
	if err != nil {
		return Layout{}, fmt.Errorf("this binary has no payload (%w): build it with tests/testbed/build.py", err)
	}
	defer payload.Close()
	base := filepath.Join(dataDir, "data")
	layout := Layout{data: base, root: filepath.Join(base, fingerprint(payload.File))}
	if _, err := os.Stat(layout.root); err != nil {
		if err := extract(payload.File, layout.root); err != nil {
			return Layout{}, fmt.Errorf("unpacking to %s: %w", layout.root, err)
		}
	}
	return layout, relink(base, "current", layout.root)
}

// fingerprint is made of the files' names, sizes and checksums: no need to read the payload for it.
func fingerprint(files []*zip.File) string {
	sum := sha256.New()
	for _, file := range files {
		fmt.Fprintf(sum, "%s %d %08x\n", file.Name, file.UncompressedSize64, file.CRC32)
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// extract writes into a folder beside the last one and renames it: a power cut leaves no half of it.
func extract(files []*zip.File, root string) error {
	staging := root + "-tmp"
	if err := os.RemoveAll(staging); err != nil {
		return err
	}
	for _, file := range files {
		if strings.HasSuffix(file.Name, "/") {
			continue
		}
		if err := extractFile(file, filepath.Join(staging, filepath.Clean("/"+file.Name))); err != nil {
			return err
		}
	}
	return os.Rename(staging, root)
}

func extractFile(file *zip.File, target string) error {
	if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
		return err
	}
	from, err := file.Open()
	if err != nil {
		return err
	}
	defer from.Close()
	to, err := os.OpenFile(target, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, file.Mode().Perm())
	if err != nil {
		return err
	}
	defer to.Close()
	if _, err := io.Copy(to, from); err != nil {
		return err
	}
	return to.Sync()
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

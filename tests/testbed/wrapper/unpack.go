package main

import (
	"archive/tar"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/klauspost/compress/zstd"
)

// The payload, a tar.zst, stands behind the program's own bytes; the file ends with its digest (64 hex
// digits), its length (8 bytes, big endian) and the magic.
const (
	magic       = "K3SSTAND"
	digestBytes = 64
	trailer     = digestBytes + 8 + len(magic)
)

// unpack lays the payload out under DATA/data/DIGEST, unless it is there already, and gives that folder.
// The digest is believed: whoever installed this binary has verified it whole.
func unpack(dataDir string) (string, error) {
	self, err := os.Open("/proc/self/exe")
	if err != nil {
		return "", err
	}
	defer self.Close()
	payload, digest, err := find(self)
	if err != nil {
		return "", err
	}
	base := filepath.Join(dataDir, "data")
	root := filepath.Join(base, digest)
	if _, err := os.Stat(root); err != nil {
		if err := extract(payload, root); err != nil {
			return "", fmt.Errorf("unpacking to %s: %w", root, err)
		}
	}
	return root, relink(filepath.Join(base, "current"), root)
}

func find(self *os.File) (io.Reader, string, error) {
	info, err := self.Stat()
	if err != nil {
		return nil, "", err
	}
	end := info.Size() - int64(trailer)
	tail := make([]byte, trailer)
	if _, err := self.ReadAt(tail, max(end, 0)); err != nil {
		return nil, "", err
	}
	if string(tail[digestBytes+8:]) != magic {
		return nil, "", errors.New("this binary has no payload: build it with tests/testbed/build.py")
	}
	length := int64(binary.BigEndian.Uint64(tail[digestBytes:]))
	return io.NewSectionReader(self, end-length, length), string(tail[:digestBytes]), nil
}

// extract writes into a folder beside the last one and renames it: a power cut leaves no half of it.
func extract(payload io.Reader, root string) error {
	staging := fmt.Sprintf("%s-tmp-%d", root, os.Getpid())
	defer os.RemoveAll(staging)
	stream, err := zstd.NewReader(payload)
	if err != nil {
		return err
	}
	defer stream.Close()
	files := tar.NewReader(stream)
	for {
		entry, err := files.Next()
		if errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return err
		}
		if entry.Typeflag != tar.TypeReg {
			continue
		}
		if err := write(filepath.Join(staging, filepath.Clean("/"+entry.Name)), files, entry.FileInfo().Mode().Perm()); err != nil {
			return err
		}
	}
	if err := os.Rename(staging, root); err != nil && !errors.Is(err, os.ErrExist) {
		if _, there := os.Stat(root); there != nil { // another k3s was first: fine
			return err
		}
	}
	return nil
}

func write(path string, from io.Reader, mode os.FileMode) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	to, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, mode)
	if err != nil {
		return err
	}
	defer to.Close()
	if _, err := io.Copy(to, from); err != nil {
		return err
	}
	return to.Sync()
}

// relink points a link at the target, atomically.
func relink(link, target string) error {
	if now, err := os.Readlink(link); err == nil && now == target {
		return nil
	}
	staging := fmt.Sprintf("%s-tmp-%d", link, os.Getpid())
	if err := os.Symlink(target, staging); err != nil {
		return err
	}
	return os.Rename(staging, link)
}

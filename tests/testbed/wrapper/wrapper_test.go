package main

import (
	"archive/tar"
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
)

// carrier writes a file that ends as the stand-in does: program, payload, digest, length, magic.
func carrier(t *testing.T, files map[string]string) *os.File {
	t.Helper()
	var payload bytes.Buffer
	packer, err := zstd.NewWriter(&payload)
	if err != nil {
		t.Fatal(err)
	}
	archive := tar.NewWriter(packer)
	for name, text := range files {
		_ = archive.WriteHeader(&tar.Header{Name: name, Mode: 0o755, Size: int64(len(text)), Typeflag: tar.TypeReg})
		_, _ = archive.Write([]byte(text))
	}
	_ = archive.Close()
	_ = packer.Close()
	text := append([]byte("program"), payload.Bytes()...)
	text = append(text, strings.Repeat("a", digestBytes)...)
	text = binary.BigEndian.AppendUint64(text, uint64(payload.Len()))
	path := filepath.Join(t.TempDir(), "k3s")
	if err := os.WriteFile(path, append(text, magic...), 0o755); err != nil {
		t.Fatal(err)
	}
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { file.Close() })
	return file
}

func TestPayloadIsFoundAndLaidOut(t *testing.T) {
	payload, digest, err := find(carrier(t, map[string]string{"bin/a": "A", "../../etc/b": "B"}))
	if err != nil || digest != strings.Repeat("a", digestBytes) {
		t.Fatal(digest, err)
	}
	root := filepath.Join(t.TempDir(), "data", digest)
	if err := extract(payload, root); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"bin/a": "A", "etc/b": "B"} { // nothing gets out of the folder
		if got, err := os.ReadFile(filepath.Join(root, name)); err != nil || string(got) != want {
			t.Errorf("%s: %q %v", name, got, err)
		}
	}
	left, _ := filepath.Glob(root + "-tmp-*")
	if len(left) > 0 {
		t.Error("left behind: ", left)
	}
}

func TestBareProgramSaysWhatItLacks(t *testing.T) {
	path := filepath.Join(t.TempDir(), "k3s")
	_ = os.WriteFile(path, []byte(strings.Repeat("program", 100)), 0o755)
	file, _ := os.Open(path)
	defer file.Close()
	if _, _, err := find(file); err == nil || !strings.Contains(err.Error(), "no payload") {
		t.Error(err)
	}
}

func TestDataDirIsFoundInFlagsAndFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config.yaml")
	_ = os.WriteFile(path, []byte("node-name: x\ndata-dir: \"/from/file\" # there\n"), 0o600)
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{"--config", path}, "/from/file"},
		{[]string{"-c=" + path, "--data-dir=/from/flag"}, "/from/flag"},
		{[]string{"-d", "/d"}, "/d"},
		{[]string{"--config", path + ".none"}, defaultDataDir},
	} {
		if got := dataDir(test.args); got != test.want {
			t.Errorf("%v: %s, want %s", test.args, got, test.want)
		}
	}
}

package image

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func read(t *testing.T, archive []byte) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	reader := tar.NewReader(bytes.NewReader(archive))
	for {
		header, err := reader.Next()
		if err == io.EOF {
			return files
		}
		if err != nil {
			t.Fatal(err)
		}
		data, _ := io.ReadAll(reader)
		files[header.Name] = append(data, header.Linkname...)
	}
}

func TestImagesHoldTogether(t *testing.T) {
	program := filepath.Join(t.TempDir(), "program")
	if err := os.WriteFile(program, []byte("the program"), 0o755); err != nil {
		t.Fatal(err)
	}
	for name, user := range map[string]string{Session: "1000:100", Double: ""} {
		var out, again bytes.Buffer
		if err := Write(&out, name, program); err != nil {
			t.Fatal(err)
		}
		if err := Write(&again, name, program); err != nil || !bytes.Equal(out.Bytes(), again.Bytes()) {
			t.Errorf("%s: not the same archive twice (%v)", name, err)
		}
		files := read(t, out.Bytes())
		var manifest []struct {
			Config           string
			RepoTags, Layers []string
		}
		if err := json.Unmarshal(files["manifest.json"], &manifest); err != nil {
			t.Fatal(err)
		}
		var config struct {
			Config struct{ User string }
			Rootfs struct {
				Diffs []string `json:"diff_ids"`
			}
		}
		if err := json.Unmarshal(files[manifest[0].Config], &config); err != nil {
			t.Fatal(err)
		}
		layer := files[manifest[0].Layers[0]]
		digest := sha256.Sum256(layer)
		if want := "sha256:" + hex.EncodeToString(digest[:]); !slices.Equal(config.Rootfs.Diffs, []string{want}) {
			t.Errorf("%s: layer %s, config says %v", name, want, config.Rootfs.Diffs)
		}
		if config.Config.User != user || manifest[0].RepoTags[0] != name {
			t.Errorf("%s: user %q, tag %v", name, config.Config.User, manifest[0].RepoTags)
		}
		content := read(t, layer)
		if string(content["usr/local/bin/binderhub-double"]) != "the program" ||
			string(content["usr/local/bin/jupyter-lab"]) != "binderhub-double" {
			t.Errorf("%s: the program or its names are missing", name)
		}
	}
}

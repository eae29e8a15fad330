// Package image writes images that docker and containerd load, out of this program and nothing else.
package image

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"os"
	"runtime"
	"time"
)

// Session is the image that test repositories build FROM.
const Session = "docker.io/testbed/session:1"

// Double is the image of everything else.
const Double = "docker.io/testbed/binderhub-double:1"

// program is where the binary is in the image; the other names are links to it (see main.go).
const program = "usr/local/bin/binderhub-double"

// Names are the programs that the binary stands for, by the name it is called with.
var Names = []string{"jupyter-repo2docker", "jupyterhub", "configurable-http-proxy", "jupyter-lab", "jupyterhub-singleuser", "binderhub",
	"docker-image-cleaner"}

// epoch is the date of everything in an image, so that the same binary makes the same image.
var epoch = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

const passwd = "root:x:0:0:root:/root:/bin/false\njovyan:x:1000:100:jovyan:/home/jovyan:/bin/false\n" +
	"nobody:x:65534:65534:nobody:/:/bin/false\n"

// Write writes a docker-archive of one image with the binary at path in it. The session image runs as
// jovyan (1000) in its home.
func Write(out io.Writer, name, path string) error {
	binary, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	layer := layerOf(binary)
	digest := sha256.Sum256(layer)
	config, _ := json.Marshal(configOf(name, hex.EncodeToString(digest[:])))
	configDigest := sha256.Sum256(config)
	configName := hex.EncodeToString(configDigest[:]) + ".json"
	manifest, _ := json.Marshal([]map[string]any{{
		"Config": configName, "RepoTags": []string{name}, "Layers": []string{"layer.tar"}}})
	archive := tar.NewWriter(out)
	for _, file := range []struct {
		name string
		data []byte
	}{{"layer.tar", layer}, {configName, config}, {"manifest.json", manifest}} {
		if err := add(archive, header(file.name, tar.TypeReg, 0o644), file.data); err != nil {
			return err
		}
	}
	return archive.Close()
}

func configOf(name, layerDigest string) map[string]any {
	process := map[string]any{
		"Entrypoint": []string{"/" + program}, "WorkingDir": "/",
		"Env": []string{"PATH=/usr/local/bin", "HOME=/root"},
	}
	if name == Session {
		process["User"], process["WorkingDir"] = "1000:100", "/home/jovyan"
		process["Env"] = []string{"PATH=/usr/local/bin", "HOME=/home/jovyan"}
		process["Cmd"] = []string{"jupyter-lab"}
	}
	return map[string]any{
		"architecture": runtime.GOARCH, "os": "linux", "created": epoch.Format(time.RFC3339), "config": process,
		"history": []map[string]any{{"created": epoch.Format(time.RFC3339), "created_by": "binderhub-double image"}},
		"rootfs":  map[string]any{"type": "layers", "diff_ids": []string{"sha256:" + layerDigest}},
	}
}

func layerOf(binary []byte) []byte {
	var buffer bytes.Buffer
	layer := tar.NewWriter(&buffer)
	// Writes to a buffer do not fail.
	for _, dir := range []string{"etc/", "home/", "root/", "srv/", "usr/", "usr/local/", "usr/local/bin/", "var/", "var/run/"} {
		_ = add(layer, header(dir, tar.TypeDir, 0o755), nil)
	}
	_ = add(layer, header("tmp/", tar.TypeDir, 0o1777), nil)
	home := header("home/jovyan/", tar.TypeDir, 0o755)
	home.Uid, home.Gid = 1000, 100
	_ = add(layer, home, nil)
	_ = add(layer, header("etc/passwd", tar.TypeReg, 0o644), []byte(passwd))
	_ = add(layer, header(program, tar.TypeReg, 0o755), binary)
	for _, name := range Names {
		link := header("usr/local/bin/"+name, tar.TypeSymlink, 0o777)
		link.Linkname = "binderhub-double"
		_ = add(layer, link, nil)
	}
	_ = layer.Close()
	return buffer.Bytes()
}

func header(name string, kind byte, mode int64) *tar.Header {
	return &tar.Header{Name: name, Typeflag: kind, Mode: mode, ModTime: epoch, Format: tar.FormatUSTAR}
}

func add(archive *tar.Writer, h *tar.Header, data []byte) error {
	h.Size = int64(len(data))
	if err := archive.WriteHeader(h); err != nil {
		return err
	}
	_, err := archive.Write(data)
	return err
}

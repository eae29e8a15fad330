package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"binder.test/k3s/files"
)

const imagesEvery = 2 * time.Second

// archive types that k3s imports from agent/images; lists of images to pull (.txt) are not in the stand-in.
var archives = regexp.MustCompile(`\.(tar|tar\.gz|tgz|tar\.zst|tzst)$`)

var unpacking = regexp.MustCompile(`(?m)^unpacking (\S+) \(`)

// Importer puts image archives into containerd, pinned, as k3s does. What it has done it notes inside
// containerd's own root: an emptied store is filled again.
type Importer struct {
	node  Node
	done  map[string]string // file to its stamp
	seen  map[string]string
	state string
}

func newImporter(node Node) *Importer {
	importer := &Importer{node: node, done: map[string]string{}, seen: map[string]string{}, state: node.agent("containerd", "imported.json")}
	if text, err := os.ReadFile(importer.state); err == nil {
		if err := json.Unmarshal(text, &importer.done); err != nil {
			log.Printf("k3s (stand-in): %s: %v; importing all images again", importer.state, err)
		}
	}
	return importer
}

// start imports everything there is; called before the kubelet runs, so that no pod pulls what is at hand.
func (i *Importer) start(ctx context.Context) error {
	files, err := filepath.Glob(filepath.Join(i.node.Layout.root, "images", "*.tar"))
	if err != nil {
		return err
	}
	for _, file := range files {
		if err := i.once(ctx, file); err != nil {
			return err
		}
	}
	for _, file := range i.folder() {
		if err := i.once(ctx, file); err != nil {
			log.Printf("k3s (stand-in): %v", err)
		}
	}
	return nil
}

// watch imports what appears or changes later, once it has stopped growing.
func (i *Importer) watch(ctx context.Context) {
	for ctx.Err() == nil {
		time.Sleep(imagesEvery)
		for _, file := range i.folder() {
			now := stamp(file)
			settled := i.seen[file] == now
			i.seen[file] = now
			if !settled || now == "" || i.done[file] == now {
				continue
			}
			if err := i.once(ctx, file); err != nil && ctx.Err() == nil {
				log.Printf("k3s (stand-in): %v", err)
				i.done[file] = now // not again until it changes
			}
		}
	}
}

func (i *Importer) folder() []string {
	found := []string{}
	entries, err := os.ReadDir(i.node.agent("images"))
	if err != nil {
		return found
	}
	for _, entry := range entries {
		if archives.MatchString(entry.Name()) {
			found = append(found, i.node.agent("images", entry.Name()))
		}
	}
	return found
}

func stamp(file string) string {
	info, err := os.Stat(file)
	if err != nil {
		return ""
	}
	return fmt.Sprintf("%d %d", info.Size(), info.ModTime().UnixNano())
}

func (i *Importer) once(ctx context.Context, file string) error {
	now := stamp(file)
	if now == "" || i.done[file] == now {
		return nil
	}
	begun := time.Now()
	out, err := i.ctr(ctx, "images", "import", "--local", file)
	if err != nil {
		return fmt.Errorf("importing %s: %w: %s", file, err, strings.TrimSpace(out))
	}
	names := []string{}
	for _, match := range unpacking.FindAllStringSubmatch(out, -1) {
		names = append(names, match[1])
		if out, err := i.ctr(ctx, "images", "label", match[1], "io.cri-containerd.pinned=pinned"); err != nil {
			return fmt.Errorf("pinning %s: %w: %s", match[1], err, strings.TrimSpace(out))
		}
	}
	log.Printf("k3s (stand-in): imported %s in %.1f s: %s", file, time.Since(begun).Seconds(), strings.Join(names, " "))
	i.done[file] = now
	text, err := json.Marshal(i.done)
	if err != nil {
		return err
	}
	return files.Write(i.state, string(text), 0o600)
}

func (i *Importer) ctr(ctx context.Context, args ...string) (string, error) {
	command := exec.CommandContext(ctx, i.node.Layout.bin("ctr"), append([]string{"-a", containerdSocket, "-n", "k8s.io"}, args...)...)
	out, err := command.CombinedOutput()
	return string(out), err
}

package build

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"binderhubdouble/internal/docker"
	"binderhubdouble/internal/image"
)

// localBase is the base image's name for builds. Where the daemon keeps images in containerd, BuildKit asks the
// name's registry before its own store; this one refuses at once, wherever the test bed runs.
const (
	baseRepository, baseTag = "localhost:1/testbed/session", "1"
	localBase               = baseRepository + ":" + baseTag
)

// logger writes repo2docker's JSON lines.
type logger struct {
	mutex sync.Mutex
	out   io.Writer
}

func (l *logger) say(phase, message string) {
	line, _ := json.Marshal(map[string]string{"message": message, "phase": phase})
	l.mutex.Lock()
	defer l.mutex.Unlock()
	fmt.Fprintln(l.out, string(line))
}

// Run does the whole build and says so on out; the error has been said there too.
func Run(ctx context.Context, o Options, out io.Writer) error {
	log := &logger{out: out}
	dir, err := os.MkdirTemp("", "repo2docker")
	if err == nil {
		defer os.RemoveAll(dir)
		err = steps(ctx, o, dir, log)
	}
	if err != nil {
		log.say("failed", fmt.Sprintf("Error during build: %v\n", err))
	}
	return err
}

func steps(ctx context.Context, o Options, dir string, log *logger) error {
	if err := readDataverses(ctx); err != nil {
		return err
	}
	log.say("fetching", "Picked Git content provider.\n")
	log.say("fetching", fmt.Sprintf("Cloning into '%s'...\n", dir))
	commit, err := clone(ctx, o.Repo, o.Ref, dir)
	if err != nil {
		return fmt.Errorf("failed to clone %s at %s: %w", o.Repo, o.Ref, err)
	}
	log.say("fetching", fmt.Sprintf("HEAD is now at %s\n", commit[:7]))
	dockerfile, err := findDockerfile(dir)
	if err != nil {
		return err
	}
	log.say("building", "Using DockerBuildPack builder\n")
	daemon := docker.New(o.Socket)
	if err := ensureBase(ctx, daemon, log); err != nil {
		return err
	}
	if err := buildImage(ctx, daemon, o, dir, dockerfile, log); err != nil {
		return err
	}
	if !o.Push {
		return nil
	}
	log.say("building", fmt.Sprintf("Pushing image to %s\n", o.Image))
	username, password := credentials(o.DockerConfig, o.Image)
	return daemon.Push(ctx, o.Image, username, password, func(m string) { log.say("building", m) })
}

// ensureBase gives the daemon the base image of test repositories, made of this program, when it has none.
func ensureBase(ctx context.Context, daemon *docker.Client, log *logger) error {
	there, err := daemon.HasImage(ctx, localBase)
	if err != nil || there {
		return err
	}
	program, err := os.Executable()
	if err != nil {
		return err
	}
	log.say("building", "Loading the test bed's base image "+image.Session+"\n")
	read, write := io.Pipe()
	go func() { write.CloseWithError(image.Write(write, image.Session, program)) }()
	defer read.Close()
	if err := daemon.Load(ctx, read, func(m string) { log.say("building", m) }); err != nil {
		return err
	}
	return daemon.Tag(ctx, image.Session, baseRepository, baseTag)
}

func buildImage(ctx context.Context, daemon *docker.Client, o Options, dir, dockerfile string, log *logger) error {
	if err := prepare(filepath.Join(dir, dockerfile), o.Appendix); err != nil {
		return err
	}
	labels := map[string]string{"repo2docker.ref": o.Ref, "repo2docker.repo": o.Repo, "repo2docker.version": "double"}
	address, stop, err := serveContext(dir)
	if err != nil {
		return err
	}
	defer stop()
	return daemon.Build(ctx, o.Image, dockerfile, address, labels, func(m string) { log.say("building", m) })
}

// prepare appends the appendix, and calls the base image by its local name.
func prepare(dockerfile, appendix string) error {
	text, err := os.ReadFile(dockerfile)
	if err != nil {
		return err
	}
	written := strings.ReplaceAll(string(text), "FROM "+image.Session, "FROM "+localBase)
	if appendix != "" {
		written += "\n" + appendix + "\n"
	}
	if written == string(text) {
		return nil
	}
	return os.WriteFile(dockerfile, []byte(written), 0o644)
}

// credentials are those of the image's registry in docker's config.json; a key's scheme is ignored.
func credentials(path, name string) (string, string) {
	var file struct {
		Auths map[string]struct{ Auth string }
	}
	data, _ := os.ReadFile(path)
	_ = json.Unmarshal(data, &file)
	host, _, _ := strings.Cut(name, "/")
	for key, entry := range file.Auths {
		if _, rest, found := strings.Cut(key, "://"); found {
			key = rest
		}
		if key, _, _ = strings.Cut(key, "/"); key == host {
			decoded, _ := base64.StdEncoding.DecodeString(entry.Auth)
			username, password, _ := strings.Cut(string(decoded), ":")
			return username, password
		}
	}
	return "", ""
}

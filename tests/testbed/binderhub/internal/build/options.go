// Package build stands for repo2docker in a build pod: clone, docker build, docker push. It builds
// repositories with a Dockerfile; the other buildpacks need what the internet holds.
package build

import (
	"fmt"
	"strings"
)

// Options are the arguments of jupyter-repo2docker that BinderHub uses.
type Options struct {
	Ref, Image, Appendix, Repo string
	Push                       bool
	Socket, DockerConfig       string
}

// Parse reads repo2docker's command line. Unknown options with one dot, such as
// --Repo2Docker.default_buildpack=None, are traitlets and change nothing here.
func Parse(args []string) (Options, error) {
	o := Options{Socket: "/var/run/docker.sock", DockerConfig: "/root/.docker/config.json"}
	for i := 0; i < len(args); i++ {
		name, value, hasValue := strings.Cut(args[i], "=")
		target := map[string]*string{"--ref": &o.Ref, "--image": &o.Image, "--image-name": &o.Image,
			"--appendix": &o.Appendix, "--user-name": new(string), "--user-id": new(string)}[name]
		switch {
		case target != nil && hasValue:
			*target = value
		case target != nil && i+1 < len(args):
			i++
			*target = args[i]
		case name == "--push":
			o.Push = true
		case name == "--no-clean" || name == "--no-run" || name == "--json-logs" || isTrait(name):
		case strings.HasPrefix(name, "-"):
			return o, fmt.Errorf("jupyter-repo2docker: error: unrecognized arguments: %s", args[i])
		case o.Repo != "":
			return o, fmt.Errorf("jupyter-repo2docker: error: more than one repository: %s %s", o.Repo, args[i])
		default:
			o.Repo = args[i]
		}
	}
	if o.Repo == "" || o.Image == "" {
		return o, fmt.Errorf("jupyter-repo2docker: error: a repository and --image are needed")
	}
	return o, nil
}

func isTrait(name string) bool { return strings.HasPrefix(name, "--") && strings.Contains(name, ".") }

// Command binderhub-double is the test bed's BinderHub: one program for every container of the chart beside
// it. The name it is called by, or its first argument, says which part it plays.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"syscall"

	_ "golang.org/x/crypto/x509roots/fallback" // images without /etc/ssl: for git over https

	"binderhubdouble/internal/image"
	"binderhubdouble/internal/tool"
)

// parts are the programs in this program.
var parts = map[string]func(ctx context.Context, args []string) error{
	"binderhub":               runBinder,
	"jupyterhub":              runHub,
	"configurable-http-proxy": runProxy,
	"jupyter-lab":             runSession,
	"jupyterhub-singleuser":   runSession,
	"jupyter-repo2docker":     runBuild,
	"docker-image-cleaner":    runCleaner,
	"git-serve":               runGitServe,
	"image":                   runImage,
	"tool":                    func(_ context.Context, args []string) error { return exitCode(tool.Run(args)) },
}

const usage = `usage: binderhub-double PART [ARGUMENT...]

  binderhub --config FILE      BinderHub's API, from the chart's values
  jupyterhub --config FILE     JupyterHub with its spawner and culler
  configurable-http-proxy      the proxy in front of both the hub and the sessions
  jupyter-lab                  the single-user server in a session's image; jupyterhub-singleuser asks the hub
                               who knocks
  jupyter-repo2docker          clone, build and push, in a build pod
  docker-image-cleaner         prunes images when the disk is full
  git-serve DIR|--examples [ADDRESS]
                               git repositories over HTTP: each folder of DIR
  image NAME                   writes an image with this program in it to standard output;
                               NAME is docker.io/testbed/binderhub-double:1 or docker.io/testbed/session:1
  tool ...                     for Dockerfiles and memory tests: see internal/tool
`

// exitCode is an error that carries the code to exit with and has been explained already.
type exitCode int

func (e exitCode) Error() string { return fmt.Sprintf("exit code %d", int(e)) }

func main() {
	name, args := filepath.Base(os.Args[0]), os.Args[1:]
	if !slices.Contains(image.Names, name) {
		if len(args) == 0 || parts[args[0]] == nil {
			fmt.Fprint(os.Stderr, usage)
			os.Exit(2)
		}
		name, args = args[0], args[1:]
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	err := parts[name](ctx, args)
	var code exitCode
	switch {
	case errors.As(err, &code):
		os.Exit(int(code))
	case err != nil && ctx.Err() == nil:
		fmt.Fprintf(os.Stderr, "%s: %v\n", name, err)
		os.Exit(1)
	}
}

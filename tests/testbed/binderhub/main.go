// Command binderhub-double is the test bed's BinderHub: one program for every container of the chart beside
// it. The name it is called by, or its first argument, says which part it plays.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	_ "golang.org/x/crypto/x509roots/fallback" // images without /etc/ssl: for git over https
)

// parts are the programs in this program.
var parts = map[string]func(ctx context.Context, args []string) error{
	"binderhub":            runBinder,
	"docker-image-cleaner": runCleaner,
	"git-serve":            runGitServe,
}

const usage = `usage: binderhub-double PART [ARGUMENT...]

  binderhub --config FILE      BinderHub's API, from the chart's values
  docker-image-cleaner         prunes images when the disk is full
  git-serve DIR|--examples [ADDRESS]
                               git repositories over HTTP: each folder of DIR
`

func main() {
	name, args := filepath.Base(os.Args[0]), os.Args[1:]
	if parts[name] == nil {
		if len(args) == 0 || parts[args[0]] == nil {
			fmt.Fprint(os.Stderr, usage)
			os.Exit(2)
		}
		name, args = args[0], args[1:]
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	err := parts[name](ctx, args)
	if err != nil && ctx.Err() == nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", name, err)
		os.Exit(1)
	}
}

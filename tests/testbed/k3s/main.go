// k3s-server is what the stand-in's outer program (../wrapper) becomes for `k3s server` and `k3s kubectl`: the
// command line, files and paths of k3s around genuine Kubernetes components.
package main

import (
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	name, args := filepath.Base(os.Args[0]), os.Args[1:]
	if component(name) == nil && len(args) > 0 {
		name, args = args[0], args[1:]
	}
	if err := dispatch(name, args); err != nil {
		fmt.Fprintf(os.Stderr, "k3s (stand-in): %v\n", err)
		os.Exit(1)
	}
}

// dispatch runs a command; under a component's name this program is that component.
func dispatch(name string, args []string) error {
	switch name {
	case "server":
		return runServer(args)
	case "kubectl":
		return runKubectl(args)
	}
	if component(name) != nil {
		return runComponent(name, args)
	}
	return fmt.Errorf("%q is not a command of k3s-server", name)
}

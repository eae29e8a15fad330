// k3s, the stand-in: the command line, files and paths of k3s around genuine Kubernetes components, for
// tests on machines that cannot download the real one. It says that it is a stand-in wherever it can.
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"

	"k8s.io/component-base/version"
)

const usage = `k3s stand-in: genuine Kubernetes components behind k3s' command line and files (not k3s itself)

usage: k3s server [flags]     run the node (config: /etc/rancher/k3s/config.yaml)
       k3s kubectl ...        kubectl with /etc/rancher/k3s/k3s.yaml
       k3s ctr ...            ctr on k3s' containerd
       k3s --version
`

func main() {
	name, args := filepath.Base(os.Args[0]), os.Args[1:]
	if name == "k3s" || !isCommand(name) {
		if len(args) == 0 {
			fmt.Print(usage)
			return
		}
		name, args = args[0], args[1:]
	}
	if err := dispatch(name, args); err != nil {
		fmt.Fprintf(os.Stderr, "k3s (stand-in): %v\n", err)
		os.Exit(1)
	}
}

// isCommand tells whether a link of that name to this binary is one of its commands (k3s is a multi-call
// binary: kubectl, ctr and crictl may be links to it, and it starts its own components so).
func isCommand(name string) bool {
	return name == "kubectl" || name == "ctr" || name == "crictl" || component(name) != nil
}

func dispatch(name string, args []string) error {
	switch name {
	case "server":
		return runServer(args)
	case "kubectl":
		return runKubectl(args)
	case "ctr":
		return runCtr(args)
	case "--version", "-v", "version":
		fmt.Printf("k3s version %s (testbed)\ngo version %s\n", version.Get().GitVersion, runtime.Version())
		return nil
	case "help", "--help", "-h":
		fmt.Print(usage)
		return nil
	}
	if component(name) != nil {
		return runComponent(name, args)
	}
	return fmt.Errorf("%q is not in the stand-in (see: k3s --help)", name)
}

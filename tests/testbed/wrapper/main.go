// k3s, the stand-in's outer program: like the real one it carries its programs compressed, unpacks them
// once to /var/lib/rancher/k3s/data/HASH, and becomes the one that is asked for. It is small, so that what
// needs none of them (`k3s --version`) costs nothing.
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"syscall"
)

// version is set by the build: that of the Kubernetes inside, marked as the stand-in's.
var version = "unknown"

const usage = `k3s stand-in: genuine Kubernetes components behind k3s' command line and files (not k3s itself)

usage: k3s server [flags]     run the node (config: /etc/rancher/k3s/config.yaml)
       k3s kubectl ...        kubectl with /etc/rancher/k3s/k3s.yaml
       k3s ctr ...            ctr on k3s' containerd
       k3s --version
`

func main() {
	name, args := filepath.Base(os.Args[0]), os.Args[1:]
	if !slices.Contains([]string{"kubectl", "ctr"}, name) { // k3s is a multi-call binary: links to it are commands
		name = "--help"
		if len(args) > 0 {
			name, args = args[0], args[1:]
		}
	}
	if err := run(name, args); err != nil {
		fmt.Fprintf(os.Stderr, "k3s (stand-in): %v\n", err)
		os.Exit(1)
	}
}

func run(name string, args []string) error {
	switch name {
	case "--help", "-h", "help":
		fmt.Print(usage)
		return nil
	case "--version", "-v":
		fmt.Printf("k3s version %s (testbed)\ngo version %s\n", version, runtime.Version())
		return nil
	case "server", "kubectl":
		root, err := unpack(dataDir(args))
		if err != nil {
			return err
		}
		return become(filepath.Join(root, "bin", "k3s-server"), append([]string{os.Args[0], name}, args...))
	case "ctr":
		root, err := unpack(defaultDataDir)
		if err != nil {
			return err
		}
		for key, value := range map[string]string{
			"LD_LIBRARY_PATH": filepath.Join(root, "lib"), "CONTAINERD_NAMESPACE": "k8s.io",
			"CONTAINERD_ADDRESS": "/run/k3s/containerd/containerd.sock",
		} {
			if os.Getenv(key) == "" {
				_ = os.Setenv(key, value)
			}
		}
		return become(filepath.Join(root, "bin", "ctr"), append([]string{"ctr"}, args...))
	}
	return fmt.Errorf("%q is not in the stand-in (see: k3s --help)", name)
}

func become(path string, args []string) error {
	return fmt.Errorf("%s: %w", path, syscall.Exec(path, args, os.Environ()))
}

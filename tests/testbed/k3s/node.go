package main

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"

	utilnet "k8s.io/apimachinery/pkg/util/net"

	"binder.test/k3s/files"
	"binder.test/k3s/settings"
)

const (
	containerdSocket = "/run/k3s/containerd/containerd.sock"
	containerdState  = "/run/k3s/containerd"
	defaultPause     = "docker.io/testbed/pause:3.10"
)

// Node is everything the components' arguments are made of.
type Node struct {
	settings.Config
	Layout   Layout
	DataDir  string
	Name     string
	IP       string
	PodCIDR  string // of the cluster; the node's own part comes from its API object
	Services string // service CIDR
	DNS      string
	Domain   string
	Port     string
	Resolv   string
}

func (n Node) server(parts ...string) string {
	return filepath.Join(append([]string{n.DataDir, "server"}, parts...)...)
}

func (n Node) agent(parts ...string) string {
	return filepath.Join(append([]string{n.DataDir, "agent"}, parts...)...)
}

func (n Node) tls(name string) string { return n.server("tls", name) }

// newNode completes the settings with k3s' defaults and what the machine says of itself.
func newNode(config settings.Config) (Node, error) {
	hostname, err := os.Hostname()
	if err != nil {
		return Node{}, err
	}
	node := Node{
		Config: config, DataDir: config.One("data-dir", settings.DefaultDataDir),
		Name:     strings.ToLower(config.One("node-name", hostname)),
		PodCIDR:  config.List("cluster-cidr", "10.42.0.0/16")[0],
		Services: config.List("service-cidr", "10.43.0.0/16")[0],
		Domain:   config.One("cluster-domain", "cluster.local"),
		Port:     config.One("https-listen-port", "6443"),
	}
	if node.IP, err = nodeIP(config); err != nil {
		return Node{}, err
	}
	if node.DNS, err = nthAddress(node.Services, 10); err != nil {
		return Node{}, err
	}
	node.DNS = config.List("cluster-dns", node.DNS)[0]
	if node.Layout, err = findLayout(); err != nil {
		return Node{}, err
	}
	node.Resolv, err = node.resolvConf()
	return node, err
}

// nodeIP is the configured address, or that of the interface of the default route (k3s wants one too).
func nodeIP(config settings.Config) (string, error) {
	if given := config.List("node-ip"); len(given) > 0 {
		return given[0], nil
	}
	address, err := utilnet.ChooseHostInterface()
	if err != nil {
		return "", fmt.Errorf("no node-ip and no default route: %w", err)
	}
	return address.String(), nil
}

// nthAddress is the n-th address of a network, as 10.43.0.10 of 10.43.0.0/16.
func nthAddress(cidr string, n byte) (string, error) {
	base, _, err := net.ParseCIDR(cidr)
	if err != nil {
		return "", err
	}
	four := base.To4()
	if four == nil {
		return "", fmt.Errorf("%s: the stand-in is for IPv4", cidr)
	}
	return net.IPv4(four[0], four[1], four[2], four[3]+n).String(), nil
}

// resolvConf finds a resolv.conf that works inside a pod: one with a server that is not on the loopback
// interface; k3s' own makeshift otherwise.
func (n Node) resolvConf() (string, error) {
	if given := n.One("resolv-conf", ""); given != "" {
		return given, nil
	}
	for _, path := range []string{"/etc/resolv.conf", "/run/systemd/resolve/resolv.conf"} {
		if text, err := os.ReadFile(path); err == nil && hasNameserver(string(text)) {
			return path, nil
		}
	}
	path := n.agent("etc", "resolv.conf")
	return path, files.Write(path, "nameserver 8.8.8.8\n", 0o644)
}

func hasNameserver(text string) bool {
	for _, line := range strings.Split(text, "\n") {
		fields := strings.Fields(line)
		if len(fields) < 2 || fields[0] != "nameserver" {
			continue
		}
		address := net.ParseIP(fields[1])
		if address != nil && !address.IsLoopback() {
			return true
		}
	}
	return false
}

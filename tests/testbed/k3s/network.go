package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"os/exec"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes"

	"binder.test/k3s/files"
)

// The kernel modules and settings that k3s sees to itself.
var (
	modules = []string{"overlay", "nf_conntrack", "br_netfilter", "ip_tables", "iptable_nat", "iptable_filter"}
	sysctls = []string{
		"net/ipv4/conf/all/forwarding", "net/ipv4/conf/default/forwarding",
		"net/bridge/bridge-nf-call-iptables",
	}
)

func prepareKernel() {
	for _, module := range modules {
		if out, err := exec.Command("modprobe", module).CombinedOutput(); err != nil {
			log.Printf("k3s (stand-in): modprobe %s: %v %s", module, err, strings.TrimSpace(string(out)))
		}
	}
	for _, name := range sysctls {
		if err := os.WriteFile("/proc/sys/"+name, []byte("1"), 0o644); err != nil {
			log.Printf("k3s (stand-in): sysctl %s: %v", name, err)
		}
	}
}

// The pod network: one bridge, in the place of flannel and under its file's name. The masquerade rule is
// for the whole network at once, as flannel's is, not one per pod.
const conflist = `{
  "name": "cbr0",
  "cniVersion": "1.0.0",
  "plugins": [
    {"type": "bridge", "bridge": "cni0", "isDefaultGateway": true, "forceAddress": true, "hairpinMode": true, "mtu": %d,
     "ipam": {"type": "host-local", "ranges": [[{"subnet": %q}]]}},
    {"type": "portmap", "capabilities": {"portMappings": true}}
  ]
}
`

const podMTU = 1450 // flannel's with vxlan over a card with 1500: what fits here fits there

// podNetwork waits until the node has its part of the pod addresses, then lets containerd have the network.
func (n Node) podNetwork(ctx context.Context, client kubernetes.Interface) error {
	if n.One("flannel-backend", "vxlan") == "none" {
		log.Print("k3s (stand-in): flannel-backend is none: the pod network is somebody else's")
		return nil
	}
	subnet := ""
	err := retry(ctx, "the node's pod CIDR", time.Second, func() error {
		node, err := client.CoreV1().Nodes().Get(ctx, n.Name, metav1.GetOptions{})
		if err != nil {
			return err
		}
		if subnet = node.Spec.PodCIDR; subnet == "" {
			return fmt.Errorf("node %s has none yet", n.Name)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if err := n.labelRole(ctx, client); err != nil {
		return err
	}
	if err := n.masquerade(); err != nil {
		return err
	}
	return files.Write(n.agent("etc", "cni", "net.d", "10-flannel.conflist"), fmt.Sprintf(conflist, podMTU, subnet), 0o600)
}

// labelRole gives the node the role that k3s gives a server; the kubelet may not do so itself.
func (n Node) labelRole(ctx context.Context, client kubernetes.Interface) error {
	patch := []byte(`{"metadata":{"labels":{"node-role.kubernetes.io/control-plane":"true"}}}`)
	return retry(ctx, "the node's role", time.Second, func() error {
		_, err := client.CoreV1().Nodes().Patch(ctx, n.Name, types.MergePatchType, patch, metav1.PatchOptions{})
		return err
	})
}

// masquerade hides pods' addresses behind the node's, but not between pods; and lets pods' packets pass.
// The chains have flannel's names, so that what cleans up after k3s cleans up after this.
func (n Node) masquerade() error {
	rules := [][]string{
		{"nat", "FLANNEL-POSTRTG", "-s", n.PodCIDR, "-d", n.PodCIDR, "-j", "RETURN"},
		{"nat", "FLANNEL-POSTRTG", "-s", n.PodCIDR, "!", "-d", "224.0.0.0/4", "-j", "MASQUERADE", "--random-fully"},
		{"nat", "POSTROUTING", "-j", "FLANNEL-POSTRTG"},
		{"filter", "FLANNEL-FWD", "-s", n.PodCIDR, "-j", "ACCEPT"},
		{"filter", "FLANNEL-FWD", "-d", n.PodCIDR, "-j", "ACCEPT"},
		{"filter", "FORWARD", "-j", "FLANNEL-FWD"},
	}
	for _, chain := range [][]string{{"nat", "FLANNEL-POSTRTG"}, {"filter", "FLANNEL-FWD"}} {
		_ = exec.Command("iptables", "-w", "-t", chain[0], "-N", chain[1]).Run() // fails when it is there: fine
	}
	for _, rule := range rules {
		check := append([]string{"-w", "-t", rule[0], "-C", rule[1]}, rule[2:]...)
		if exec.Command("iptables", check...).Run() == nil {
			continue
		}
		add := append([]string{"-w", "-t", rule[0], "-A", rule[1]}, rule[2:]...)
		if out, err := exec.Command("iptables", add...).CombinedOutput(); err != nil {
			return fmt.Errorf("iptables %s: %w: %s", strings.Join(add, " "), err, out)
		}
	}
	return nil
}

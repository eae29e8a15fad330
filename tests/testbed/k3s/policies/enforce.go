// Package policies makes network policies hold with the controller that k3s has in it as well: kube-router's,
// in this process. It writes the whole filter table anew with every change of pods and policies.
package policies

import (
	"context"
	"fmt"
	"log"
	"sync"
	"time"

	"github.com/cloudnativelabs/kube-router/v2/pkg/controllers/netpol"
	"github.com/cloudnativelabs/kube-router/v2/pkg/healthcheck"
	"github.com/cloudnativelabs/kube-router/v2/pkg/options"
	"github.com/cloudnativelabs/kube-router/v2/pkg/svcip"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
)

// Cluster is what the controller has to know of it; the stand-in is for IPv4.
type Cluster struct{ Node, Services, NodePorts string }

// Enforce starts the controller once the node has an address. Like k3s it goes on without one where there are no
// ipsets, and says so.
func Enforce(ctx context.Context, client kubernetes.Interface, cluster Cluster) error {
	if _, err := sets(); err != nil {
		log.Printf("k3s (stand-in): network policies are not enforced: %v", err)
		return nil
	}
	if err := waitAddress(ctx, client, cluster.Node); err != nil {
		return err
	}
	config := options.NewKubeRouterConfig()
	config.ClusterIPCIDRs = []string{cluster.Services}
	config.EnableIPv4 = true
	config.HostnameOverride = cluster.Node
	config.NodePortRange = cluster.NodePorts
	config.RunFirewall = true
	controller, err := informed(ctx, client, config)
	if err != nil {
		return fmt.Errorf("network policies: %w", err)
	}
	health, err := healthcheck.NewHealthController(config)
	if err != nil {
		return err
	}
	health.SetAlive()
	beats := make(chan *healthcheck.ControllerHeartbeat) // the controller stops where nobody takes them
	var running sync.WaitGroup                           // nobody waits: it ends with the process
	running.Add(2)
	go health.RunCheck(beats, ctx.Done(), &running)
	go controller.Run(beats, ctx.Done(), &running)
	log.Print("k3s (stand-in): network policies are enforced")
	return nil
}

// informed is the controller, told of every change of pods, namespaces and policies.
func informed(ctx context.Context, client kubernetes.Interface, config *options.KubeRouterConfig) (*netpol.NetworkPolicyController, error) {
	ranges, err := svcip.NewValidator(svcip.Config{ClusterIPCIDRs: config.ClusterIPCIDRs, EnableIPv4: true})
	if err != nil {
		return nil, err
	}
	iptables, ipsets, err := netpol.NewIPTablesHandlers(config)
	if err != nil {
		return nil, err
	}
	factory := informers.NewSharedInformerFactory(client, 0)
	pods := factory.Core().V1().Pods().Informer()
	namespaces := factory.Core().V1().Namespaces().Informer()
	policies := factory.Networking().V1().NetworkPolicies().Informer()
	factory.Start(ctx.Done())
	factory.WaitForCacheSync(ctx.Done())
	controller, err := netpol.NewNetworkPolicyController(
		client, config, pods, policies, namespaces, &sync.Mutex{}, nil, iptables, ipsets, ranges)
	if err != nil {
		return nil, err
	}
	for informer, handler := range map[cache.SharedIndexInformer]cache.ResourceEventHandler{
		pods: controller.PodEventHandler, namespaces: controller.NamespaceEventHandler,
		policies: controller.NetworkPolicyEventHandler,
	} {
		if _, err := informer.AddEventHandler(handler); err != nil {
			return nil, err
		}
	}
	return controller, nil
}

// waitAddress waits until the kubelet has said where the node is: the controller asks once, and fails.
func waitAddress(ctx context.Context, client kubernetes.Interface, name string) error {
	return wait.PollUntilContextCancel(ctx, time.Second, true, func(ctx context.Context) (bool, error) {
		node, err := client.CoreV1().Nodes().Get(ctx, name, metav1.GetOptions{})
		if err != nil {
			return false, nil // not yet registered, or the API is busy
		}
		for _, address := range node.Status.Addresses {
			if address.Type == corev1.NodeInternalIP {
				return true, nil
			}
		}
		return false, nil
	})
}

package policies

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/client-go/kubernetes/fake"
)

const (
	node      = "192.0.2.1" // of the test's namespace, which nothing leaves
	limit     = 30 * time.Second
	registry  = "10.42.0.2"
	binder    = "10.42.0.3"
	session   = "10.42.0.4"
	connectIn = time.Second
)

// servePod is a pod: it takes connections on port 5000, and makes those that its input asks for.
func servePod() {
	listener, err := net.Listen("tcp", ":5000")
	if err != nil {
		panic(err)
	}
	go func() {
		for {
			if connection, err := listener.Accept(); err == nil {
				connection.Close()
			}
		}
	}()
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		fmt.Println(connects(lines.Text()))
	}
}

func connects(address string) bool {
	connection, err := net.DialTimeout("tcp", address, connectIn)
	if err == nil {
		connection.Close()
	}
	return err == nil
}

func labelled(name, ip, component string) *corev1.Pod {
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Namespace: "binder", Name: name, Labels: map[string]string{"component": component}},
		Status: corev1.PodStatus{Phase: corev1.PodRunning, HostIP: node, PodIP: ip,
			PodIPs: []corev1.PodIP{{IP: ip}}},
	}
}

func selecting(component string) metav1.LabelSelector {
	return metav1.LabelSelector{MatchLabels: map[string]string{"component": component}}
}

// onlyBinder lets one kind of pod reach the registry.
func onlyBinder() *networking.NetworkPolicy {
	from, port, tcp := selecting("binder"), intstr.FromInt32(5000), corev1.ProtocolTCP
	return &networking.NetworkPolicy{
		ObjectMeta: metav1.ObjectMeta{Namespace: "binder", Name: "registry"},
		Spec: networking.NetworkPolicySpec{
			PodSelector: selecting("registry"),
			PolicyTypes: []networking.PolicyType{networking.PolicyTypeIngress},
			Ingress: []networking.NetworkPolicyIngressRule{{
				From:  []networking.NetworkPolicyPeer{{PodSelector: &from}},
				Ports: []networking.NetworkPolicyPort{{Port: &port, Protocol: &tcp}},
			}},
		},
	}
}

func kernelRules(t *testing.T) string {
	t.Helper()
	all := ""
	for _, words := range []string{"iptables-save", "ip6tables-save", "ipset list -n"} {
		out, err := exec.Command("sh", "-c", words).Output()
		if err != nil {
			t.Fatal(words, err)
		}
		all += string(out)
	}
	return all
}

func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(limit); !holds(); time.Sleep(100 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not within %s: %s\n%s", limit, what, kernelRules(t))
		}
	}
}

func TestPoliciesHoldAndGo(t *testing.T) {
	network(t)
	startPod(t, registry)
	ask := map[string]func(string) bool{"binder": startPod(t, binder), "session": startPod(t, session)}
	client := fake.NewClientset(
		&corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: "n"}, Status: corev1.NodeStatus{
			Addresses: []corev1.NodeAddress{{Type: corev1.NodeInternalIP, Address: node}}}},
		&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "binder"}},
		labelled("r", registry, "registry"), labelled("b", binder, "binder"), labelled("s", session, "singleuser-server"))
	ctx, stop := context.WithCancel(t.Context())
	if err := Enforce(ctx, client, Cluster{Node: "n", Services: "10.43.0.0/16", NodePorts: "30000-32767"}); err != nil {
		t.Fatal(err)
	}
	if !ask["session"](registry + ":5000") {
		t.Fatal("without a policy the session does not reach the registry")
	}
	if _, err := client.NetworkingV1().NetworkPolicies("binder").Create(ctx, onlyBinder(), metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the session is kept away", func() bool { return !ask["session"](registry + ":5000") })
	if !ask["binder"](registry+":5000") || !ask["session"](binder+":5000") {
		t.Error("what the policy lets pass does not pass")
	}
	if !connects(registry + ":5000") {
		t.Error("the node, with its kubelet, does not reach its own pod")
	}
	stop()
	eventually(t, "nothing is left", func() bool { // the controller may yet have been about to write
		return Clear(t.Context()) == nil && !strings.Contains(kernelRules(t), "KUBE-")
	})
	if !ask["session"](registry + ":5000") {
		t.Error("the policy still holds")
	}
}

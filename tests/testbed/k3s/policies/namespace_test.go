package policies

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
)

const (
	roleKey  = "POLICIES_TEST_ROLE" // of this program, started anew: "namespace" or "pod"
	programs = "ip nsenter iptables iptables-save ip6tables-save ipset"
)

// TestMain runs the tests in a network namespace of their own.
func TestMain(m *testing.M) {
	switch os.Getenv(roleKey) {
	case "pod":
		servePod()
	case "namespace":
		os.Exit(m.Run())
	default:
		if missing := cannot(); missing != "" {
			fmt.Println("skipped:", missing)
			os.Exit(0)
		}
		inside := again("namespace", os.Args[1:]...)
		inside.Stdout, inside.Stderr = os.Stdout, os.Stderr
		if inside.Run() != nil {
			os.Exit(1)
		}
	}
}

func cannot() string {
	if os.Geteuid() != 0 {
		return "network namespaces need root"
	}
	for _, name := range strings.Fields(programs) {
		if _, err := exec.LookPath(name); err != nil {
			return err.Error()
		}
	}
	return ""
}

// again is this program in a new network namespace.
func again(role string, args ...string) *exec.Cmd {
	command := exec.Command("/proc/self/exe", args...)
	command.Env = append(os.Environ(), roleKey+"="+role)
	command.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET, Pdeathsig: syscall.SIGKILL}
	return command
}

func run(t *testing.T, words string) {
	t.Helper()
	if out, err := exec.Command("sh", "-c", words).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v %s", words, err, out)
	}
}

// network makes this namespace a node, with an address and with pods to come.
func network(t *testing.T) {
	t.Helper()
	run(t, "ip link set lo up; ip address add "+node+"/32 dev lo")
	run(t, "echo 1 >/proc/sys/net/ipv4/ip_forward")
}

// startPod starts a pod at this address, on a line of its own to the node. It returns what asks the pod to connect.
func startPod(t *testing.T, ip string) func(address string) bool {
	t.Helper()
	pod := again("pod")
	questions, err := pod.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	answers, err := pod.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := pod.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = questions.Close(); _ = pod.Wait() })
	link, pid := "veth"+ip[strings.LastIndex(ip, ".")+1:], pod.Process.Pid
	run(t, fmt.Sprintf("ip link add %s type veth peer name eth0 netns %d && ip link set %s up", link, pid, link))
	run(t, fmt.Sprintf("ip address add 169.254.1.1/32 dev %s; ip route add %s/32 dev %s", link, ip, link))
	inside := fmt.Sprintf("nsenter --net=/proc/%d/ns/net ip ", pid)
	run(t, inside+"link set eth0 up && "+inside+"address add "+ip+"/32 dev eth0 && "+
		inside+"route add 169.254.1.1/32 dev eth0 && "+inside+"route add default via 169.254.1.1")
	lines := bufio.NewScanner(answers)
	return func(address string) bool {
		if _, err := io.WriteString(questions, address+"\n"); err != nil || !lines.Scan() {
			t.Fatal("the pod does not answer: ", err)
		}
		return lines.Text() == "true"
	}
}

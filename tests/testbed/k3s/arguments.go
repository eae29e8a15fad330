package main

import (
	"os"
	"strings"

	"binder.test/k3s/files"
)

// The components' arguments: what k3s 1.36 gives them, less what one node has no use for. Arguments of the
// configuration (KEY-arg) come last: the last one given wins.

func (n Node) apiserverArgs() []string {
	args := []string{
		"--advertise-address=" + n.One("advertise-address", n.IP),
		"--allow-privileged=true",
		"--anonymous-auth=false",
		"--api-audiences=https://kubernetes.default.svc." + n.Domain + ",k3s",
		"--authorization-mode=Node,RBAC",
		"--bind-address=" + n.One("bind-address", "0.0.0.0"),
		"--cert-dir=" + n.server("tls", "temporary-certs"),
		"--client-ca-file=" + n.tls("client-ca.crt"),
		"--enable-admission-plugins=NodeRestriction",
		"--enable-aggregator-routing=true",
		"--enable-bootstrap-token-auth=true",
		// An emulated machine is ten times slower: its checks may take long, and counting keys costs it dearly.
		"--etcd-count-metric-poll-period=0",
		"--etcd-db-metric-poll-interval=0",
		"--etcd-healthcheck-timeout=20s",
		"--etcd-readycheck-timeout=20s",
		"--etcd-servers=unix://" + n.server("kine.sock"),
		"--kubelet-certificate-authority=" + n.tls("server-ca.crt"),
		"--kubelet-client-certificate=" + n.tls("client-kube-apiserver.crt"),
		"--kubelet-client-key=" + n.tls("client-kube-apiserver.key"),
		"--kubelet-preferred-address-types=InternalIP,ExternalIP,Hostname",
		"--profiling=false",
		"--proxy-client-cert-file=" + n.tls("client-auth-proxy.crt"),
		"--proxy-client-key-file=" + n.tls("client-auth-proxy.key"),
		"--requestheader-allowed-names=system:auth-proxy",
		"--requestheader-client-ca-file=" + n.tls("request-header-ca.crt"),
		"--requestheader-extra-headers-prefix=X-Remote-Extra-",
		"--requestheader-group-headers=X-Remote-Group",
		"--requestheader-username-headers=X-Remote-User",
		"--secure-port=" + n.Port,
		"--service-account-issuer=https://kubernetes.default.svc." + n.Domain,
		"--service-account-key-file=" + n.tls("service.key"),
		"--service-account-signing-key-file=" + n.tls("service.key"),
		"--service-cluster-ip-range=" + n.Services,
		"--service-node-port-range=" + n.nodePorts(),
		"--tls-cert-file=" + n.tls("serving-kube-apiserver.crt"),
		"--tls-private-key-file=" + n.tls("serving-kube-apiserver.key"),
	}
	if n.On("secrets-encryption") {
		args = append(args, "--encryption-provider-config="+n.server("cred", "encryption-config.json"))
	}
	return append(args, n.extra("kube-apiserver-arg")...)
}

func (n Node) controllerArgs() []string {
	kubeconfig := n.server("cred", "controller.kubeconfig")
	args := []string{
		"--allocate-node-cidrs=true",
		"--authentication-kubeconfig=" + kubeconfig,
		"--authorization-kubeconfig=" + kubeconfig,
		"--bind-address=127.0.0.1",
		"--cluster-cidr=" + n.PodCIDR,
		"--cluster-signing-kube-apiserver-client-cert-file=" + n.tls("client-ca.crt"),
		"--cluster-signing-kube-apiserver-client-key-file=" + n.tls("client-ca.key"),
		"--cluster-signing-kubelet-client-cert-file=" + n.tls("client-ca.crt"),
		"--cluster-signing-kubelet-client-key-file=" + n.tls("client-ca.key"),
		"--cluster-signing-kubelet-serving-cert-file=" + n.tls("server-ca.crt"),
		"--cluster-signing-kubelet-serving-key-file=" + n.tls("server-ca.key"),
		"--cluster-signing-legacy-unknown-cert-file=" + n.tls("server-ca.crt"),
		"--cluster-signing-legacy-unknown-key-file=" + n.tls("server-ca.key"),
		"--controllers=*,tokencleaner,-service,-route,-cloud-node-lifecycle",
		"--kubeconfig=" + kubeconfig,
		"--leader-elect=false",
		"--node-monitor-grace-period=10m", // nothing is gained by giving up the only node when it is slow
		"--profiling=false",
		"--root-ca-file=" + n.tls("server-ca.crt"),
		"--service-account-private-key-file=" + n.tls("service.key"),
		"--service-cluster-ip-range=" + n.Services,
		"--use-service-account-credentials=true",
	}
	return append(args, n.extra("kube-controller-manager-arg")...)
}

func (n Node) schedulerArgs() []string {
	kubeconfig := n.server("cred", "scheduler.kubeconfig")
	args := []string{
		"--authentication-kubeconfig=" + kubeconfig, "--authorization-kubeconfig=" + kubeconfig,
		"--bind-address=127.0.0.1", "--kubeconfig=" + kubeconfig, "--leader-elect=false", "--profiling=false",
	}
	return append(args, n.extra("kube-scheduler-arg")...)
}

func (n Node) proxyArgs() []string {
	args := []string{
		"--cluster-cidr=" + n.PodCIDR, "--conntrack-max-per-core=0", "--conntrack-tcp-timeout-close-wait=0s",
		"--conntrack-tcp-timeout-established=0s", "--healthz-bind-address=127.0.0.1:10256",
		"--hostname-override=" + n.Name, "--kubeconfig=" + n.agent("kubeproxy.kubeconfig"),
		"--metrics-bind-address=127.0.0.1:10249", "--proxy-mode=iptables",
	}
	return append(args, n.extra("kube-proxy-arg")...)
}

func (n Node) kubeletArgs() []string {
	args := []string{
		"--config-dir=" + n.agent("etc", "kubelet.conf.d"),
		"--hostname-override=" + n.Name,
		"--housekeeping-interval=60s",
		"--kubeconfig=" + n.agent("kubelet.kubeconfig"),
		"--node-ip=" + n.IP,
		"--node-labels=" + strings.Join(append([]string{
			"node.kubernetes.io/instance-type=k3s", "k3s-standin=true"}, n.List("node-label")...), ","),
	}
	if taints := n.List("node-taint"); len(taints) > 0 {
		args = append(args, "--register-with-taints="+strings.Join(taints, ","))
	}
	if n.On("protect-kernel-defaults") {
		args = append(args, "--protect-kernel-defaults=true")
	}
	return append(args, n.extra("kubelet-arg")...)
}

func (n Node) nodePorts() string { return n.One("service-node-port-range", "30000-32767") }

// extra are the arguments of a KEY-arg setting: `name=value`, with or without dashes.
func (n Node) extra(key string) []string {
	args := []string{}
	for _, arg := range n.List(key) {
		args = append(args, "--"+strings.TrimLeft(arg, "-"))
	}
	return args
}

// kubeletDefaults writes the first of the kubelet's drop-ins; the later ones of the folder win over it.
func (n Node) kubeletDefaults() error {
	if err := os.MkdirAll(n.agent("pod-manifests"), 0o755); err != nil {
		return err
	}
	return files.Write(n.agent("etc", "kubelet.conf.d", "00-k3s-defaults.conf"), `apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
address: 0.0.0.0
authentication:
  anonymous: {enabled: false}
  webhook: {enabled: true, cacheTTL: 2m0s}
  x509: {clientCAFile: `+n.agent("client-ca.crt")+`}
authorization: {mode: Webhook}
cgroupDriver: systemd
clusterDNS: ["`+n.DNS+`"]
clusterDomain: `+n.Domain+`
containerRuntimeEndpoint: unix://`+containerdSocket+`
evictionHard: {imagefs.available: 5%, nodefs.available: 5%}
evictionMinimumReclaim: {imagefs.available: 10%, nodefs.available: 10%}
failSwapOn: false
healthzBindAddress: 127.0.0.1
nodeLeaseDurationSeconds: 300
nodeStatusUpdateFrequency: 30s
resolvConf: `+n.Resolv+`
serializeImagePulls: false
staticPodPath: `+n.agent("pod-manifests")+`
tlsCertFile: `+n.agent("serving-kubelet.crt")+`
tlsPrivateKeyFile: `+n.agent("serving-kubelet.key")+`
volumePluginDir: `+n.agent("volumeplugins")+`
`, 0o600)
}

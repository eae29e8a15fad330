package settings

import "strings"

// kind of a setting's value, and whether the stand-in does anything with it.
type setting struct {
	kind  string // bool, one (one value) or list
	acted bool
}

// The names are those of `k3s server` 1.36 (its command line is its configuration file's list of keys).
const (
	actedBools = `protect-kernel-defaults selinux secrets-encryption disable-cloud-controller disable-kube-proxy
		disable-scheduler disable-network-policy disable-default-registry-endpoint debug tls-san-security`
	actedValues = `advertise-address bind-address https-listen-port cluster-domain service-node-port-range
		write-kubeconfig write-kubeconfig-mode token token-file data-dir node-name private-registry pause-image
		resolv-conf default-local-storage-path flannel-backend snapshotter v`
	actedLists = `disable cluster-cidr service-cidr cluster-dns tls-san node-ip node-label node-taint
		kube-apiserver-arg kube-controller-manager-arg kube-scheduler-arg kubelet-arg kube-proxy-arg`
	knownBools = `alsologtostderr cluster-init cluster-reset disable-agent disable-apiserver
		disable-controller-manager disable-etcd disable-helm-controller
		docker embedded-registry enable-pprof etcd-disable-snapshots etcd-expose-metrics
		etcd-s3 etcd-s3-insecure etcd-s3-skip-ssl-verify etcd-snapshot-compress flannel-external-ip
		flannel-ipv6-masq nonroot-devices prefer-bundled-bin rootless supervisor-metrics with-node-id`
	knownValues = `advertise-port agent-token agent-token-file cluster-reset-restore-path
		container-runtime-endpoint datastore-cafile datastore-certfile datastore-endpoint datastore-keyfile
		egress-selector-mode etcd-s3-access-key etcd-s3-bucket etcd-s3-bucket-lookup-type
		etcd-s3-config-secret etcd-s3-endpoint etcd-s3-endpoint-ca etcd-s3-folder etcd-s3-proxy etcd-s3-region
		etcd-s3-retention etcd-s3-secret-key etcd-s3-session-token etcd-s3-timeout etcd-snapshot-dir
		etcd-snapshot-name etcd-snapshot-reconcile-interval etcd-snapshot-retention
		etcd-snapshot-schedule-cron flannel-cni-conf flannel-conf flannel-iface helm-job-image
		image-credential-provider-bin-dir image-credential-provider-config image-service-endpoint
		kine-tls lb-server-port log secrets-encryption-provider server servicelb-namespace
		system-default-registry vmodule vpn-auth vpn-auth-file write-kubeconfig-group`
	knownLists = `airgap-extra-registry datastore-arg etcd-arg helm-controller-arg kine-arg
		kube-cloud-controller-manager-arg node-external-dns node-external-ip node-internal-dns`
)

// settings are all keys that `k3s server` knows.
var settings = func() map[string]setting {
	all := map[string]setting{}
	add := func(names, kind string, acted bool) {
		for _, name := range strings.Fields(names) {
			all[name] = setting{kind, acted}
		}
	}
	add(actedBools, "bool", true)
	add(actedValues, "one", true)
	add(actedLists, "list", true)
	add(knownBools, "bool", false)
	add(knownValues, "one", false)
	add(knownLists, "list", false)
	return all
}()

// shortFlags are k3s' one-letter forms.
var shortFlags = map[string]string{"d": "data-dir", "o": "write-kubeconfig", "t": "token", "s": "server", "i": "node-ip", "v": "v"}

// quiet are settings for which doing nothing is what was asked: the stand-in never has the thing.
var quiet = map[string]bool{"disable-helm-controller": true, "prefer-bundled-bin": true}

// packaged are the components that `disable` may name.
var packaged = map[string]bool{
	"coredns": true, "servicelb": true, "traefik": true, "local-storage": true, "metrics-server": true, "runtimes": true,
}

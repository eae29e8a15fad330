package main

import (
	"context"
	"errors"
	"log"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"

	"binder.test/k3s/policies"
	"binder.test/k3s/settings"
)

const sayReadyEvery = 500 * time.Millisecond

// runServer is `k3s server`: it prepares the files, starts the children, and ends with the first of them.
func runServer(args []string) error {
	config, err := settings.Load(args)
	if err != nil {
		return err
	}
	log.Print("k3s (stand-in): this is not k3s: genuine Kubernetes components behind its files")
	node, err := newNode(config)
	if err != nil {
		return err
	}
	if err := node.prepare(); err != nil {
		return err
	}
	if err := node.Layout.enter(); err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	if node.On("disable-network-policy") {
		if err := policies.Clear(ctx); err != nil { // before kube-proxy: it writes the same table
			log.Printf("k3s (stand-in): old network policies may still hold: %v", err)
		}
	}
	family := newFamily()
	defer family.stop()
	failed := make(chan error, 1)
	go func() {
		if err := node.start(ctx, family); err != nil && ctx.Err() == nil {
			failed <- err
		}
	}()
	select {
	case <-ctx.Done():
		notify("STOPPING=1")
		log.Print("k3s (stand-in): stopping; pods go on")
		return nil
	case err := <-failed:
		return err
	case err := <-family.ended:
		return err
	}
}

// prepare makes every file that the components read.
func (n Node) prepare() error {
	prepareKernel()
	for _, folder := range []string{
		n.server("db"), n.server("manifests"), n.server("static"), n.agent("images"), n.agent("containerd"), containerdState,
	} {
		if err := os.MkdirAll(folder, 0o700); err != nil {
			return err
		}
	}
	for _, step := range []func() error{n.certificates, n.credentials, n.kubeletDefaults, n.configureContainerd} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// start brings the children up in their order and says READY to systemd when the API answers.
func (n Node) start(ctx context.Context, family *Family) error {
	output, err := os.OpenFile(n.agent("containerd", "containerd.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	family.start("containerd", n.Layout.bin("containerd"), []string{"--config", n.agent("etc", "containerd", "config.toml")}, output)
	family.start("kine", n.Layout.bin("kine"), []string{"--database", n.server("db", "state.db"), "--socket", n.server("kine.sock")}, os.Stderr)
	if err := waitSocket(ctx, n.server("kine.sock")); err != nil {
		return err
	}
	family.component("kube-apiserver", n.apiserverArgs())
	importer := newImporter(n)
	if err := waitSocket(ctx, containerdSocket); err != nil {
		return err
	}
	if err := retry(ctx, "the first images", 2*time.Second, func() error { return importer.start(ctx) }); err != nil {
		return err
	}
	config, err := clientcmd.BuildConfigFromFlags("", n.server("cred", "supervisor.kubeconfig"))
	if err != nil {
		return err
	}
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	if err := waitAPI(ctx, client); err != nil {
		return err
	}
	notify("READY=1")
	log.Print("k3s (stand-in): the API server is ready")
	go importer.watch(ctx)
	return n.startNode(ctx, family, client, config)
}

// startNode starts what needs the API, then goes on applying manifests for as long as the server runs.
func (n Node) startNode(ctx context.Context, family *Family, client kubernetes.Interface, config *rest.Config) error {
	family.component("kubelet", n.kubeletArgs())
	family.component("kube-controller-manager", n.controllerArgs())
	if !n.On("disable-scheduler") {
		family.component("kube-scheduler", n.schedulerArgs())
	}
	if !n.On("disable-kube-proxy") {
		family.component("kube-proxy", n.proxyArgs())
	}
	deployer, err := newDeployer(n, config)
	if err != nil {
		return err
	}
	if err := n.packagedManifests(ctx, deployer); err != nil {
		return err
	}
	if !n.Disabled("local-storage") {
		Provisioner{client, n.One("default-local-storage-path", filepath.Join(n.DataDir, "storage"))}.run(ctx)
	}
	networked := make(chan error, 1)
	go func() { networked <- n.network(ctx, client) }()
	go deployer.run(ctx)
	if err := <-networked; err != nil {
		return err
	}
	<-ctx.Done()
	return nil
}

// network makes the pod network, then lets its policies hold: the controller loses rules that others add while it
// writes the table.
func (n Node) network(ctx context.Context, client kubernetes.Interface) error {
	if err := n.podNetwork(ctx, client); err != nil || n.On("disable-network-policy") {
		return err
	}
	return policies.Enforce(ctx, client, policies.Cluster{Node: n.Name, Services: n.Services, NodePorts: n.nodePorts()})
}

// waitSocket waits for a child's socket; that the child ended instead is seen elsewhere.
func waitSocket(ctx context.Context, path string) error {
	return retry(ctx, path, 100*time.Millisecond, func() error {
		_, err := os.Stat(path)
		return err
	})
}

func waitAPI(ctx context.Context, client kubernetes.Interface) error {
	return retry(ctx, "the API server", sayReadyEvery, func() error {
		if _, err := client.Discovery().RESTClient().Get().AbsPath("/readyz").DoRaw(ctx); err != nil {
			return errors.New("/readyz does not say ok") // the answer's text changes with every try
		}
		return nil
	})
}

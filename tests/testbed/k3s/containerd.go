package main

import (
	"fmt"
	"os"
	"path/filepath"

	"binder.test/k3s/files"
	"binder.test/k3s/settings"
)

// containerd's configuration, at k3s' path. Version 2: Debian 13 has containerd 1.7.
const containerdConfig = `# written by the k3s stand-in at every start
version = 2
root = %[1]q
state = %[2]q

[grpc]
  address = %[3]q

[plugins."io.containerd.internal.v1.opt"]
  path = %[1]q

[plugins."io.containerd.grpc.v1.cri"]
  stream_server_address = "127.0.0.1"
  stream_server_port = "10010"
  enable_selinux = %[4]t
  enable_unprivileged_ports = true
  enable_unprivileged_icmp = true
  device_ownership_from_security_context = false
  sandbox_image = %[5]q

[plugins."io.containerd.grpc.v1.cri".containerd]
  snapshotter = %[6]q
  disable_snapshot_annotations = true

[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
  runtime_type = "io.containerd.runc.v2"

[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
  BinaryName = %[7]q
  SystemdCgroup = true

[plugins."io.containerd.grpc.v1.cri".cni]
  bin_dir = %[8]q
  conf_dir = %[9]q

[plugins."io.containerd.grpc.v1.cri".registry]
  config_path = %[10]q
%[11]s`

// configureContainerd writes config.toml, the registries' hosts files and the links to the CNI plugins.
func (n Node) configureContainerd() error {
	for _, name := range []string{"config.toml.tmpl", "config-v3.toml.tmpl"} {
		if _, err := os.Stat(n.agent("etc", "containerd", name)); err == nil {
			return fmt.Errorf("%s: containerd templates are not in the stand-in", n.agent("etc", "containerd", name))
		}
	}
	registries, err := settings.LoadRegistries(n.One("private-registry", settings.RegistriesPath))
	if err != nil {
		return err
	}
	if err := registries.Write(n.agent("etc", "containerd", "certs.d"), n.On("disable-default-registry-endpoint")); err != nil {
		return err
	}
	cni := filepath.Join(n.Layout.data, "cni")
	if err := linkPlugins(n.Layout, cni); err != nil {
		return err
	}
	text := fmt.Sprintf(containerdConfig, n.agent("containerd"), containerdState, containerdSocket, n.On("selinux"),
		n.One("pause-image", defaultPause), n.One("snapshotter", "overlayfs"), n.Layout.bin("runc"), cni,
		n.agent("etc", "cni", "net.d"), n.agent("etc", "containerd", "certs.d"), registries.Credentials())
	return files.Write(n.agent("etc", "containerd", "config.toml"), text, 0o600)
}

// linkPlugins keeps data/cni, the folder that containerd is told, pointing into the unpacked payload.
func linkPlugins(layout Layout, folder string) error {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	for _, name := range []string{"bridge", "host-local", "loopback", "portmap"} {
		if err := files.Relink(folder, name, layout.bin(name)); err != nil {
			return err
		}
	}
	return nil
}

"""What the host's system is given: kernel settings, modules, packages; and the machines that it runs on."""

SYSCTLS = {
    "net.ipv4.ip_forward": "1",
    "net.bridge.bridge-nf-call-iptables": "1",
    "net.bridge.bridge-nf-call-ip6tables": "1",
    "fs.inotify.max_user_instances": "8192",
    "fs.inotify.max_user_watches": "524288",
    "vm.overcommit_memory": "1",
    "vm.panic_on_oom": "0",
    "kernel.panic": "10",
    "kernel.panic_on_oops": "1",
}
"""inotify: kubelet alone takes about 50 of the default 128 instances. The last four are what kubelet wants
(it sets them itself unless protect-kernel-defaults is on); written down so that a reboot agrees."""
KERNEL_MODULES = ("overlay", "br_netfilter", "nf_conntrack")
PACKAGES = ("ca-certificates", "conntrack", "curl", "iptables", "nftables")
HOME_PACKAGES = ("e2fsprogs",)
"""With mode persistent; on every Debian and Ubuntu, unless somebody left it out."""

MACHINES = {"x86_64": "amd64", "aarch64": "arm64"}

"""Kernel settings, kernel modules and packages that a host gets; supported machine types."""

SYSCTLS = {
    "net.ipv4.ip_forward": "1",
    "net.ipv4.conf.default.forwarding": "1",
    "net.bridge.bridge-nf-call-iptables": "1",
    "net.bridge.bridge-nf-call-ip6tables": "1",
    "fs.inotify.max_user_instances": "8192",
    "fs.inotify.max_user_watches": "524288",
    "vm.overcommit_memory": "1",
    "vm.panic_on_oom": "0",
    "kernel.panic": "10",
    "kernel.panic_on_oops": "1",
}
"""default.forwarding: for interfaces that are made later, such as the pods'; ip_forward sets it only when it
changes itself. inotify: the kubelet alone uses about 50 of the default 128 instances. The kubelet needs the
last four and sets them itself unless protect-kernel-defaults is on; set here too, so that they are equal
after a reboot."""
KERNEL_MODULES = ("overlay", "br_netfilter", "nf_conntrack")
PACKAGES = ("ca-certificates", "conntrack", "curl", "iptables", "nftables")
HOME_PACKAGES = ("e2fsprogs",)
"""For mode persistent; installed on Debian and Ubuntu unless the image leaves it out."""

MACHINES = {"x86_64": "amd64", "aarch64": "arm64"}

BUILD_MAX_AGE_S = 3600
"""BinderHub ends older builds. In the federation's experience, builds that take longer than an hour
almost never succeed."""

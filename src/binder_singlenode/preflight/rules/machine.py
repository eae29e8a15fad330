"""The preflight's rules about the machine itself: system, kernel, size, disks, clock."""

from __future__ import annotations

from collections.abc import Iterator

from binder_singlenode.base.units import human_bytes
from binder_singlenode.config import Host
from binder_singlenode.errors import SizingError
from binder_singlenode.layout.system import MACHINES
from binder_singlenode.preflight.facts import Facts
from binder_singlenode.preflight.problem import Problem
from binder_singlenode.sizing import size as sizing_size
from binder_singlenode.sizing.size import Machine

SYSTEMS = {"debian": ("12", "13"), "ubuntu": ("22.04", "24.04")}
FREE_BYTES = {"/var/lib": 10 * 10**9, "/var/log": 10**9, "/usr/local/bin": 5 * 10**8, "/etc": 10**7}
"""k3s, its images and BinderHub's; two weeks of logs; three binaries; a few files."""
FREE_BYTES_AGAIN = 2 * 10**9
"""For an upgrade: on a host that binder-singlenode has set up, the images are there already."""
CLOCK_LIMIT_S = 30
"""Certificates are valid from the second of issue; ssh and the command itself take some seconds."""


def system(facts: Facts) -> Iterator[Problem]:
    """Distribution, architecture, systemd."""
    name, version = facts.one("os"), facts.one("os_version")
    if version not in SYSTEMS.get(name, ()):
        found = facts.one("os_name") or "unknown"
        yield Problem(
            f"the system is {found}", "operating system", "use Debian 12 or 13, or Ubuntu 22.04 or 24.04"
        )
    if facts.one("machine") not in MACHINES:
        yield Problem(
            f"the processor is {facts.one('machine') or 'unknown'}",
            "processor",
            "use an amd64 or arm64 machine",
        )
    container = facts.one("container")
    if container not in ("", "none"):
        yield Problem(
            f"this is a container ({container}), not a machine",
            "operating system",
            "use a virtual or real machine",
        )
    if not facts.one("systemd"):
        yield Problem("systemd does not run", "operating system", "boot the machine with systemd")


def kernel(facts: Facts) -> Iterator[Problem]:
    """cgroup v2 (kubelet refuses v1 from 1.35 on) and modules."""
    if facts.one("cgroup") != "cgroup2fs":
        yield Problem(
            "control groups are version 1",
            "kernel",
            "remove systemd.unified_cgroup_hierarchy=0 from the kernel's command line, and reboot",
        )
    for module in facts.all("no_module"):
        yield Problem(
            f"module {module} is not there",
            "kernel",
            f"install the distribution's own kernel (this is {facts.one('kernel')}), and reboot",
        )


def size(facts: Facts, host: Host, machine: Machine) -> Iterator[Problem]:
    """Memory, processors, disk; and whether the node's pod network, which cannot change, is large enough."""
    try:
        needed = sizing_size.size(machine, host)
    except SizingError as error:
        yield Problem(str(error), "size", error.hint or "use a larger machine")
        return
    for name, cidr in facts.nodes.items():
        prefix = int(cidr.partition("/")[2] or 0)
        if prefix > needed.pods.mask:
            yield Problem(
                f"node {name} has the pod network {cidr}; {needed.pods.most} pods need a /{needed.pods.mask},"
                " and a node keeps its network for life",
                "node",
                "set node.max_pods lower (or sessions.quota), or set the machine up again: down, then up",
            )


def disks(facts: Facts) -> Iterator[Problem]:
    """Free space and write access at each path; disks.py checks kind and inodes by share."""
    ours = "k3s" in facts.all("ours")
    for disk in facts.disks:
        where = f"{disk.path} (on {disk.mount})"
        wanted = min(FREE_BYTES[disk.path], FREE_BYTES_AGAIN) if ours else FREE_BYTES[disk.path]
        if disk.free_bytes < wanted:
            yield Problem(
                f"{human_bytes(disk.free_bytes)} free, {human_bytes(wanted)} needed", where, "make room there"
            )
    for path in facts.all("read_only"):
        yield Problem("cannot be written to", path, "mount it read-write")


def clock(facts: Facts, host: Host) -> Iterator[Problem]:
    """Compare the clock with this computer's, and check that time synchronisation works."""
    away_s = facts.number("time") - facts.asked_at_s
    if abs(away_s) > CLOCK_LIMIT_S:
        direction = "ahead of" if away_s > 0 else "behind"
        yield Problem(
            f"{abs(away_s):.0f} s {direction} this computer's",
            "clock",
            "timedatectl set-ntp true; check both clocks",
        )
    if facts.one("synchronized") != "no":
        return
    if facts.one("ntp") != "yes":
        yield Problem(
            "no time synchronisation (NTP) is running",
            "clock",
            "apt-get install systemd-timesyncd, then timedatectl set-ntp true",
            fatal=False,
        )
    elif not _is_here(host):
        yield Problem(
            "no time server has answered yet",
            "clock",
            "let the host reach one (UDP port 123), or name one that it reaches: /etc/systemd/timesyncd.conf",
            fatal=False,
        )


def _is_here(host: Host) -> bool:
    """Whether the host is a throwaway VM on this computer. It uses this computer's clock, and often has no
    network on purpose: then it is normal that no time server answers."""
    return host.address in ("127.0.0.1", "::1", "localhost")

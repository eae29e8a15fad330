"""Shell scripts of `down`."""

from binder_singlenode.deploy import mounts, steps
from binder_singlenode.deploy.removal import inventory
from binder_singlenode.deploy.removal.inventory import NETNS_FOLDER, cgroups, links
from binder_singlenode.deploy.steps.unused_store import remove_stray_socket
from binder_singlenode.layout import paths


def stop_script() -> str:
    """Stop and disable the units; a missing unit is no failure."""
    units = " ".join(steps.units())
    all_units = f"{units} {' '.join(steps.passing_units())}"
    return f"systemctl disable --now {units} 2>/dev/null; systemctl stop {all_units} 2>/dev/null; true"


def end_pods_script() -> str:
    """Kill by control group (no process can leave it), then unmount, innermost first, then delete the links.

    cgroup.kill exists since kernel 5.14; the oldest supported kernel is 5.15.
    """
    groups = " ".join(cgroups())
    return (
        "systemctl stop kubepods.slice 2>/dev/null;"
        f" for group in {groups}; do [ -d $group ] || continue; echo 1 > $group/cgroup.kill;"
        " end=$(($(date +%s) + 60));"
        " while grep -q 'populated 1' $group/cgroup.events 2>/dev/null; do"
        ' [ $(date +%s) -lt $end ] || { echo "processes in $group do not end" >&2; exit 1; };'
        " sleep 0.2; done;"
        " find $group -depth -type d -exec rmdir {} + 2>/dev/null; done;"
        f" {_unmount()};"
        f" for link in {' '.join(links())}; do ip link delete $link 2>/dev/null; done;"
        f" rm -f {NETNS_FOLDER}/cni-*;"
        f" {remove_stray_socket()};"
        f" {mounted()} | grep -q . && {{ echo 'still mounted:' >&2; {mounted()} >&2; exit 1; }}; true"
    )


def mounted() -> str:
    """Shell that lists the mount points to remove, innermost first (in reverse order)."""
    ours = f"^({'|'.join(inventory.mounts())})/|^{NETNS_FOLDER}/cni-"
    return f"awk '{{print $2}}' /proc/self/mounts | grep -E '{ours}' | sort -r"


def _unmount() -> str:
    """Unmount; a busy mount point is detached, because no process of binder-singlenode is left to use it."""
    return f'{mounted()} | while read -r point; do umount "$point" 2>/dev/null || umount -l "$point"; done'


def chains_script() -> str:
    """Remove from iptables only the chains and rules of Kubernetes, CNI, Calico and flannel."""
    clean = "grep -v -e KUBE- -e CNI- -e cali- | grep -iv flannel"
    return (
        "for tool in iptables ip6tables; do command -v $tool-save >/dev/null || continue;"
        f" $tool-save | {clean} | $tool-restore; done"
    )


def remove_script(wanted: list[str]) -> str:
    """Remove files and folders, and reload systemd and journald without the removed units and limits. The
    folder with the marker file comes last, so that the next run continues after a killed one."""
    last = [path for path in wanted if path == paths.VAR]
    first = [path for path in wanted if path not in last]
    told = f"systemctl daemon-reload && systemctl reset-failed && systemctl try-restart {paths.JOURNALD_UNIT}"
    # The host forgets the root of a private authority; first, because its folder shows that there was one.
    update = f"rm -f {paths.TRUSTED_ROOTS} {paths.TRUST_HOOK}; update-ca-certificates >/dev/null"
    trust = f"if [ -d {paths.TRUST} ]; then {update}; fi"
    return " && ".join([trust, mounts.removal(first), told, mounts.removal(last)])

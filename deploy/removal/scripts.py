"""The shell by which `down` removes things."""

from binder_singlenode.deploy import mounts, steps
from binder_singlenode.deploy.removal import inventory
from binder_singlenode.deploy.removal.inventory import NETNS_FOLDER, cgroups, links
from binder_singlenode.deploy.steps.unused_store import remove_stray_socket
from binder_singlenode.layout import paths


def stop_script() -> str:
    """Stop and disable; a unit that is already gone is no failure."""
    units = " ".join(steps.units())
    all_units = f"{units} {' '.join(steps.passing_units())}"
    return f"systemctl disable --now {units} 2>/dev/null; systemctl stop {all_units} 2>/dev/null; true"


def end_pods_script() -> str:
    """Kill by control group (no process escapes it), then unmount from the innermost out, then the links.

    cgroup.kill is in kernels from 5.14 on: the oldest supported one is 5.15.
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
    """Shell that lists the mount points concerned, innermost first (sorted backwards)."""
    ours = f"^({'|'.join(inventory.mounts())})/|^{NETNS_FOLDER}/cni-"
    return f"awk '{{print $2}}' /proc/self/mounts | grep -E '{ours}' | sort -r"


def _unmount() -> str:
    """A busy one is detached: nothing of ours runs any more that could use it."""
    return f'{mounted()} | while read -r point; do umount "$point" 2>/dev/null || umount -l "$point"; done'


def chains_script() -> str:
    """Of iptables only what Kubernetes, CNI and flannel named."""
    clean = "grep -v -e KUBE- -e CNI- -e cali- | grep -iv flannel"
    return (
        "for tool in iptables ip6tables; do command -v $tool-save >/dev/null || continue;"
        f" $tool-save | {clean} | $tool-restore; done"
    )


def remove_script(wanted: list[str]) -> str:
    """Files and folders, and systemd told that the units and the journal's limits are gone; the folder
    with the mark last, so that a run killed before goes on with the next."""
    last = [path for path in wanted if path == paths.VAR]
    first = [path for path in wanted if path not in last]
    told = f"systemctl daemon-reload && systemctl reset-failed && systemctl try-restart {paths.JOURNALD_UNIT}"
    return " && ".join([mounts.removal(first), told, mounts.removal(last)])

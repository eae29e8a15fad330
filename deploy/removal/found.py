"""Fact for `down`: what there is to remove, in one query."""

import shlex

from pyinfra.api.facts import FactBase

from binder_singlenode.base import sections
from binder_singlenode.deploy import mounts, steps
from binder_singlenode.deploy.removal import inventory, ipsets, scripts
from binder_singlenode.layout import paths

_OURS = (
    f"ours=; {{ [ -e {paths.MARK} ] || grep -qs '{paths.WRITTEN_BY}' {paths.unit_path(paths.K3S_UNIT)}; }}"
    " && ours=yes"
)
"""Names that other Kubernetes software uses too (k3s, kubelet, CNI) are searched only if the marker file
exists or k3s' unit was written by binder-singlenode."""
STAYS = "stays"
"""The section of paths that --keep-data keeps."""
_IF_OURS = '[ "$ours" ] || exit 0; '


def _units() -> str:
    """Units that run, have failed, or would start at the next boot."""
    units = " ".join((*steps.units(), *steps.passing_units()))
    present = 'BEGIN { RS = "" } !/ActiveState=inactive/ || /UnitFileState=enabled/'
    name = "{ match($0, /Id=[^\\n]*/); print substr($0, RSTART + 3, RLENGTH - 3) }"
    return f"systemctl show -p Id,ActiveState,UnitFileState {units} 2>/dev/null | awk '{present} {name}'"


def _processes() -> str:
    """Names and numbers of the processes of the cluster, its containers and builds."""
    return (
        f"for group in {' '.join(inventory.cgroups())}; do [ -d $group ] || continue;"
        " find $group -name cgroup.procs -exec cat {} + 2>/dev/null; done |"
        " while read -r pid; do cat /proc/$pid/comm 2>/dev/null; done |"
        " sort | uniq -c | sed 's/^ *\\([0-9]*\\) \\(.*\\)/\\2 (\\1)/'"
    )


def _links() -> str:
    return f"cd /sys/class/net && ls -d {' '.join(inventory.links())} 2>/dev/null"


def _namespaces() -> str:
    return f"ls {inventory.NETNS_FOLDER} 2>/dev/null | grep ^cni-"


def _table() -> str:
    return "; ".join(
        f"nft list table inet {table} >/dev/null 2>&1 && echo 'inet {table}'" for table in steps.tables()
    )


def _chains() -> str:
    names = "(KUBE|CNI|FLANNEL)-[^ ]*"
    return (
        "for tool in iptables ip6tables; do"
        f' $tool-save 2>/dev/null | grep -oE "^:{names}" | sed "s/^:/$tool /"; done | sort -u'
    )


def _paths() -> str:
    both = (False, True)
    named = dict.fromkeys(path for keep in both for path in inventory.named_paths(keep))
    cluster = dict.fromkeys(path for keep in both for path in inventory.cluster_paths(keep))
    return f"{mounts.there(named)}; {_IF_OURS}{mounts.there(cluster)}"


def script() -> str:
    """The queries, by section."""
    fragments = {
        "units": _units(),
        "processes": _IF_OURS + _processes(),
        "mounts": _IF_OURS + scripts.mounted(),
        "links": _IF_OURS + _links(),
        "namespaces": _IF_OURS + _namespaces(),
        "table": _table(),
        "chains": _IF_OURS + _chains(),
        "ipsets": _IF_OURS + ipsets.names(),
        "paths": _paths(),
        STAYS: mounts.there(inventory.kept_paths()),
        "users": f"id -un {shlex.join(steps.users())} 2>/dev/null",
    }
    return sections.script(fragments, before=_OURS)


def command() -> str:
    """One command, which always exits 0."""
    return sections.command(script())


def to_remove(told: dict[str, list[str]], *, keep_data: bool) -> dict[str, list[str]]:
    """Section -> what `down` removes, in order of removal; without empty sections."""
    there = set(told.get("paths", []))
    wanted = [path for path in inventory.removed_paths(keep_data) if path in there]
    found = {**told, "paths": wanted}
    return {name: lines for name, lines in found.items() if lines and name != STAYS}


def staying(told: dict[str, list[str]], *, keep_data: bool) -> list[str]:
    """Existing paths that --keep-data keeps; none without it."""
    return told.get(STAYS, []) if keep_data else []


class Remains(FactBase[dict[str, list[str]]]):
    """Section -> lines; an empty section means that nothing is left to remove."""

    def command(self) -> str:
        """See command()."""
        return command()

    @staticmethod
    def default() -> dict[str, list[str]]:
        """Nothing left."""
        return {}

    def process(self, output: list[str]) -> dict[str, list[str]]:
        """See base/sections.py."""
        return sections.split(output)

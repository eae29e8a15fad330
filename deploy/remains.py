"""The fact behind `down`: what is still there, in one question."""

import shlex

from pyinfra.api.facts import FactBase

from binder_singlenode.deploy import down_script, facts, paths


def _script() -> str:
    units = " ".join(paths.UNITS)
    everything = " ".join(
        dict.fromkeys([*down_script.removed_paths(False), *down_script.removed_paths(True)])
    )
    parts = {
        "units": f"systemctl is-active {units} 2>/dev/null | grep -v -e inactive -e unknown;"
        f" systemctl is-enabled {units} 2>/dev/null | grep -x enabled",
        "processes": "for group in "
        + " ".join(down_script.CGROUPS)
        + "; do grep -s 'populated 1' $group/cgroup.events; done",
        "mounts": down_script.mounted(),
        "links": f"cd /sys/class/net && ls -d {' '.join(down_script.LINKS)} 2>/dev/null;"
        f" ls {down_script.NETNS_FOLDER} 2>/dev/null | grep ^cni-",
        "rules": f"nft list table inet {paths.FIREWALL_TABLE} 2>/dev/null | head -1;"
        " iptables-save 2>/dev/null | grep -m1 KUBE-; ip6tables-save 2>/dev/null | grep -m1 KUBE-",
        "paths": f"for path in {everything}; do [ -e $path ] || [ -L $path ] && echo $path; done",
        "users": f"id -un {paths.ENTRY_USER} 2>/dev/null",
    }
    return "\n".join(f"echo '{facts.SEPARATOR}{name}'; ({part})" for name, part in parts.items()) + "\nexit 0"


class Remains(FactBase[dict[str, list[str]]]):
    """Section -> lines; an empty section means that nothing of it is left."""

    def command(self) -> str:
        """One script, exit 0."""
        return f"LC_ALL=C sh -c {shlex.quote(_script())}"

    @staticmethod
    def default() -> dict[str, list[str]]:
        """Nothing left."""
        return {}

    def process(self, output: list[str]) -> dict[str, list[str]]:
        """See facts.split()."""
        return facts.split(output)

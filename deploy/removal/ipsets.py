"""The kernel's sets of addresses (ipset) that k3s' network policies match against.

k3s leaves them, as it leaves its chains: neither its end nor k3s-killall.sh removes them.
"""

from binder_singlenode.layout import paths

NAMES = "^((inet6:)?KUBE-(SRC|DST)|TMP)-[A-Z2-7]{16}$"
"""kube-router's: source and destination addresses of a policy, and those that it was about to exchange."""
_PROGRAMS = f"{paths.K3S_DATA}/data/current"
# k3s brings the program; the host seldom has one. The test bed's k3s brings its libraries too.
_IPSET = f"env PATH={_PROGRAMS}/bin:{_PROGRAMS}/bin/aux:$PATH LD_LIBRARY_PATH={_PROGRAMS}/lib ipset"
_LIMIT_S = 30


def names() -> str:
    """Shell that prints the names of k3s' sets; nothing where no ipset program is."""
    return f"{_IPSET} list -n 2>/dev/null | grep -E '{NAMES}'"


def destroy_script() -> str:
    """Destroy them. The kernel gives a set free a moment after the last rule that names it is gone."""
    return (
        f"end=$(($(date +%s) + {_LIMIT_S})); while sets=$({names()}); do"
        f" for set in $sets; do {_IPSET} destroy $set 2>/dev/null; done;"
        ' [ $(date +%s) -lt $end ] || { echo "sets of addresses are still in use:" $sets >&2; exit 1; };'
        " sleep 0.2; done"
    )

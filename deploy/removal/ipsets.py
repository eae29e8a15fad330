"""The kernel's sets of addresses (ipset) that k3s' network policies match against.

k3s leaves them behind, like its chains: neither stopping k3s nor k3s-killall.sh removes them.
"""

from binder_singlenode.layout import paths

NAMES = "^((inet6:)?KUBE-(SRC|DST)|TMP)-[A-Z2-7]{16}$"
"""kube-router's sets: source and destination addresses of a policy, and temporary sets for their exchange."""
_PROGRAMS = f"{paths.K3S_DATA}/data/current"
# k3s contains the ipset program; the host seldom has it. The k3s of the tests contains its libraries too.
_IPSET = f"env PATH={_PROGRAMS}/bin:{_PROGRAMS}/bin/aux:$PATH LD_LIBRARY_PATH={_PROGRAMS}/lib ipset"
_LIMIT_S = 30


def names() -> str:
    """Shell that prints the names of k3s' sets; it prints nothing if there is no ipset program."""
    return f"{_IPSET} list -n 2>/dev/null | grep -E '{NAMES}'"


def destroy_script() -> str:
    """Destroy the sets, with retries: the kernel releases a set shortly after its last rule is removed."""
    return (
        f"end=$(($(date +%s) + {_LIMIT_S})); while sets=$({names()}); do"
        f" for set in $sets; do {_IPSET} destroy $set 2>/dev/null; done;"
        ' [ $(date +%s) -lt $end ] || { echo "sets of addresses are still in use:" $sets >&2; exit 1; };'
        " sleep 0.2; done"
    )

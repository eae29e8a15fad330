"""How pods resolve names: the resolv.conf that they were made with, and what a session finds with it."""

from __future__ import annotations

import json
import uuid

from binder_singlenode.binderhub import jupyter_kernel
from binder_singlenode.layout import paths

CLUSTER_DOMAIN = "cluster.local"
BUILDER = "dockerd"
CLUSTER_DNS = "coredns"
UP = "run `binder-singlenode up`"

SCRIPT = rf"""
of() {{ awk -v key="$1" '$1 == key {{ $1 = ""; print substr($0, 2) }}' "$2" | sort -u | tr '\n' ' '; }}
for comm in $(grep -lxE '{CLUSTER_DNS}|{BUILDER}|binderhub|jupyterhub' /proc/[0-9]*/comm 2>/dev/null); do
    process=${{comm%/comm}}
    grep -q kubepods "$process/cgroup" 2>/dev/null || continue
    has=$process/root/etc/resolv.conf
    printf '%s\t%s\t%s\t%s\n' "$(cat "$comm")" "$(of nameserver "$has")" "$(of search "$has")" \
        "$(tr '\0' '\n' <"$process/cmdline" | grep -c '^--dns-search')"
done
printf 'file\t%s\n' "$(of nameserver {paths.POD_RESOLV_CONF})"
sh {paths.RESOLVER} same && echo same
exit 0
"""
"""Prints for each program in a pod: name, name servers, search domains, number of --dns-search."""

_LOOK_UP = """\
import json, socket
lines = [line.split() for line in open("/etc/resolv.conf")]
search = [word for line in lines if line[:1] in (["search"], ["domain"]) for word in line[1:]]
try:
    found = socket.getaddrinfo(NAME, None)[0][4][0]
except OSError:
    found = ""
print(json.dumps([search, found]))
"""


def verdict(told: str) -> str:
    """The problem in the output of SCRIPT, or ""."""
    rows = [line.split("\t") for line in told.splitlines()]
    if ["same"] not in rows:
        return f"{paths.POD_RESOLV_CONF} does not have the host's name servers: {UP}"
    servers = next((row[1] for row in rows if row[0] == "file" and len(row) == 2), "")
    for name, has, search, flags in (row for row in rows if len(row) == 4):
        if name == CLUSTER_DNS and has != servers:
            return f"the cluster's DNS asks {has.strip() or 'nobody'}, not {servers.strip()}: {UP}"
        if name == BUILDER and flags == "0":
            return f"builds get the search domains of the builder's pod: {UP}"
        strange = foreign(search.split())
        if strange and name != BUILDER:
            return f"the pod of {name} has the host's search domain {', '.join(strange)}: restart that pod"
    return ""


def foreign(search: list[str]) -> list[str]:
    """The search domains that are not the cluster's own."""
    return [each for each in search if each != "." and not each.rstrip(".").endswith(CLUSTER_DOMAIN)]


def of_session(cell: jupyter_kernel.Kernel, limit_s: float) -> str:
    """The problem with names in a session, or "". It looks up a name in .invalid, where none exists (RFC
    6761); a wildcard record in a search domain would answer. No name server on the internet is needed."""
    name = f"binder-{uuid.uuid4().hex[:12]}.invalid"
    outcome = cell.run(_LOOK_UP.replace("NAME", json.dumps(name)), limit_s)
    assert not outcome.error, f"the session's kernel says: {outcome.error}"
    search, found = json.loads(outcome.text)
    strange = foreign(search)
    if strange:
        return f"the session has the host's search domain {', '.join(strange)}: {UP}"
    return f"{name}, which does not exist, leads to {found}: see `check` about name servers" if found else ""

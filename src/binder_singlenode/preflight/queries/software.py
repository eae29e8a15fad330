"""Installed software: Kubernetes of any kind, kernel modules, packages."""

from __future__ import annotations

from collections.abc import Iterable

from binder_singlenode.layout import paths

MODULES = ("overlay", "br_netfilter", "nf_conntrack")

_KUBERNETES = r"""
for unit in k3s k3s-agent rke2-server rke2-agent kubelet snap.microk8s.daemon-kubelite; do
    file=$(systemctl show -p FragmentPath --value "$unit.service" 2>/dev/null)
    # systemd may still know a unit whose file is gone: what a `down` that was killed has left.
    [ -f "$file" ] || continue
    if grep -q '@mark@' "$file"; then say ours "$unit"; else say kubernetes "$unit"; fi
done
say k3s_version "$(cat @k3s_version@ 2>/dev/null)"
[ -e /snap/bin/docker ] && say snap_docker yes
if [ "$(systemctl is-active k3s 2>/dev/null)" = active ]; then
    items='{range .items[*]}{.kind}{"\t"}{.metadata.name}{"\t"}{.spec.podCIDR}{.spec.clusterIP}{"\n"}{end}'
    timeout 30 /usr/local/bin/k3s kubectl get nodes,services -n default -o jsonpath="$items" 2>/dev/null |
        sed 's/^Node/node/; s/^Service/service/'
fi
"""

_PACKAGES = r"""
for module in @modules@; do
    [ -d "/sys/module/$module" ] || modprobe -n -q "$module" 2>/dev/null || say no_module "$module"
done
for package in @packages@; do
    dpkg-query -W -f '${db:Status-Abbrev}' "$package" 2>/dev/null | grep -q ^ii || say missing "$package"
done
"""


def fragments(packages: Iterable[str]) -> dict[str, str]:
    """Section -> shell; `packages` are those that the steps would install."""
    words = {
        "@mark@": paths.WRITTEN_BY,
        "@k3s_version@": paths.version_path("k3s"),
        "@modules@": " ".join(MODULES),
        "@packages@": " ".join(packages),
    }
    texts = {"kubernetes": _KUBERNETES, "packages": _PACKAGES}
    for mark, value in words.items():
        texts = {name: text.replace(mark, value) for name, text in texts.items()}
    return texts

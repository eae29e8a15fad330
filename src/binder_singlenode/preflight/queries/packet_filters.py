"""What the kernel filters: nft's tables as JSON, iptables' as its own text, and where rules are kept."""

from __future__ import annotations

from binder_singlenode.layout import paths

_PATH = "PATH=$PATH:/usr/sbin:/sbin"
# Rules of iptables-nft are tables of nft, but nft shows most of their matches by name only.
_NFT = r"""
nft list tables 2>/dev/null | while read -r _ family table; do
    case "$family $table" in "inet @ours@" | "ip nat" | "ip6 nat" | bridge* | arp*) continue ;; esac
    nft -j list table "$family" "$table" 2>/dev/null; echo
done
"""
_SAVED = "@program@ 2>/dev/null | sed '/^[*]nat/,/^COMMIT/d; /^#/d'"
# The legacy programs load their kernel modules: called only where these have tables.
_LEGACY = """[ -z "$(cat /proc/net/@names@ 2>/dev/null)" ] || @saved@"""
_KEPT = r"""
for unit in netfilter-persistent iptables ip6tables nftables ufw firewalld shorewall ferm; do
    case $(systemctl is-enabled "$unit" 2>/dev/null) in enabled*) say filter_unit "$unit" ;; esac
done
for file in /etc/iptables/rules.v4 /etc/iptables/rules.v6 /etc/nftables.conf /etc/ufw/user.rules; do
    [ -f "$file" ] && say filter_file "$file"
done
"""


def fragments() -> dict[str, str]:
    """Section -> shell."""
    found = {
        "text nft": _NFT.replace("@ours@", paths.FIREWALL_TABLE),
        "filters kept": _KEPT,
    }
    for family in ("ip", "ip6"):
        current = f"$(command -v {family}tables-nft-save || echo {family}tables-save)"
        found[f"text {family}tables"] = _SAVED.replace("@program@", current)
        legacy = _SAVED.replace("@program@", f"{family}tables-legacy-save")
        names = f"{family}_tables_names"
        found[f"text {family}tables-legacy"] = _LEGACY.replace("@saved@", legacy).replace("@names@", names)
    return {name: f"{_PATH}\n{text.strip()}" for name, text in found.items()}

"""The network: route, addresses, listeners, and programs that manage a firewall."""

from __future__ import annotations

from binder_singlenode.layout.addresses import API_PORT, PUBLIC_PORTS

PORTS = (*PUBLIC_PORTS, API_PORT)

_ADDRESSES = r"""
# As k3s itself reads it: destination and mask 0 is the default route.
say default_route "$(awk '$2 == "00000000" && $8 == "00000000" {print $1; exit}' /proc/net/route)"
# Whose ssh connection this is: sudo keeps nothing of the environment, so further up.
pid=$$
while [ "${pid:-0}" -gt 1 ]; do
    said=$(tr '\0' '\n' 2>/dev/null <"/proc/$pid/environ" | sed -n 's/^SSH_CONNECTION=//p')
    from=${said%% *}
    [ -z "$from" ] || { say comes_from "${from%%\%*}"; say ssh_port "${said##* }"; break; }
    pid=$(sed -n 's/^PPid:[^0-9]*//p' "/proc/$pid/status" 2>/dev/null)
done
"""

_PORTS = r"""
tab=$(printf '\t')
ss -Hltnp 2>/dev/null | awk '{n = split($4, a, ":"); print a[n] "\t" $6}' |
while IFS="$tab" read -r port users; do
    case " @ports@ " in *" $port "*) ;; *) continue ;; esac
    pid=$(printf %s "$users" | sed -n 's/.*pid=\([0-9]*\).*/\1/p')
    name=$(printf %s "$users" | sed -n 's/^users:(("\([^"]*\)".*/\1/p')
    unit=$(sed -n 's,.*/\([^/]*\.service\).*,\1,p' "/proc/$pid/cgroup" 2>/dev/null | head -n 1)
    printf 'port\t%s\t%s\t%s\t%s\n' "$port" "$name" "$pid" "$unit"
done
"""

_FIREWALLS = r"""
for unit in docker containerd firewalld ufw nftables; do
    [ "$(systemctl is-active "$unit" 2>/dev/null)" = active ] && say active "$unit"
done
if command -v ufw >/dev/null; then ufw status 2>/dev/null | sed 's/^/ufw\t/'; fi
if command -v firewall-cmd >/dev/null; then
    say firewalld_trusted "$(firewall-cmd --zone=trusted --list-sources 2>/dev/null)"
fi
"""


def fragments() -> dict[str, str]:
    """Section -> shell."""
    return {
        "addresses": _ADDRESSES,
        "ports": _PORTS.replace("@ports@", " ".join(map(str, PORTS))),
        "firewalls": _FIREWALLS,
    }

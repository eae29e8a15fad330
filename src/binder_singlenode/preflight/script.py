"""The read-only queries of the preflight, as one shell command; facts.py reads the output.

The output is lines of `key<TAB>value…`; a value that the host cannot provide is absent.
"""

from __future__ import annotations

from collections.abc import Iterable

from binder_singlenode.layout import paths
from binder_singlenode.layout.addresses import API_PORT, PUBLIC_PORTS

PORTS = (*PUBLIC_PORTS, API_PORT)
DISK_PATHS = ("/var/lib", "/var/log", "/usr/local/bin", "/etc")
MODULES = ("overlay", "br_netfilter", "nf_conntrack")
OUTBOUND = ("github.com", "get.helm.sh", "hub.jupyter.org", "quay.io", "registry-1.docker.io")
"""In this order: k3s and Caddy; helm; the chart; most images; the registry's and the builder's images."""

_SCRIPT = r"""
say() { printf '%s\t%s\n' "$1" "$2"; }
(. /etc/os-release 2>/dev/null; say os "$ID"; say os_version "$VERSION_ID"; say os_name "$PRETTY_NAME")
say machine "$(uname -m)"
say kernel "$(uname -r)"
say cgroup "$(stat -fc %T /sys/fs/cgroup 2>/dev/null)"
say container "$(systemd-detect-virt -c 2>/dev/null)"
[ -d /run/systemd/system ] && say systemd yes
say memory_kb "$(awk '/^MemTotal:/{print $2}' /proc/meminfo)"
say cpus "$(getconf _NPROCESSORS_ONLN)"
timedatectl show 2>/dev/null | sed -n 's/^NTP=/ntp\t/p; s/^NTPSynchronized=/synchronized\t/p'
# As k3s itself reads it: destination and mask 0 is the default route.
say default_route "$(awk '$2 == "00000000" && $8 == "00000000" {print $1; exit}' /proc/net/route)"
ip -o addr show scope global 2>/dev/null | awk '{sub("/.*", "", $4); print "address\t" $4}'
# Whose ssh connection this is: sudo keeps nothing of the environment, so further up.
pid=$$
while [ "${pid:-0}" -gt 1 ]; do
    from=$(tr '\0' '\n' 2>/dev/null <"/proc/$pid/environ" | sed -n 's/^SSH_CONNECTION=\([^ %]*\).*/\1/p')
    [ -z "$from" ] || { say comes_from "$from"; break; }
    pid=$(sed -n 's/^PPid:[^0-9]*//p' "/proc/$pid/status" 2>/dev/null)
done
for path in @paths@; do
    df -B1 --output=target,size,avail "$path" 2>/dev/null | tail -n 1 |
        awk -v p="$path" '{print "disk\t" p "\t" $1 "\t" $2 "\t" $3}'
    [ -w "$path" ] || say read_only "$path"
done
# What is not there yet will be made on the file system of the folder above.
there() { path=$1; until [ -e "$path" ]; do path=${path%/*}; path=${path:-/}; done; printf %s "$path"; }
while read -r name path; do
    # What ext4 keeps for root is no room. What is left on btrfs is a guess, another one each time.
    df -B1 --output=source,fstype,size,used,avail,itotal,iavail,target "$(there "$path")" 2>/dev/null |
        awk -v n="$name" 'NR == 2 {
            size = $2 ~ /^ext/ ? $4 + $5 : $3
            printf "share\t%s\t%s\t%s\t%.0f\t%.0f\t%s\t%s\t%s\n", n, $8, $1, size, $5, $2, $6, $7
        }'
done <<SHARES
@shares@
SHARES
registry=$(there @registry@)
say registry_mount "$(findmnt -no TARGET -T "$registry" 2>/dev/null)"
say registry_options "$(findmnt -no OPTIONS -T "$registry" 2>/dev/null)"
say disk_use "$(tail -n 1 @disk_use@ 2>/dev/null)"
tab=$(printf '\t')
ss -Hltnp 2>/dev/null | awk '{n = split($4, a, ":"); print a[n] "\t" $6}' |
while IFS="$tab" read -r port users; do
    case " @ports@ " in *" $port "*) ;; *) continue ;; esac
    pid=$(printf %s "$users" | sed -n 's/.*pid=\([0-9]*\).*/\1/p')
    name=$(printf %s "$users" | sed -n 's/^users:(("\([^"]*\)".*/\1/p')
    unit=$(sed -n 's,.*/\([^/]*\.service\).*,\1,p' "/proc/$pid/cgroup" 2>/dev/null | head -n 1)
    printf 'port\t%s\t%s\t%s\t%s\n' "$port" "$name" "$pid" "$unit"
done
for unit in k3s k3s-agent rke2-server rke2-agent kubelet snap.microk8s.daemon-kubelite; do
    file=$(systemctl show -p FragmentPath --value "$unit.service" 2>/dev/null)
    # systemd may still know a unit whose file is gone: what a `down` that was killed has left.
    [ -f "$file" ] || continue
    if grep -q '@mark@' "$file"; then say ours "$unit"; else say kubernetes "$unit"; fi
done
for unit in docker containerd firewalld ufw nftables; do
    [ "$(systemctl is-active "$unit" 2>/dev/null)" = active ] && say active "$unit"
done
stat --printf 'home\t%s\nhome_blocks\t%b\n' @homes@/[0-9][0-9][0-9].img 2>/dev/null
say k3s_version "$(cat @k3s_version@ 2>/dev/null)"
[ -e /snap/bin/docker ] && say snap_docker yes
if command -v ufw >/dev/null; then ufw status 2>/dev/null | sed 's/^/ufw\t/'; fi
if command -v firewall-cmd >/dev/null; then
    say firewalld_trusted "$(firewall-cmd --zone=trusted --list-sources 2>/dev/null)"
fi
for module in @modules@; do
    [ -d "/sys/module/$module" ] || modprobe -n -q "$module" 2>/dev/null || say no_module "$module"
done
for package in @packages@; do
    dpkg-query -W -f '${db:Status-Abbrev}' "$package" 2>/dev/null | grep -q ^ii || say missing "$package"
done
if [ "$(systemctl is-active k3s 2>/dev/null)" = active ]; then
    items='{range .items[*]}{.kind}{"\t"}{.metadata.name}{"\t"}{.spec.podCIDR}{.spec.clusterIP}{"\n"}{end}'
    timeout 30 /usr/local/bin/k3s kubectl get nodes,services -n default -o jsonpath="$items" 2>/dev/null |
        sed 's/^Node/node/; s/^Service/service/'
fi
# Last, as it is compared with the clock of the computer that reads it now.
say time "$(date +%s)"
exit 0
"""

_OUTBOUND = r"""
for name in @names@; do
    case $name in *:*) address=${name%:*} port=${name##*:} ;; *) address=$name port=443 ;; esac
    (timeout 8 bash -c ": </dev/tcp/$address/$port" 2>/dev/null && say=reached || say=not_reached
     printf '%s\t%s\n' $say $name) &
done
wait
exit 0
"""


def script(packages: Iterable[str]) -> str:
    """The queries; `packages` are those that the steps would install."""
    words = {
        "@paths@": " ".join(DISK_PATHS),
        "@shares@": "\n".join(f"{share} {places[0]}" for share, places in paths.SHARES.items()),
        "@registry@": paths.REGISTRY_DATA,
        "@disk_use@": paths.DISK_USE,
        "@ports@": " ".join(map(str, PORTS)),
        "@modules@": " ".join(MODULES),
        "@packages@": " ".join(packages),
        "@mark@": paths.WRITTEN_BY,
        "@homes@": paths.HOMES,
        "@k3s_version@": paths.version_path("k3s"),
    }
    text = _SCRIPT
    for mark, value in words.items():
        text = text.replace(mark, value)
    return "export LC_ALL=C\n" + text


def outbound_script(names: Iterable[str] = OUTBOUND) -> str:
    """Shell that tests connections to the publishers, or to NAME:PORT (default 443); it sends no request."""
    return _OUTBOUND.replace("@names@", " ".join(names))

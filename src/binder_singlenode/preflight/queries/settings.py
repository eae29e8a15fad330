"""Settings of the system that other files may override: sysctl, modules, journald, units, logrotate.

sysctl_file<TAB>PATH      sysctl_line<TAB>PATH<TAB>NUMBER:LINE      namespaces<TAB>NAME<TAB>MAXIMUM
modprobe<TAB>PATH<TAB>NUMBER:LINE      module_loaded<TAB>NAME      modules_disabled<TAB>1
unit_line<TAB>PATH<TAB>NUMBER:LINE     rotated<TAB>LOG             logrotate_error<TAB>MESSAGE
text journald: what systemd-analyze cat-config prints
"""

from __future__ import annotations

from binder_singlenode.layout import paths

UNITS = (paths.K3S_UNIT, paths.ENTRY_UNIT, paths.FIREWALL_UNIT, paths.UPKEEP_SERVICE, paths.CLEAN_UNIT)
MODULES = (
    *("overlay", "br_netfilter", "nf_conntrack", "veth", "bridge", "nf_nat", "nf_tables", "nft_compat"),
    *("ip_set", "xt_comment", "xt_conntrack", "xt_mark", "xt_MASQUERADE", "xt_multiport", "xt_nat", "xt_set"),
)
"""Those that our file loads, and those that pods, services and network policies load as they need them."""

_BEFORE = r"""
lines() { # lines KEY PATTERN FILE...: the lines of the files that match, with file and number
    key=$1 pattern=$2
    shift 2
    for each in "$@"; do
        [ ! -f "$each" ] || grep -nE "$pattern" "$each" 2>/dev/null | tr -d '\r' | tr '\t' ' ' |
            while read -r line; do printf '%s\t%s\t%s\n' "$key" "$each" "$line"; done
    done
}
"""

_SYSCTL = r"""
linked=
for file in /etc/sysctl.d/*.conf /run/sysctl.d/*.conf \
    /usr/local/lib/sysctl.d/*.conf /usr/lib/sysctl.d/*.conf /lib/sysctl.d/*.conf; do
    # A link to /dev/null hides the file of the same name below.
    [ -e "$file" ] || [ -h "$file" ] || continue
    say sysctl_file "$file"
    [ "$(readlink -f "$file")" != "$(readlink -f /etc/sysctl.conf)" ] || linked=yes
    lines sysctl_line '^[[:space:]]*-?[a-z]' "$file"
done
[ "$linked" ] || lines sysctl_line '^[[:space:]]*-?[a-z]' /etc/sysctl.conf
! grep -qsi '^ENABLED=yes' /etc/ufw/ufw.conf || lines sysctl_line '^[[:space:]]*-?[a-z]' /etc/ufw/sysctl.conf
for name in mnt net pid ipc uts cgroup; do
    printf 'namespaces\t%s\t%s\n' $name "$(cat /proc/sys/user/max_${name}_namespaces 2>/dev/null)"
done
"""

_MODULES = r"""
lines modprobe '^[[:space:]]*(install|blacklist)[[:space:]]+(@modules@)([[:space:]]|$)' \
    /etc/modprobe.d/*.conf /run/modprobe.d/*.conf /usr/lib/modprobe.d/*.conf
for module in @names@; do
    if [ -d /sys/module/$module ] || grep -qs "/$module[.]ko" "/lib/modules/$(uname -r)/modules.builtin"; then
        say module_loaded $module
    fi
done
[ "$(cat /proc/sys/kernel/modules_disabled 2>/dev/null)" != 1 ] || say modules_disabled 1
"""

_UNITS = r"""
lines unit_line '^[[:space:]]*[A-Z][A-Za-z]+[[:space:]]*=' \
    /etc/systemd/system/service.d/*.conf /run/systemd/system/service.d/*.conf @folders@
"""

_LOGROTATE = r"""
command -v logrotate >/dev/null && [ -f /etc/logrotate.conf ] || exit 0
logrotate -d /etc/logrotate.conf 2>&1 | tr '\t' ' ' | sed -n \
    '/^error: stat of/d; s/^error: /logrotate_error\t/p; s,^considering log \(@ours@\),rotated\t\1,p'
"""


def fragments() -> dict[str, str]:
    """Section -> shell; changes nothing."""
    folders = " ".join(
        f"/etc/systemd/system/{unit}.d/*.conf /run/systemd/system/{unit}.d/*.conf" for unit in UNITS
    )
    modules = "|".join(name.replace("_", "[_-]") for name in MODULES)
    return {
        "sysctl": _BEFORE + _SYSCTL,
        "modprobe": _BEFORE + _MODULES.replace("@modules@", modules).replace("@names@", " ".join(MODULES)),
        "unit drop-ins": _BEFORE + _UNITS.replace("@folders@", folders),
        "logrotate": _LOGROTATE.replace("@ours@", rf"{paths.LOG}/.*\|{paths.POD_LOGS}/.*"),
        "text journald": "systemd-analyze cat-config systemd/journald.conf 2>/dev/null",
    }

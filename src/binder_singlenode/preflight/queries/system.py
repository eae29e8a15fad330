"""The system: distribution, kernel, memory, processors, clock."""

from __future__ import annotations

_SCRIPT = r"""
(. /etc/os-release 2>/dev/null; say os "$ID"; say os_version "$VERSION_ID"; say os_name "$PRETTY_NAME")
say machine "$(uname -m)"
say kernel "$(uname -r)"
say cgroup "$(stat -fc %T /sys/fs/cgroup 2>/dev/null)"
say container "$(systemd-detect-virt -c 2>/dev/null)"
[ -d /run/systemd/system ] && say systemd yes
say memory_kb "$(awk '/^MemTotal:/{print $2}' /proc/meminfo)"
say cpus "$(getconf _NPROCESSORS_ONLN)"
timedatectl show 2>/dev/null | sed -n 's/^NTP=/ntp\t/p; s/^NTPSynchronized=/synchronized\t/p'
"""


def fragments() -> dict[str, str]:
    """Section -> shell."""
    return {"system": _SCRIPT}

"""Install Debian packages: wait for whoever holds apt's locks, and say what to do when apt fails."""

import shlex

from binder_singlenode.base.render import render

CLOUD_INIT_LIMIT_S = 300
LIMIT_S = 900
"""The first unattended upgrade of a new machine takes minutes, on a slow one ten."""
LOCKED = (
    "[Cc]ould not get lock|Unable to lock|Unable to acquire the dpkg|was locked by another process|is locked"
)

REMEDIES = (
    (
        "Release file .* is not valid yet|is not yet valid",
        "set the clock, which is behind: timedatectl set-ntp true",
    ),
    (
        "Release file .* is expired",
        "look at the clock (timedatectl); if it is right, the mirror is old: use another one in"
        " /etc/apt/sources.list and /etc/apt/sources.list.d",
    ),
    (
        "Malformed (entry|line|stanza)|list of sources could not be read|Type .* is not known",
        "correct the file that apt names, or remove it",
    ),
    (
        "cdrom:|apt-cdrom|[Mm]edia change",
        "put a # before each line with cdrom: in /etc/apt/sources.list: the installation disk is not there",
    ),
    (
        "407|Proxy Authentication",
        "let the web proxy accept this machine without a password; see proxy in the host file and"
        " Acquire::http::Proxy in /etc/apt/apt.conf.d",
    ),
    (
        "Could not resolve|Temporary failure resolving|Name or service not known",
        "repair the machine's name servers (resolvectl status, /etc/resolv.conf), or correct the name of the"
        " mirror",
    ),
    (
        "Could not connect|Connection (timed out|refused|failed)|Unable to connect|Network is unreachable",
        "let the machine out to its package mirror, name another mirror, or set proxy in the host file",
    ),
    (
        "404 +Not Found|does not have a Release file|no longer has a Release file",
        "correct the source that apt names: its release or path is not on that mirror (any more)",
    ),
    (
        "NO_PUBKEY|is not signed|EXPKEYSIG|signatures? (was|were) invalid|couldn't be verified",
        "renew the key of the source that apt names, or remove that source",
    ),
    (
        "[Cc]ertificate verification failed|certificate .* (NOT trusted|expired)|server certificate",
        "look at the clock; if it is right, install the mirror's authority in"
        " /usr/local/share/ca-certificates, or use http",
    ),
    (
        "Hash Sum mismatch|unexpected size|Mirror sync in progress|Splitting up .* failed",
        "wait for the mirror to be complete and try again, or name another; a cache in between may be stale",
    ),
    ("No space left|enough free space", "make room: apt-get clean, df -h /var"),
    ("Read-only file system", "mount the file system read-write: see dmesg, then mount -o remount,rw /"),
    (
        "Held packages were changed",
        "release the package that is on hold: apt-mark showhold, apt-mark unhold PACKAGE",
    ),
    (
        "held broken packages|unmet dependencies|Unmet dependencies|unable to correct problems",
        "repair the packages: apt-mark showhold, ls /etc/apt/preferences.d, apt-get --fix-broken install",
    ),
    (
        "Unable to locate package|no installation candidate",
        "add the distribution's own mirror (main; on Ubuntu also universe) to the sources, and look for a"
        " pin: apt-cache policy PACKAGE",
    ),
    (
        "post-installation script|Sub-process .*dpkg returned|dpkg was interrupted|Errors were encountered",
        "repair the package that dpkg names: dpkg --configure -a, dpkg --audit",
    ),
    (
        LOCKED,
        "end the program that holds the lock, or wait for it; then run the same command again",
    ),
)
"""Extended regular expressions for apt's words (in English), and what to do. One output may match several."""


def install_script(names: list[str], limit_s: int = LIMIT_S) -> str:
    """Shell that installs packages. It fetches the package lists only if installing fails without."""
    return render(
        "packages/install.sh.j2",
        names=" ".join(names),
        count=len(names),
        limit_s=limit_s,
        cloud_init_limit_s=CLOUD_INIT_LIMIT_S,
        locked=LOCKED,
        remedies=[(shlex.quote(pattern), shlex.quote(remedy)) for pattern, remedy in REMEDIES],
    )


def holder_script() -> str:
    """Shell that prints who holds a lock of apt or dpkg; nothing if nobody does."""
    return f"{render('packages/locks.sh.j2')}\nbusy || :"

"""The options that the user's own ssh_config has for a host, as `ssh -G` resolves them.

Only options that say how the host is reached and how the user is authenticated are taken over (ADR 1531): a
list of what is allowed, because ssh_config also holds much that changes what a command or its output becomes
(RemoteCommand, SessionType, StdinNull, LocalForward, LogLevel ...), and each release of ssh adds to it.
"""

import os
import re
import subprocess
from pathlib import Path

from binder_singlenode.base.invocation import once
from binder_singlenode.config import Host
from binder_singlenode.errors import ConnectError

LIMIT_S = 60
"""Long: `Match exec` runs the user's own programs."""

_WAY = """hostname port addressfamily bindaddress bindinterface connectionattempts ipqos tcpkeepalive
    compression proxyjump proxycommand proxyusefdpass rekeylimit"""
_CRYPTOGRAPHY = """ciphers macs kexalgorithms hostkeyalgorithms casignaturealgorithms pubkeyacceptedalgorithms
    pubkeyacceptedkeytypes hostbasedacceptedalgorithms hostbasedkeytypes requiredrsasize revokedhostkeys"""
_AUTHENTICATION = """identityfile certificatefile identityagent identitiesonly addkeystoagent pkcs11provider
    securitykeyprovider preferredauthentications pubkeyauthentication passwordauthentication
    kbdinteractiveauthentication challengeresponseauthentication kbdinteractivedevices numberofpasswordprompts
    hostbasedauthentication enablesshkeysign gssapiauthentication gssapikeyexchange gssapikexalgorithms
    gssapidelegatecredentials gssapiclientidentity gssapiserveridentity gssapitrustdns
    gssapirenewalforcesrekey"""
ALLOWED = frozenset(f"{_WAY} {_CRYPTOGRAPHY} {_AUTHENTICATION}".split())

_OF_A_KEY = frozenset(("identityfile", "identitiesonly", "pubkeyauthentication", "preferredauthentications"))
"""Replaced if the host file names a key: the key is used whatever ssh_config says."""
_PATHS = frozenset(
    (
        "identityfile",
        "certificatefile",
        "identityagent",
        "pkcs11provider",
        "securitykeyprovider",
        "revokedhostkeys",
    )
)


def taken_over(host: Host) -> list[str]:
    """The lines to take over. Raises ConnectError.

    Only those that differ from ssh's own defaults: an explicit default, such as the host key algorithms,
    changes what ssh does.
    """
    defaults = set(_asked(Path(os.devnull), host))
    replaced = _OF_A_KEY if host.ssh.key else frozenset()
    replaced |= {"proxyjump", "proxycommand"} if host.ssh.jump else frozenset()
    kept = []
    for line in _asked(host.ssh.config, host):
        key, _, value = line.partition(" ")
        wanted = key in ALLOWED and key not in replaced
        if wanted and (key in ("hostname", "port") or line not in defaults):
            kept.append(f"{key} {_requoted(key, _with_name(value, host.address))}")
    return kept


def _asked(config: Path | None, host: Host) -> tuple[str, ...]:
    port = host.ssh.port if "port" in host.ssh.model_fields_set else None
    return _output(config, port, host.ssh.user, host.address)


@once
def _output(config: Path | None, port: int | None, user: str, address: str) -> tuple[str, ...]:
    """The output lines of `ssh -G`, cached for the run. Raises ConnectError.

    The user is given, because `Match user` and `Match exec` may depend on it. -N: without a command, a
    configuration with ForkAfterAuthentication is refused.
    """
    options = [*(["-F", str(config)] if config else []), *(["-p", str(port)] if port else []), "-l", user]
    where = str(config or "~/.ssh/config")
    try:
        done = subprocess.run(
            ["ssh", "-G", "-N", *options, "--", address],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=LIMIT_S,
            check=False,
        )
    except FileNotFoundError as error:
        raise ConnectError(
            "the program ssh is not installed on this computer, or not in PATH",
            hint="install it (apt-get install openssh-client), then run the same command again",
        ) from error
    except subprocess.TimeoutExpired as error:
        raise ConnectError(
            f"ssh did not read its configuration within {LIMIT_S} s",
            where=where,
            hint=f"a program in `Match exec` may hang; try: ssh -G {address}",
        ) from error
    if done.returncode != 0:
        raise ConnectError(
            f"ssh cannot use its configuration: {done.stderr.strip()}",
            where=where,
            hint=f"try: ssh {address} true",
        )
    return tuple(done.stdout.splitlines())


def _with_name(value: str, address: str) -> str:
    """Replace %n and %k, the name on ssh's command line: it is another one here (config.ALIAS)."""
    return re.sub(r"%(.)", lambda found: address if found[1] in "nk" else found[0], value)


def _requoted(key: str, value: str) -> str:
    """Quote a file name with a space: `ssh -G` prints it without quotes."""
    return f'"{value}"' if key in _PATHS and " " in value else value

"""Strict checks of machine and user names, because these are written to ssh's command line and config file.

Every check returns the value or raises FieldError. The checks are allow-lists: a name that begins with "-"
would be an option of ssh, and a newline would begin another line of ssh_config.
"""

import ipaddress
import re
from dataclasses import dataclass

from binder_singlenode.base.ip import as_ip
from binder_singlenode.base.masking import MASK
from binder_singlenode.config.messages import excerpt
from binder_singlenode.errors import ConfigError

_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
NAME_PATTERN = rf"^{_LABEL}(?:\.{_LABEL})*$"
ALIAS_PATTERN = NAME_PATTERN.replace("[A-Za-z0-9]", "[A-Za-z0-9_]").replace("A-Za-z0-9-", "A-Za-z0-9_-")
"""Aliases of ssh_config may have an underscore; DNS names of web servers may not."""
# A port, or the rest of an IPv6 address, right or wrong.
_AFTER_COLON = r"[0-9]*|\[?[0-9A-Fa-f.:]*:[0-9A-Fa-f.:]*\]?(?:%\w+)?(?::[0-9]*)?"
USER_PATTERN = r"^[A-Za-z0-9_][A-Za-z0-9_.+-]{0,63}$"


class FieldError(ConfigError, ValueError):
    """An invalid value of a field; `near` is the name of the sibling field that the value conflicts with;
    `secret`: the value may be a password or a key, and its line is shown without it."""

    def __init__(
        self, message: str, *, hint: str | None = None, near: str | None = None, secret: bool = False
    ) -> None:
        super().__init__(message, hint=hint)
        self.near = near
        self.secret = secret


_RESERVED = ("localhost", "local", "internal", "test", "invalid", "alt", "lan", "home", "corp", "intranet")


@dataclass(frozen=True)
class SshAddress:
    """The parts of user@address:port; `user` and `port` are None when not given."""

    user: str | None
    address: str
    port: int | None


_LONGEST_SHOWN = 4000
"""Longer values are cut before secrets are looked for, which takes time."""


def show(value: object, limit: int = 60) -> str:
    """`value` in double quotes on one line, shortened, without secrets, with control characters escaped."""
    text = excerpt.safe(str(value)[:_LONGEST_SHOWN])
    text = text if len(text) <= limit else text[:limit] + "…"
    return '"' + "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text) + '"'


_COLON_HINT = "passwords are asked for, and are never in a host file or an address"


def _check_no_password(text: str) -> None:
    """Raises FieldError for user:password, without showing the password. A port and IPv6 have colons too."""
    before, colon, rest = text.rpartition("@")[2 if "@" not in text else 0].partition(":")
    if colon and "://" not in text and not re.fullmatch(_AFTER_COLON, rest, re.ASCII):
        raise FieldError(
            f'"{show(before)[1:-1]}:{MASK}" has more than a name before or behind the colon',
            hint=_COLON_HINT,
            secret=True,
        )


def check_address(text: str) -> str:
    """What ssh connects to: a DNS name, an alias of ssh_config, or an IP address without brackets."""
    return _checked(text, ALIAS_PATTERN)


def _checked(text: str, pattern: str) -> str:
    if as_ip(text):
        return text
    if not _is_name(text, pattern):
        _check_no_password(text)
        raise FieldError(f"{show(text)} is not a DNS name or an IP address", hint=_address_hint(text))
    if re.fullmatch(r"[0-9]+|0[xX][0-9a-fA-F]+", text.rpartition(".")[2]):
        # ssh and browsers read such a name as an IPv4 address, in different ways.
        raise FieldError(f"{show(text)} is not an IPv4 address", hint="it has four numbers from 0 to 255")
    return text


def check_hostname(text: str) -> str:
    """The public DNS name, in lower case and without a final dot."""
    if as_ip(text):
        raise FieldError(
            f"{show(text)} is an IP address, not a DNS name", hint="leave hostname out: address is used"
        )
    return _checked(text.lower(), NAME_PATTERN)


def is_public(name: str) -> bool:
    """Whether a DNS name can exist in the public DNS: not a single label, and no reserved ending (RFC 6761,
    RFC 6762, RFC 9476, and ICANN's .internal)."""
    first, dot, last = name.rpartition(".")
    return bool(first and dot) and last not in _RESERVED


def check_user(text: str) -> str:
    """A login name on the host."""
    if not re.fullmatch(USER_PATTERN, text, re.ASCII):
        _check_no_password(text)
        raise FieldError(
            f"{show(text)} is not a login name",
            hint="letters, digits, . _ + - and no - at the beginning, at most 64",
        )
    return text


def check_jump(text: str) -> str:
    """One or several jump hosts, each [user@]address[:port], with commas between them."""
    for hop in text.split(","):
        parse_ssh_address(hop)
    return text


def parse_ssh_address(text: str) -> SshAddress:
    """The parts of [user@]address[:port]; an IPv6 address with a port is in brackets."""
    user, at, rest = text.rpartition("@")
    match = re.fullmatch(r"\[([^\[\]]*)\](?::(.*))?", rest, re.DOTALL)
    if match:
        address, port = match[1], match[2]
        if not isinstance(as_ip(address), ipaddress.IPv6Address):
            raise FieldError(
                f"{show(address)} is not an IPv6 address", hint="brackets are for IPv6 only: user@[::1]:22"
            )
    elif as_ip(rest):
        address, port = rest, None
    elif rest.count(":") == 1:
        address, _, port = rest.partition(":")
    else:
        address, port = rest, None  # malformed IPv6 is rejected below
    if at and not user:
        raise FieldError("the user name before @ is missing", hint=f"write it, as in root@{rest}")
    return SshAddress(
        user=check_user(user) if at else None,
        address=check_address(address),
        port=None if port is None else _port(port),
    )


def _port(text: str) -> int:
    if re.fullmatch(r"[0-9]{1,5}", text, re.ASCII) and 1 <= int(text) <= 65535:
        return int(text)
    said = show(text) if re.fullmatch(r"-?\d{0,20}", text) else "what is behind the colon"
    raise FieldError(f"{said} is not a port", hint="a whole number from 1 to 65535", secret=True)


def _is_name(text: str, pattern: str) -> bool:
    return len(text) <= 253 and re.fullmatch(pattern, text, re.ASCII) is not None


def _address_hint(text: str) -> str:
    """Hint about the probable mistake. The first matching test wins."""
    if not text:
        return "give the name or IP address of the machine"
    if "://" in text:
        return "only the name, without http:// and without a path"
    if "@" in text:
        return "only the name or IP address; the user goes to ssh.user"
    if "%" in text:
        return "IPv6 zones (%eth0) are not supported: use a global address or a DNS name"
    if text.startswith("[") or re.fullmatch(r"[^:]+:[0-9]+", text):
        return "only the name or IP address; the port goes to ssh.port, and IPv6 has no brackets here"
    if not text.isascii():
        return _punycode_hint(text)
    return "letters, digits, - and dots, no - or dot at either end"


def _punycode_hint(text: str) -> str:
    try:
        return f'write it in ASCII: "{text.encode("idna").decode("ascii")}"'
    except UnicodeError:
        return "write it in ASCII (punycode, xn--…)"

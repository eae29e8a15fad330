"""IP addresses as text."""

import ipaddress


def as_ip(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """The IP address that `text` spells, or None. IPv6 zones ("%eth0") are not accepted."""
    try:
        return None if "%" in text else ipaddress.ip_address(text)
    except ValueError:
        return None


def in_brackets(address: str) -> str:
    """The address as written before a port or in a URL: IPv6 in brackets."""
    return f"[{address}]" if ":" in address else address

"""Parse sizes and times of host files; format sizes.

Two programs read memory sizes from the host file, and they disagree on "G":

    JupyterHub   K M G T                1G = 1024^3 bytes   (jupyterhub.traitlets.ByteSpecification)
    Kubernetes   k M G T, Ki Mi Gi Ti   1G = 1000^3 bytes, 1Gi = 1024^3 bytes   (resource.Quantity)

Each has its own parser here, which rejects the units of the other instead of guessing.
"""

import re
from decimal import Decimal

from binder_singlenode.errors import ConfigError

KIB, MIB, GIB = 1024, 1024**2, 1024**3
"""Bytes."""

_JUPYTERHUB = {"K": 1024, "M": 1024**2, "G": 1024**3, "T": 1024**4}
_KUBERNETES = {
    "k": 1000,
    "M": 1000**2,
    "G": 1000**3,
    "T": 1000**4,
    "Ki": 1024,
    "Mi": 1024**2,
    "Gi": 1024**3,
    "Ti": 1024**4,
}
_DURATION_S = {"s": 1, "m": 60, "h": 3600, "d": 86400}

# Nine digits are enough for any machine, and few enough to compute fast.
_NUMBER = r"[0-9]{1,9}(?:\.[0-9]{1,6})?"
JUPYTERHUB_PATTERN = rf"^{_NUMBER}[KMGT]$"
KUBERNETES_PATTERN = rf"^{_NUMBER}(?:k|[MGT]|[KMGT]i)$"
DURATION_PATTERN = r"^(?:[0-9]{1,9}d)?(?:[0-9]{1,9}h)?(?:[0-9]{1,9}m)?(?:[0-9]{1,9}s)?$"


def positive(pattern: str) -> str:
    """The pattern for values other than zero, for editors (JSON schema): one digit is not 0."""
    return "^(?=.*[1-9])" + pattern.removeprefix("^")


class UnitError(ConfigError, ValueError):
    """A size or time has the wrong format; the hint gives the right one."""


def parse_jupyterhub_bytes(text: str) -> int:
    """Bytes of a size in JupyterHub's units ("1G" = 1024^3).

    Raises UnitError for everything that JupyterHub would refuse, and for a bare number.
    """
    if not re.fullmatch(JUPYTERHUB_PATTERN, text, re.ASCII):
        raise UnitError(f"{show(text)} is not a size in JupyterHub's units", hint=_jupyterhub_hint(text))
    return int(Decimal(text[:-1]) * _JUPYTERHUB[text[-1]])


def parse_kubernetes_bytes(text: str) -> int:
    """Bytes of a size in Kubernetes' units ("2G" = 2 * 1000^3, "2Gi" = 2 * 1024^3).

    Raises UnitError for everything that Kubernetes would refuse, for a bare number, and for "m",
    which Kubernetes reads as thousandths of a byte.
    """
    if not re.fullmatch(KUBERNETES_PATTERN, text, re.ASCII):
        raise UnitError(f"{show(text)} is not a size in Kubernetes' units", hint=_kubernetes_hint(text))
    number, unit = _split(text)
    return int(Decimal(number) * _KUBERNETES[unit])


def parse_duration_s(text: str) -> int:
    """Seconds of a time such as "90s", "10m", "12h", "1d" or "1h30m". Raises UnitError."""
    if not text or not re.fullmatch(DURATION_PATTERN, text, re.ASCII):
        raise UnitError(f"{show(text)} is not a time", hint=_duration_hint(text))
    return sum(int(number) * _DURATION_S[unit] for number, unit in re.findall(r"([0-9]+)([dhms])", text))


def counted(number: int, noun: str) -> str:
    """The number with its noun: "1 session", "2 sessions"."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def human_bytes(count: int) -> str:
    """`count` bytes as text, in powers of 1024 and with at most one decimal: "512 B", "1.5 GiB"."""
    if count < 0:
        return "-" + human_bytes(-count)
    units = ("B", "KiB", "MiB", "GiB", "TiB", "PiB")
    value = float(count)
    for unit in units[:-1]:
        # 1023.95 would be shown as 1024.0 of this unit: use the next one.
        if value < 1023.95:
            return _one_decimal(value, unit)
        value /= 1024
    return _one_decimal(value, units[-1])


def _one_decimal(value: float, unit: str) -> str:
    return f"{value:.1f}".removesuffix(".0") + f" {unit}"


def show(text: str) -> str:
    """`text` in quotes, on one line, cut after 40 characters."""
    short = text if len(text) <= 40 else text[:40] + "…"
    return '"' + short.encode("unicode_escape").decode("ascii").replace("\\u2026", "…") + '"'


def _split(text: str) -> tuple[str, str]:
    """("1.5", "GB") of " 1.5 GB "; ("", text) when it does not begin with a number."""
    match = re.fullmatch(rf"\s*({_NUMBER})\s*([A-Za-z]*)\s*", text, re.ASCII)
    return (match[1], match[2]) if match else ("", text)


def _jupyterhub_hint(text: str) -> str:
    number, unit = _split(text)
    if number and not unit:
        return f'give a unit: "{number}M" or "{number}G" (K, M, G, T; 1G = 1024^3 bytes)'
    if number and unit[0].upper() in _JUPYTERHUB and unit[1:].lower() in ("", "b", "i", "ib"):
        return f'did you mean "{number}{unit[0].upper()}"? JupyterHub has K, M, G, T, and 1G = 1024^3 bytes'
    return 'write a number and K, M, G or T, as in "512M" or "1.5G" (1G = 1024^3 bytes)'


def _kubernetes_hint(text: str) -> str:
    number, unit = _split(text)
    if number and not unit:
        return f'give a unit: "{number}M", "{number}Gi" (1G = 1000^3 bytes, 1Gi = 1024^3 bytes)'
    if number and unit == "m":
        return f'in Kubernetes "m" means thousandths: did you mean "{number}M" or "{number}Mi"?'
    if number and unit[0].upper() in _JUPYTERHUB and unit[1:].lower() in ("", "b"):
        letter = unit[0].upper()
        decimal = "k" if letter == "K" else letter
        return f'did you mean "{number}{decimal}" (powers of 1000) or "{number}{letter}i" (powers of 1024)?'
    if number and unit[0].upper() in _JUPYTERHUB and unit[1:].lower() in ("i", "ib"):
        return f'did you mean "{number}{unit[0].upper()}i"?'
    return 'write a number and a unit, as in "512Mi" or "2G" (1G = 1000^3 bytes, 1Gi = 1024^3 bytes)'


def _duration_hint(text: str) -> str:
    number, unit = _split(text)
    words = {"sec": "s", "min": "m", "hour": "h", "hr": "h", "day": "d"}
    if number and "." not in number:
        if not unit:
            return f'give a unit: "{number}s", "{number}m" or "{number}h"'
        for word, letter in (*words.items(), *((u, u) for u in _DURATION_S)):
            if unit.lower().startswith(word):
                return f'did you mean "{number}{letter}"?'
    return 'write whole numbers and d, h, m, s, largest first, as in "90s", "10m" or "1h30m"'

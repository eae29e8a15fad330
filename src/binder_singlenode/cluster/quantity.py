"""Kubernetes quantities as the API server writes them ("16393244Ki", "500m", "1073741824")."""

import re
from decimal import Decimal

# apimachinery/pkg/api/resource/suffix.go
_SUFFIXES = {
    "": Decimal(1),
    "n": Decimal("1e-9"),
    "u": Decimal("1e-6"),
    "m": Decimal("1e-3"),
    "k": Decimal(1000),
    **{letter: Decimal(1000) ** (power + 2) for power, letter in enumerate("MGTPE")},
    **{f"{letter}i": Decimal(1024) ** (power + 1) for power, letter in enumerate("KMGTPE")},
}
_QUANTITY = re.compile(r"([+-]?[0-9.]+)(?:[eE]([+-]?[0-9]{1,2})|([numkMGTPE]|[KMGTPE]i)?)")


def parse(text: str) -> Decimal:
    """The number that a quantity stands for (bytes, CPUs, a count). Raises ValueError for anything else."""
    match = _QUANTITY.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is not a Kubernetes quantity")
    number, exponent, suffix = match.groups()
    return Decimal(number).scaleb(int(exponent or 0)) * _SUFFIXES[suffix or ""]


def whole(text: str | int | None) -> int | None:
    """The same, rounded down to a whole number; None stays None."""
    return None if text is None else int(parse(str(text)))

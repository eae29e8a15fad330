"""Unquoted scalars: their value in YAML 1.2's core schema, and ambiguous ones.

Helm reads YAML 1.1, ruamel.yaml reads YAML 1.2, and people may expect another value: a scalar with different
readings is an error here.
"""

import re
from typing import Any

from binder_singlenode.config.model.addresses import show

_NULL = {"", "~", "null", "Null", "NULL"}
_BOOL = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
YAML_1_1_BOOL = {"yes": "true", "on": "true", "no": "false", "off": "false"}
_INT = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", re.ASCII)
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?", re.ASCII)
_NOT_FINITE = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_LEADING_ZERO = re.compile(r"[-+]?0[0-9_]+", re.ASCII)
_UNDERSCORE = re.compile(r"[-+]?[0-9][0-9_]*_[0-9_]*", re.ASCII)
_NUMBER_MAX_CHARACTERS = 30


def core_value(text: str) -> Any:
    """The value of an unquoted scalar in YAML 1.2's core schema."""
    if text in _NULL:
        return None
    if text in _BOOL:
        return _BOOL[text]
    if _INT.fullmatch(text):
        return int(text, 0 if text[:2] in ("0o", "0x") else 10)
    return float(text) if _FLOAT.fullmatch(text) else text


def ambiguous(text: str) -> tuple[str, str] | None:
    """Message and hint for an unquoted scalar that YAML parsers read differently; None for any other."""
    if len(text) > _NUMBER_MAX_CHARACTERS and _FLOAT.fullmatch(text):
        return f"{show(text)} is too long for a number", "put it in quotes, if it is text"
    if text.lower() in YAML_1_1_BOOL:
        meant = YAML_1_1_BOOL[text.lower()]
        return (
            f"{text} is text for some programs and {meant} for others",
            f'write {meant}, or "{text}" for the text',
        )
    if _LEADING_ZERO.fullmatch(text):
        return _leading_zero(text)
    if _UNDERSCORE.fullmatch(text):
        return f"{text} is text for some programs and a number for others", f"write {text.replace('_', '')}"
    if _NOT_FINITE.fullmatch(text):
        return f"{text} is not a number that anything here can use", "write a number"
    return None


def _leading_zero(text: str) -> tuple[str, str]:
    digits = text.replace("_", "")
    octal = f"the octal {int(digits, 8)}" if re.fullmatch("[-+]?[0-7]+", digits) else "text"
    return (
        f"{text} is {octal} for some programs and the number {int(digits)} for others",
        f'write "{text}" for text (a file mode, say), or the number without the 0 in front',
    )

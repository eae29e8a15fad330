"""Prepare text for display: mask secrets, remove terminal control characters."""

import re

from binder_singlenode.base import invocation
from binder_singlenode.base.secret_shapes import MASK, TELLING_NAME, without_shapes

__all__ = ["MASK", "clean", "hide", "mask", "names_secret", "remember"]

_SHORTEST = 6
"""Shorter values are not masked: they are no safe secrets, and they occur in ordinary text."""

_SECRET_LINE = re.compile(
    # Without the look-behinds, a match would be tried at every character of a long line (a certificate).
    rf"""(?P<head>(?<![\w.-])["']?{TELLING_NAME}["']?
        \s*[:=]\s*)(?P<value>\S.*)$""",
    re.IGNORECASE | re.VERBOSE,
)
_BLOCK_START = re.compile(r"^[|>][+-]?\d?$")
_ESCAPE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|.)?")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def remember(secret: str) -> None:
    """Mask this secret in all output until the run ends."""
    if len(secret) >= _SHORTEST:
        invocation.current().secrets.add(secret)


def names_secret(name: str) -> bool:
    """Whether the name of an option or variable shows that its value is a secret."""
    return re.fullmatch(TELLING_NAME, name, re.IGNORECASE) is not None


def hide(text: str) -> str:
    """Mask the secrets of this run, and what has the shape of a secret; mask() also masks by names."""
    for secret in sorted(invocation.current().secrets, key=len, reverse=True):
        text = text.replace(secret, MASK)
    return without_shapes(text)


def mask(text: str) -> str:
    """Mask the secrets of this run and all values that look like secrets; other lines stay."""
    text = hide(text)
    lines: list[str] = []
    block_indent: int | None = None
    for line in text.split("\n"):
        body = line[1:] if line[:1] in "+- " else line
        indent = len(body) - len(body.lstrip())
        if block_indent is not None and (indent > block_indent or not body.strip()):
            lines.append(line[: len(line) - len(body) + indent] + (MASK if body.strip() else ""))
            continue
        found = _SECRET_LINE.search(line)
        secret_block = found is not None and _BLOCK_START.match(found["value"])
        block_indent = indent if secret_block else None
        masked = line if secret_block else _SECRET_LINE.sub(rf"\g<head>{MASK}", line)
        lines.append(masked)
    return "\n".join(lines)


def clean(text: str) -> str:
    """Remove escape sequences and control characters: a build log must not control the user's terminal."""
    return _CONTROL.sub("", _ESCAPE.sub("", text))

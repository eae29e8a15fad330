"""Text made fit to be shown: secrets masked, and no character in it that a terminal would obey."""

import re

from binder_singlenode.base import invocation

MASK = "********"
_SHORTEST = 6
"""What is shorter is no secret worth the name, and hiding it would tear holes into every text."""

# a YAML or JSON key, or an environment variable, whose name says that its value is nobody's business
_SECRET_NAME = r"[\w.-]*(?:password|passwd|token|secret|api_?key|private_?key|credential|cookie)[\w.-]*"  # noqa: S105
# The look-behinds keep a long line without blanks (a certificate) from being tried at every character.
_SECRET_LINE = re.compile(
    rf"""(?P<head>(?<![\w.-])["']?{_SECRET_NAME}["']?
        \s*[:=]\s*)(?P<value>\S.*)$""",
    re.IGNORECASE | re.VERBOSE,
)
_IN_URL = re.compile(r"(?P<head>(?<!\w)\w+://[^/\s:@]+:)[^@/\s]+(?P<tail>@)")
_KEY_BLOCK = re.compile(
    r"(-----BEGIN [A-Z ]*PRIVATE KEY-----).*?(-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL
)
_BLOCK_START = re.compile(r"^[|>][+-]?\d?$")
_ESCAPE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|.)?")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def remember(secret: str) -> None:
    """From now on, until the run ends, this one is hidden wherever it turns up."""
    if len(secret) >= _SHORTEST:
        invocation.current().secrets.add(secret)


def names_secret(name: str) -> bool:
    """Whether the name of an option or variable says that its value is nobody's business."""
    return re.fullmatch(_SECRET_NAME, name, re.IGNORECASE) is not None


def hide(text: str) -> str:
    """The text without the secrets of this run; all else stays, unlike with mask()."""
    for secret in sorted(invocation.current().secrets, key=len, reverse=True):
        text = text.replace(secret, MASK)
    return text


def mask(text: str) -> str:
    """The text with the values of secrets replaced; what is left keeps its lines."""
    text = _KEY_BLOCK.sub(rf"\1 {MASK} \2", hide(text))
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
        lines.append(_IN_URL.sub(rf"\g<head>{MASK}\g<tail>", masked))
    return "\n".join(lines)


def clean(text: str) -> str:
    """Without escape sequences and control characters: a build log must not repaint somebody's terminal."""
    return _CONTROL.sub("", _ESCAPE.sub("", text))

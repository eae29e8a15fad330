"""What secrets look like: names of keys that hold one, tokens of known services, private keys, URLs.

Masked wherever text leaves the program: messages, excerpts of host files, logs, diffs.
"""

import re

MASK = "********"

TELLING_NAME = (
    r"(?:[\w.-]*(?:password|passwd|passphrase|passwort|token|secret|api_?key|private_?key|access_?key|auth_?key"
    r"|credential|cookie)[\w.-]*|(?:[\w.-]*[_.-])?(?:pass|pwd|pw|hcloud)(?:[_.-][\w.-]*)?)"
)
"""Name of a YAML or JSON key, or of an environment variable, whose value is a secret (ignoring case)."""

_KEY_BLOCKS = re.compile(
    r"(-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----).*?"
    r"(-----END [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----|\Z)"
    r"|(PuTTY-User-Key-File-\d:).*?(Private-MAC: *\w+|\Z)",
    re.DOTALL,
)
_TOKENS = re.compile(
    r"gh[opusr]_[A-Za-z0-9]{16,}|github_pat_\w{16,}"  # GitHub
    r"|gl(?:pat|oas|dt|rt|rtr|cbt|ptt|ft|imt|agent|soat|ffct)-[\w-]{16,}(?:\.[\w.-]+)?"  # GitLab
    r"|AGE-SECRET-KEY-(?:PQ-)?1[A-Z0-9]{16,}"
    r"|AKIA[0-9A-Z]{16}|xox[abeposr]-[\w-]{10,}|sk-[\w-]{20,}|hf_[A-Za-z0-9]{20,}"
    r"|dckr_(?:pat|oat)_[\w-]{16,}|npm_[A-Za-z0-9]{30,}|pypi-[\w-]{40,}"
    r"|eyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)*"  # JSON Web Token
)
# Hetzner's tokens: 64 letters and digits. A SHA-256 digest has no capitals.
_MIXED_64 = re.compile(
    r"(?<![A-Za-z0-9])(?=[a-z0-9]*[A-Z])(?=[A-Z0-9]*[a-z])(?=[A-Za-z]*[0-9])[A-Za-z0-9]{64,80}(?![A-Za-z0-9])"
)
_AUTHORIZATION = re.compile(r"(?i)\b((?:bearer|basic)\s+)[\w.~+/=-]{12,}")
# user:password@host, in a URL or without one; image:tag@sha256:… and host:port/path@x are none.
_IN_URL = re.compile(
    r"(?P<head>(?<!\w)\w+://[^/\s:@\"']*:)(?!\d{1,5}/)[^\s\"'@][^\s\"']*(?P<tail>@)(?!sha\d+:)"
)
# https://TOKEN@host: user names that are as long are rare.
_TOKEN_IN_URL = re.compile(r"(?P<head>(?<!\w)\w+://)[^/\s:@\"']{20,}(?P<tail>@)")
_BEFORE_AT = re.compile(
    r"(?P<head>(?<![\w.+/-])(?!mailto:)[\w.+-]+:)(?!//)(?!\d{1,5}/)[^\s\"'@/][^\s\"'@]*(?P<tail>@)(?!sha\d+:)"
)


def without_shapes(text: str) -> str:
    """Mask everything in `text` that has the shape of a secret."""
    if "KEY" in text or "PuTTY" in text:
        text = _KEY_BLOCKS.sub(_block_mask, text)
    if "@" in text and ":" in text:
        text = _IN_URL.sub(rf"\g<head>{MASK}\g<tail>", text)
        text = _BEFORE_AT.sub(rf"\g<head>{MASK}\g<tail>", text)
    if "@" in text and "://" in text:
        text = _TOKEN_IN_URL.sub(rf"\g<head>{MASK}\g<tail>", text)
    text = _TOKENS.sub(MASK, text)
    text = _MIXED_64.sub(MASK, text)
    return _AUTHORIZATION.sub(rf"\g<1>{MASK}", text)


def _block_mask(found: re.Match[str]) -> str:
    first, last = found[1] or found[3], found[2] or found[4] or ""
    return f"{first} {MASK} {last}"

"""Excerpts of a host file without secrets, also when the file is broken and a secret is where none belongs.

A message about a host file shows a line of it. What a person may have pasted there is masked: values of keys
that are named like secrets, with the lines indented below them, the inside of a pasted private key, passwords
in URLs, and words that look random.
"""

import re
from collections.abc import Sequence

from binder_singlenode.base.masking import MASK, hide
from binder_singlenode.base.secret_shapes import TELLING_NAME

_RANDOM_LENGTH = 12
"""Words that are shorter are not taken for random: versions, times and names of hosts have digits too."""
_WORD = re.compile(rf"[A-Za-z0-9_+=!$%^&*~-]{{{_RANDOM_LENGTH},}}")
_NAMED = re.compile(
    rf"""(?i)(?P<head>(?<![\w.-])["']?{TELLING_NAME}["']?(?:\s*[:=]\s*|\s+))(?P<value>\S.*)$"""
)
_OPENS = re.compile(rf"""(?i)\s*(?:-\s+)?["']?{TELLING_NAME}["']?\s*(?:[:=].*)?$""")
_USER_AND_PASSWORD = re.compile(
    r"(?P<head>(?<![\w.+-])[\w.+-]+:(?!\s|//))(?!\d{1,5}/).*(?P<tail>@)(?!sha\d+:)"
)
_REFERENCE = re.compile(r"(?:env|file|age):\S+$")
_NO_SECRET = re.compile(r"(?i)_(?:url|uri|file|path|name|type|id)$")
_KEY_BEGINS = re.compile(r"-----BEGIN|PRIVATE KEY|PuTTY-User-Key-File|Private-Lines:")
_KEY_ENDS = re.compile(r"-----END|Private-MAC:")


def safe_lines(lines: Sequence[str]) -> list[str]:
    """The lines of a host file, each as it may be shown; as many as before."""
    shown: list[str] = []
    inside_key, below = False, None
    for line in lines:
        indent = len(line) - len(line.lstrip())
        if below is not None and line.strip() and indent <= below:
            below = None
        hidden = inside_key or (below is not None and line.strip() != "")
        inside_key = (inside_key or bool(_KEY_BEGINS.search(line))) and not _KEY_ENDS.search(line)
        shown.append(line[:indent] + MASK if hidden else safe(line))
        if below is None and _OPENS.match(line):
            below = indent
    return shown


def safe(text: str) -> str:
    """One line, or a value, without what looks like a secret."""
    text = hide(_NAMED.sub(_named_mask, text))
    text = _USER_AND_PASSWORD.sub(rf"\g<head>{MASK}\g<tail>", text)
    return _WORD.sub(lambda word: MASK if _is_random(word, text) else word[0], text)


def looks_secret(text: str) -> bool:
    """Whether a value is a private key or another secret, not a path or a name."""
    return bool(_KEY_BEGINS.search(text)) or "\n" in text or hide(text) != text


def _named_mask(found: re.Match[str]) -> str:
    value, name = found["value"], found["head"].rstrip(" \t:=\"'")
    harmless = _REFERENCE.fullmatch(value) or value.startswith("#") or _NO_SECRET.search(name)
    return found[0] if harmless else found["head"] + MASK


def _is_random(word: re.Match[str], text: str) -> bool:
    """Letters and digits mixed, and no part of a path or of a longer name with dots."""
    around = text[word.start() - 1 : word.start()] + text[word.end() : word.end() + 1]
    if "/" in around or "." in around:
        return False
    found = word[0]
    return bool(re.search("[A-Za-z]", found) and re.search("[0-9]", found))

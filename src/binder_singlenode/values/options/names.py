"""What was probably meant by a name that does not exist."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable


def close(name: str, known: Iterable[str], cutoff: float = 0.6) -> str | None:
    """The known name that is most similar; capitals and underscores do not count."""
    plain = {_letters(each): each for each in known}
    found = difflib.get_close_matches(_letters(name), plain, n=1, cutoff=cutoff)
    return plain[found[0]] if found else None


def meant(name: str, known: Iterable[str], cutoff: float = 0.6) -> str:
    """`; did you mean NAME?`, or nothing."""
    found = close(name, known, cutoff)
    return f"; did you mean {found}?" if found else ""


def _letters(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())

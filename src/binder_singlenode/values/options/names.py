"""What was probably meant by a name that does not exist."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from binder_singlenode.config.messages.suggest import letters


def close(name: str, known: Iterable[str], cutoff: float = 0.6) -> str | None:
    """The known name that is most similar; capitals and underscores do not count."""
    plain = {letters(each): each for each in known}
    found = difflib.get_close_matches(letters(name), plain, n=1, cutoff=cutoff)
    return plain[found[0]] if found else None


def meant(name: str, known: Iterable[str]) -> str:
    """`; did you mean NAME?`, or nothing."""
    found = close(name, known)
    return f"; did you mean {found}?" if found else ""

"""Cached results of boot tests. A result is valid until the question (such as boot or version) changes."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

from binder_singlenode.base import atomic
from binder_singlenode.vm import cache


def kept(name: str, question: Mapping[str, str], ask: Callable[[], bool]) -> bool:
    """The answer cached in NAME.json if it has the same question; else calls `ask` and caches the answer."""
    place = cache.root() / f"{name}.json"
    try:
        known = json.loads(place.read_text())
    except (FileNotFoundError, ValueError):
        known = None
    if isinstance(known, dict) and known.get("question") == question and "answer" in known:
        return known["answer"] is True
    answer = ask()
    atomic.write(place, json.dumps({"question": question, "answer": answer}))
    return answer

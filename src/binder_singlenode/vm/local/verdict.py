"""What was found out by booting something, kept until the question is another one."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

from binder_singlenode.base import atomic
from binder_singlenode.vm import cache


def kept(name: str, question: Mapping[str, str], ask: Callable[[], bool]) -> bool:
    """The answer kept as NAME.json in the cache, when it is to the same question; else `ask` is called."""
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

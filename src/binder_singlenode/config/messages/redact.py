"""Parts of a host file where a secret may have been written by mistake: errors never quote their values.

These are whole sections, not only the keys for secrets, because the key may be misspelt or missing.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from typing import Any, get_args

from pydantic import BaseModel

from binder_singlenode.config.messages.problems import Problem
from binder_singlenode.config.model.host import Host
from binder_singlenode.config.model.secret import SecretRef


@cache
def secret_fields() -> tuple[str, ...]:
    """The dotted names of the fields that refer to secrets; all are in top-level sections."""
    return tuple(
        f"{section}.{name}"
        for section, info in Host.model_fields.items()
        if isinstance(info.annotation, type) and issubclass(info.annotation, BaseModel)
        for name, inner in info.annotation.model_fields.items()
        if _refers(inner.annotation)
    )


def is_hidden(location: Sequence[str | int]) -> bool:
    """Whether the value at `location` may be a secret: a field for one, an unknown key beside it, or a single
    value in place of the whole section."""
    if not location or not any(name.startswith(f"{location[0]}.") for name in secret_fields()):
        return False
    if len(location) == 1:
        return True
    section, key = (str(step) for step in location[:2])
    return f"{section}.{key}" in secret_fields() or key not in _fields(section)


@cache
def _fields(section: str) -> frozenset[str]:
    """The fields of a section that text is written to; text in place of true or false may be a secret."""
    annotation = Host.model_fields[section].annotation
    assert isinstance(annotation, type) and issubclass(annotation, BaseModel)
    fields = annotation.model_fields.items()
    return frozenset(name for name, info in fields if info.annotation is not bool)


def hidden(problem: Problem, *, about_value: bool, elsewhere: bool = False) -> Problem:
    """The problem without secret values; `about_value`: its message may quote the value; `elsewhere`: its
    position is that of another field."""
    if elsewhere or not is_hidden(re.split(r"[.\[]", problem.key)):
        return problem
    if not about_value:
        return replace(problem, hide=True)
    said = "YAML may read this as true or false (it is not shown)"
    return replace(problem, message=said, hint="put it in quotes", hide=True)


def _refers(annotation: Any) -> bool:
    return annotation is SecretRef or any(_refers(part) for part in get_args(annotation))

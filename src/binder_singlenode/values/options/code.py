"""Python in the Helm values (extraConfig): BinderHub and JupyterHub run it at their start."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from binder_singlenode.base.masking import mask

UNKNOWN = object()
"""The value of an assignment that only Python can compute."""


@dataclass(frozen=True)
class Assignment:
    """A line `c.CLASS.OPTION = VALUE`."""

    line: int
    name: str
    option: str
    value: Any


def texts(section: Any) -> dict[str, str]:
    """The programs of an extraConfig, by name."""
    return {str(key): text for key, text in _items(section) if isinstance(text, str)}


def problems_in(section: Any, path: str) -> Iterator[str]:
    """One line for each program that is no Python."""
    for key, text in _items(section):
        if text is not None and not isinstance(text, str):
            yield f"{path}.{key}: it must be a text with Python"
        elif isinstance(text, str) and (problem := _syntax(text)):
            yield f"{path}.{key}: it is no Python: {problem}"


def assignments(text: str) -> list[Assignment]:
    """The options that a program sets; empty when it is no Python."""
    if _syntax(text):
        return []
    with warnings.catch_warnings(action="ignore"):
        tree = ast.parse(text)
    return [
        Assignment(node.lineno, target.value.attr, target.attr, _literal(node.value))
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Attribute)
        and isinstance(target.value, ast.Attribute)
        and isinstance(target.value.value, ast.Name)
        and target.value.value.id == "c"
    ]


def _items(section: Any) -> Iterator[tuple[Any, Any]]:
    if isinstance(section, Mapping):
        yield from section.items()


def _syntax(text: str) -> str | None:
    """Line, error and the line itself, without secrets; None when the text is Python."""
    try:
        with warnings.catch_warnings(action="ignore"):
            compile(text, "extraConfig", "exec")
    except SyntaxError as error:
        line = (text.splitlines() or [""])[min(error.lineno or 1, len(text.splitlines())) - 1]
        return f"line {error.lineno}: {error.msg}: {mask(line.strip())}"
    except (ValueError, RecursionError, MemoryError) as error:
        return str(error) or type(error).__name__
    return None


def _literal(node: ast.expr) -> Any:
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
        return UNKNOWN

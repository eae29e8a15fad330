"""Where output goes and how it is laid out; with the other report files, the only place that knows rich."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from binder_singlenode.base.masking import clean

_UNWRAPPED_COLUMNS = 10_000  # a pipe has no width: its reader wants whole lines


def stdout() -> Console:
    """Where data goes. In a pipe nothing is wrapped or coloured."""
    return _console(to_stderr=False)


def stderr() -> Console:
    """Where talk goes."""
    return _console(to_stderr=True)


def _console(to_stderr: bool) -> Console:
    console = Console(stderr=to_stderr, highlight=False, markup=False, emoji=False, soft_wrap=True)
    if not console.is_terminal:
        console.width = _UNWRAPPED_COLUMNS
    return console


def to_plain(value: Any) -> Any:
    """Dataclasses, paths and dates as JSON's own types; secrets (fields with repr=False) are left out."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        shown = [field.name for field in dataclasses.fields(value) if field.repr]
        return {name: to_plain(getattr(value, name)) for name in shown}
    if isinstance(value, Mapping):
        return {str(key): to_plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [to_plain(item) for item in value]
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, date):
        return value.isoformat()
    return value


def print_rows(
    rows: Iterable[Sequence[str]], header: Sequence[str] = (), console: Console | None = None
) -> None:
    """Columns, aligned; a header on terminals and in pipes alike."""
    table = Table(box=None, pad_edge=False, show_header=bool(header), header_style="bold")
    for title in header:
        table.add_column(title, overflow="fold")
    for row in rows:
        table.add_row(*(Text(clean(cell)) for cell in row))
    (console or stdout()).print(table)

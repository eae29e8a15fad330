"""Consoles and the layout of tables. Only modules in output/ import rich."""

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

_UNWRAPPED_COLUMNS = 10_000  # a pipe has no width: lines must not be wrapped


def stdout() -> Console:
    """The console for data. In a pipe nothing is wrapped or coloured."""
    return _console(to_stderr=False)


def stderr() -> Console:
    """The console for messages."""
    return _console(to_stderr=True)


def _console(to_stderr: bool) -> Console:
    console = Console(stderr=to_stderr, highlight=False, markup=False, emoji=False, soft_wrap=True)
    if not console.is_terminal:
        console.width = _UNWRAPPED_COLUMNS
    return console


def to_plain(value: Any) -> Any:
    """Convert dataclasses, paths and dates to JSON types; secrets (fields with repr=False) are left out."""
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
    """Print rows in aligned columns. The header is printed in a pipe too."""
    table = Table(box=None, pad_edge=False, show_header=bool(header), header_style="bold")
    for title in header:
        table.add_column(title, overflow="fold")
    for row in rows:
        table.add_row(*(Text(clean(cell)) for cell in row))
    _print_unpadded(table, console or stdout())


def _print_unpadded(table: Table, console: Console) -> None:
    """Print the table; in a pipe without the blanks that fill its last column, which help nobody there."""
    if console.is_terminal:
        console.print(table)
        return
    with console.capture() as captured:
        console.print(table)
    for line in captured.get().splitlines():
        console.out(line.rstrip(), highlight=False)

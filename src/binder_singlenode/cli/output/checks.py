"""Results of `verify`, as a table and as data for JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from binder_singlenode.base.masking import clean
from binder_singlenode.cli.output.console import stdout, to_plain
from binder_singlenode.cli.output.progress import duration

if TYPE_CHECKING:
    from binder_singlenode.health.results import Report

_OUTCOMES = {"passed": ("ok", "green"), "failed": ("FAILED", "bold red"), "skipped": ("skipped", "yellow")}


def print_report(report: Report, console: Console | None = None) -> None:
    """Print the checks as a table, then call `print_conclusion`."""
    console = console or stdout()
    table = Table(box=None, pad_edge=False, show_header=False)
    for result in report.results:
        word, style = _OUTCOMES[result.outcome]
        note = result.message if result.outcome == "skipped" else ""
        title, took = Text(clean(result.title)), duration(result.seconds)
        table.add_row(Text(word, style), title, took, Text(clean(note), "dim"))
    console.print(table)
    print_conclusion(report, console)


def print_conclusion(report: Report, console: Console) -> None:
    """Print the failures in full, and the counts. Enough on its own if progress has shown each check."""
    for result in report.failed:
        console.print(Text(f"\n{clean(result.title)}", "bold red"))
        console.print(Text("\n".join(f"  {clean(line)}" for line in result.message.splitlines())))
    counts = ", ".join(f"{report.count(outcome)} {outcome}" for outcome in ("passed", "failed", "skipped"))
    console.print(Text(f"\n{counts} in {duration(report.seconds)}"))


def report_data(report: Report) -> dict[str, Any]:
    """The checks as data for JSON."""
    data: dict[str, Any] = to_plain(report)
    return {"ok": report.ok, **data}

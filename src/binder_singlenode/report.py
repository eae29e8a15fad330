"""What people see and programs read; with the commands, the only place that knows rich.

stdout is data: a table for people, or JSON. stderr is talk: progress, as one live line on a terminal and as
plain lines in a pipe (progress.py).
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from binder_singlenode.masking import clean, mask
from binder_singlenode.report_progress import Progress, duration
from binder_singlenode.units import human_bytes

if TYPE_CHECKING:
    from binder_singlenode.events import Plan, PlannedOperation, Result
    from binder_singlenode.launch_events import Ready
    from binder_singlenode.status import Status
    from binder_singlenode.verify_report import Report

__all__ = [
    "Progress",
    "plan_data",
    "print_plan",
    "print_ready",
    "print_report",
    "print_result",
    "print_rows",
    "print_status",
    "report_data",
    "status_data",
    "stderr",
    "stdout",
    "to_json",
    "to_plain",
]

_OUTCOMES = {"passed": ("ok", "green"), "failed": ("FAILED", "bold red"), "skipped": ("skipped", "yellow")}
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


def to_json(value: Any) -> str:
    """The same as text."""
    return json.dumps(to_plain(value), indent=2, ensure_ascii=False)


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


def sign(operation: PlannedOperation) -> str:
    """+ makes, ~ changes, = leaves as it is, ? known only when its turn comes."""
    if operation.change is None:
        return "?"
    if not operation.change:
        return "="
    lines = (operation.diff or "").splitlines()
    body = [line for line in lines if line[:3] not in ("---", "+++") and line[:1] in ("+", "-", " ")]
    return "+" if body and all(line.startswith("+") for line in body) else "~"


def print_plan(
    plan: Plan, diff: bool = True, everything: bool = False, console: Console | None = None
) -> None:
    """Step by step what would change, with masked diffs; `everything` names also what stays."""
    console = console or stdout()
    step = None
    for operation in plan.operations:
        if operation.change is False and not everything:
            continue
        if operation.step != step:
            step = operation.step
            console.print(Text(step, "bold"))
        mark = sign(operation)
        console.print(Text(f"  {mark} {clean(operation.name)}", _STYLES[mark]))
        if diff and operation.diff:
            _print_diff(operation.diff, console)
    console.print(_plan_sum(plan))


_STYLES = {"+": "green", "~": "yellow", "=": "dim", "?": "cyan"}


def _print_diff(diff: str, console: Console) -> None:
    styles = {"+": "green", "-": "red", "@": "cyan"}
    for line in mask(diff).splitlines():
        console.print(Text(f"      {clean(line)}", styles.get(line[:1], "dim")))


def _plan_sum(plan: Plan) -> Text:
    marks = [sign(operation) for operation in plan.operations]
    changes = marks.count("+") + marks.count("~")
    if not changes and "?" not in marks:
        return Text(f"Nothing to change: {len(marks)} operations looked at.")
    later = f", {marks.count('?')} known only on the way" if "?" in marks else ""
    return Text(f"{changes} of {len(marks)} operations would change something{later}.")


def plan_data(plan: Plan) -> dict[str, Any]:
    """The plan for programs; diffs masked."""
    rows = [
        {
            "step": each.step,
            "name": each.name,
            "change": each.change,
            "sign": sign(each),
            "diff": None if each.diff is None else mask(each.diff),
        }
        for each in plan.operations
    ]
    return {"changes": len(plan.changes), "operations": rows}


def print_result(result: Result, console: Console | None = None) -> None:
    """One line after `up`: what was changed."""
    what = f"{result.changed} changed" if result.changed else "nothing changed"
    (console or stdout()).print(Text(f"{what}, {result.operations} operations, {duration(result.seconds)}"))


def print_report(report: Report, console: Console | None = None) -> None:
    """The checks as a table, then the failures in full."""
    console = console or stdout()
    table = Table(box=None, pad_edge=False, show_header=False)
    for result in report.results:
        word, style = _OUTCOMES[result.outcome]
        note = result.message if result.outcome == "skipped" else ""
        title, took = Text(clean(result.title)), duration(result.seconds)
        table.add_row(Text(word, style), title, took, Text(clean(note), "dim"))
    console.print(table)
    for result in report.failed:
        console.print(Text(f"\n{clean(result.title)}", "bold red"))
        console.print(Text("\n".join(f"  {clean(line)}" for line in result.message.splitlines())))
    counts = ", ".join(f"{report.count(outcome)} {outcome}" for outcome in ("passed", "failed", "skipped"))
    console.print(Text(f"\n{counts} in {duration(report.seconds)}"))


def report_data(report: Report) -> dict[str, Any]:
    """The checks for programs."""
    data: dict[str, Any] = to_plain(report)
    return {"ok": report.ok, **data}


def print_ready(ready: Ready, console: Console | None = None) -> None:
    """The session's address alone on stdout; where the time went belongs to stderr (Progress.launch)."""
    (console or stdout()).print(Text(ready.login_url))


def print_status(status: Status, console: Console | None = None) -> None:
    """One screen."""
    console = console or stdout()
    print_rows(_status_rows(status), console=console)
    if status.sessions:
        console.print()
        rows = [(each.pod, each.phase, each.since, each.image) for each in status.sessions]
        print_rows(rows, ("SESSION", "PHASE", "SINCE", "IMAGE"), console)
    for line in status.problems:
        console.print(Text(f"! {clean(line)}", "bold red"))
    if status.next_step:
        console.print(Text(f"next: {clean(status.next_step)}"))


def _host_line(status: Status) -> str:
    line = f"{status.name} ({status.address})"
    return f"{line}, not reached: {status.unreached.splitlines()[0]}" if status.unreached else line


def _status_rows(status: Status) -> list[tuple[str, str]]:
    unknown = "unknown"
    node, release, hub = status.node, status.release, status.health
    running = unknown if status.sessions is None else str(len(status.sessions))
    registry = {True: "answers", False: "does not answer", None: unknown}[status.registry_ok]
    stores = {each.name: human_bytes(each.used_bytes) for each in status.stores}
    days = status.certificate_days_left
    rows = [
        ("host", _host_line(status)),
        ("address", status.base_url),
        ("services", ", ".join(f"{unit} {state}" for unit, state in status.services.items()) or unknown),
        ("node", unknown if node is None else _node_line(status)),
        (
            "release",
            "none"
            if release is None and node
            else unknown
            if release is None
            else f"revision {release.revision} {release.status}, {release.chart}, {release.updated_at}",
        ),
        ("binderhub", unknown if hub is None else ("ok" if hub.ok else "ill") + _version(status)),
        ("registry", registry + (f", {stores['registry']}" if "registry" in stores else "")),
        ("sessions", f"{running} of {unknown if status.quota is None else status.quota}"),
        ("builds", unknown if status.builds is None else str(status.builds)),
    ]
    rows += [
        (f"disk {each.path}", f"{human_bytes(each.free_bytes)} of {human_bytes(each.total_bytes)} free")
        for each in status.disks
    ]
    rows += [(f"  {name}", size) for name, size in stores.items()]
    rows.append(("certificates", unknown if days is None else f"{days:.0f} days left"))
    return rows


def _node_line(status: Status) -> str:
    node = status.node
    assert node is not None
    ready = "ready" if node.ready else "not ready"
    cordoned = ", cordoned" if node.cordoned else ""
    memory = human_bytes(node.allocatable_memory_bytes)
    return f"{node.name} {ready}{cordoned}, {node.kubelet_version}, {memory} for pods, {node.os_image}"


def _version(status: Status) -> str:
    return f", {status.versions.binderhub}" if status.versions else ""


def status_data(status: Status) -> dict[str, Any]:
    """The same for programs."""
    data: dict[str, Any] = to_plain(status)
    return {"ok": status.ok, "certificate_days_left": status.certificate_days_left, **data}

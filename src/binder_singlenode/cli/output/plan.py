"""A plan as text and as data for JSON, with masked diffs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.text import Text

from binder_singlenode.base.masking import clean, mask
from binder_singlenode.cli.output.console import stdout

if TYPE_CHECKING:
    from binder_singlenode.provision.events import Plan, PlannedOperation

_STYLES = {"+": "green", "~": "yellow", "=": "dim", "?": "cyan"}


def sign(operation: PlannedOperation) -> str:
    """+ creates, ~ changes, = changes nothing, ? known only when the operation runs."""
    if operation.change is None:
        return "?"
    if not operation.change:
        return "="
    lines = (operation.diff or "").splitlines()
    body = [line for line in lines if line[:3] not in ("---", "+++") and line[:1] in ("+", "-", " ")]
    return "+" if body and all(line.startswith("+") for line in body) else "~"


def print_plan(plan: Plan, diff: bool = True, console: Console | None = None) -> None:
    """Print what would change, step by step, with masked diffs."""
    console = console or stdout()
    step = None
    for operation in plan.operations:
        if operation.change is False:
            continue
        if operation.step != step:
            step = operation.step
            console.print(Text(step, "bold"))
        mark = sign(operation)
        console.print(Text(f"  {mark} {clean(operation.name)}", _STYLES[mark]))
        if diff and operation.diff:
            _print_diff(operation.diff, console)
    console.print(_plan_sum(plan))


def _print_diff(diff: str, console: Console) -> None:
    styles = {"+": "green", "-": "red", "@": "cyan"}
    for line in mask(diff).splitlines():
        console.print(Text(f"      {clean(line)}", styles.get(line[:1], "dim")))


def _plan_sum(plan: Plan) -> Text:
    marks = [sign(operation) for operation in plan.operations]
    changes = marks.count("+") + marks.count("~")
    if not changes and "?" not in marks:
        return Text(f"Nothing to change: {len(marks)} operations checked.")
    later = f", {marks.count('?')} known only on the way" if "?" in marks else ""
    return Text(f"{changes} of {len(marks)} operations would change something{later}.")


def plan_data(plan: Plan) -> dict[str, Any]:
    """The plan as data for JSON, with masked diffs."""
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

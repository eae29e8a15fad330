"""`maintenance` in the host file: closed before all else, open again after all else, and nothing restarts."""

from pathlib import Path
from typing import Any

from binder_singlenode.deploy import steps
from binder_singlenode.deploy.context import Context
from binder_singlenode.layout import paths

from .conftest import HOST_FILE, finished

CLOSED = f"{HOST_FILE}maintenance: Back soon.\n"
CLOSING = [f"Write {paths.MAINTENANCE_ANSWER}", f"Write {paths.MAINTENANCE_PAGE}"]
OPENING = [f"Remove {paths.MAINTENANCE_PAGE}", f"Remove {paths.MAINTENANCE_ANSWER}"]


def everything(context: Context) -> None:
    for step in steps.in_order():
        step(context)


def test_closing_and_opening_change_nothing_else(
    context: Context, play: Any, make: Any, tmp_path: Path
) -> None:
    closed = make(tmp_path, CLOSED)
    assert play(everything, closed, finished(context)).changed == CLOSING
    assert play(everything, closed, finished(closed)).changed == []
    assert play(everything, context, finished(closed)).changed == OPENING


def test_closed_before_the_rest_is_changed_and_opened_after_it(
    context: Context, play: Any, make: Any, tmp_path: Path
) -> None:
    closed = make(tmp_path, CLOSED)
    order = play(everything, closed, {}).changed
    assert order.index(CLOSING[1]) < order.index("Start k3s")
    told = finished(closed)
    told["files"] = [line for line in told["files"] if paths.CADDYFILE not in line]
    assert play(everything, context, told).changed[-3:] == ["Start the entry", *OPENING]


def test_a_changed_sentence_is_written_anew(play: Any, make: Any, tmp_path: Path) -> None:
    before, after = make(tmp_path, CLOSED), make(tmp_path, CLOSED.replace("soon", "at 15:00"))
    assert play(everything, after, finished(before)).changed == CLOSING

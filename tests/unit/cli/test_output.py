"""What people see and programs read."""

import io
import json
import re
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from binder_singlenode.base.masking import MASK, clean, mask
from binder_singlenode.binderhub.launch.events import LaunchEvent, Stage
from binder_singlenode.cli import output
from binder_singlenode.cli.output.progress import Progress, duration
from binder_singlenode.cli.pace import Pace
from binder_singlenode.health.results import CheckResult, Report
from binder_singlenode.health.status import SessionUse, Status
from binder_singlenode.provision.events import Event, Plan, PlannedOperation


def shown(show: Any, *what: Any, **more: Any) -> str:
    """What a pipe would get."""
    stream = io.StringIO()
    show(*what, **more, console=Console(file=stream, width=200, highlight=False, markup=False))
    return "\n".join(line.rstrip() for line in stream.getvalue().splitlines())


NEW = "--- /etc/a\n+++ /etc/a\n@@ -0,0 +1,2 @@\n+one\n+password: hunter2\n"
CHANGED = "--- /etc/b\n+++ /etc/b\n@@ -1 +1 @@\n-one\n+two\n"
PLAN = Plan(
    [
        PlannedOperation("kernel", "Write a", True, NEW),
        PlannedOperation("kernel", "Write b", True, CHANGED),
        PlannedOperation("kernel", "Load overlay", False),
        PlannedOperation("k3s", "Start k3s", True),
        PlannedOperation("release", "Install", None),
    ]
)


def test_a_plan_names_what_would_change_and_masks_the_diff() -> None:
    text = shown(output.print_plan, PLAN)
    assert text.splitlines()[:2] == ["kernel", "  + Write a"]
    assert "  ~ Write b" in text and "  ~ Start k3s" in text and "  ? Install" in text
    assert "Load overlay" not in text and "hunter2" not in text and f"+password: {MASK}" in text
    assert text.endswith("3 of 5 operations would change something, 1 known only on the way.")


def test_a_plan_can_leave_out_diffs() -> None:
    text = shown(output.print_plan, PLAN, diff=False)
    assert "  ~ Write b" in text and "two" not in text


def test_a_plan_without_changes() -> None:
    plan = Plan([PlannedOperation("kernel", "Write a", False)])
    assert shown(output.print_plan, plan) == "Nothing to change: 1 operations checked."


def test_a_plan_for_programs() -> None:
    data = output.plan_data(PLAN)
    assert data["changes"] == 3 and [each["sign"] for each in data["operations"]] == list("+~=~?")
    assert "hunter2" not in json.dumps(data)


CHECKS = Report(
    (
        CheckResult("host::a", "Clock is right", "passed", 0.1, ""),
        CheckResult("host::b", "Disk has room", "failed", 12.0, "full\nvery"),
        CheckResult("host::c", "Ports are closed", "skipped", 0.0, "behind a jump host"),
    ),
    15.0,
)


def test_checks_as_a_table_and_failures_in_full() -> None:
    text = shown(output.print_report, CHECKS)
    assert re.search(r"^ok +Clock is right +0\.1 s$", text, re.MULTILINE)
    assert re.search(r"^skipped +Ports are closed +0\.0 s +behind a jump host$", text, re.MULTILINE)
    assert "\nDisk has room\n  full\n  very\n" in text
    assert text.endswith("1 passed, 1 failed, 1 skipped in 15 s")


def test_after_each_check_was_shown_only_failures_are_told_again() -> None:
    text = shown(output.print_conclusion, CHECKS)
    assert "\nDisk has room\n  full\n  very\n" in text
    assert text.endswith("1 passed, 1 failed, 1 skipped in 15 s")
    assert "Clock" not in text and "Ports" not in text


def test_checks_for_programs() -> None:
    data = json.loads(json.dumps(output.report_data(CHECKS)))
    assert data["ok"] is False and data["results"][1]["message"] == "full\nvery"


def test_json_of_all_that_we_have() -> None:
    @dataclass
    class Thing:
        path: Path
        when: date
        names: frozenset[str]
        secret: str = field(repr=False, default="hunter2")

    text = json.dumps(output.to_plain({"thing": Thing(Path("/a"), date(2026, 11, 22), frozenset({"x"}))}))
    assert json.loads(text) == {"thing": {"path": "/a", "when": "2026-11-22", "names": ["x"]}}


def test_rows_are_aligned_and_never_wrapped_in_a_pipe(capsys: pytest.CaptureFixture[str]) -> None:
    output.print_rows([("a", "x" * 300), ("long", "y")], ("NAME", "WHAT"))
    lines = capsys.readouterr().out.splitlines()
    assert [line.rstrip() for line in lines] == ["NAME  WHAT", "a     " + "x" * 300, "long  y"]


def test_status_with_nothing_known_still_fills_its_screen() -> None:
    status = Status("alpha", "10.0.0.1", "http://alpha", problems=["the host cannot be queried: no route"])
    text = shown(output.print_status, status)
    assert "sessions      unknown of unknown" in text and text.endswith(
        "! the host cannot be queried: no route"
    )
    assert output.status_data(status)["ok"] is False


def test_status_of_a_host_that_is_not_reached_says_why_and_what_to_do() -> None:
    status = Status("a", "10.0.0.1", "c", unreached="the key changed.\n  trusted: x", next_step="ask them")
    lines = shown(output.print_status, status).splitlines()
    assert lines[0] == "host          a (10.0.0.1), not reached: the key changed."
    assert lines[-1] == "next: ask them"
    assert output.status_data(status)["next_step"] == "ask them"


def test_status_lists_sessions() -> None:
    session = SessionUse("jupyter-x", "Running", "i:1", "2026-11-22T00:00:00Z")
    text = shown(output.print_status, Status("a", "b", "c", sessions=(session,), quota=3))
    assert "sessions      1 of 3" in text and re.search(r"^jupyter-x +Running", text, re.MULTILINE)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_pipe_gets_plain_lines() -> None:
    stream = io.StringIO()
    with Progress(stream) as progress:
        progress.operation(Event("step", "k3s"))
        progress.operation(Event("started", "k3s", "Start k3s"))
        progress.operation(Event("finished", "k3s", "Start k3s", True, 2.0))
        progress.operation(Event("finished", "k3s", "Write a", False, 2.0))
        progress.operation(Event("failed", "k3s", "Wait"))
        progress.check(CheckResult("", "Clock", "running", 0, ""))
        progress.check(CheckResult("", "Clock", "failed", 0.5, ""))
    assert stream.getvalue() == "k3s\n  ~ Start k3s (2.0 s)\n  ! Wait\nFAILED  Clock (0.5 s)\n"


def slow(progress: Progress, *moments: tuple[float, str]) -> None:
    progress.operation(Event("started", "release", "Upgrade"))
    for seconds, now in moments:
        progress.operation(Event("waiting", "release", "Upgrade", seconds=seconds, now=now))


def test_a_pipe_hears_of_what_takes_long_and_of_what_it_waits_for() -> None:
    stream = io.StringIO()
    with Progress(stream) as progress:
        slow(progress, (2, ""), (11, "a"), (12, "a"), (25, "a"), (26, "b"), (27, "c"), (87, "b"))
    assert stream.getvalue().splitlines() == [
        "  … Upgrade: 11 s so far; a",
        "  … Upgrade: 26 s so far; b",
        "  … Upgrade: 87 s so far; b",
    ]


def test_a_terminal_sees_it_at_once_with_how_long_the_rest_takes() -> None:
    stream = Terminal()
    known = Pace(Plan([PlannedOperation("release", "Upgrade", True)]), {"release: Upgrade": 40.0})
    with Progress(stream, pace=known) as progress:
        slow(progress, (2, "a"))
    assert stream.getvalue().split("\r\x1b[K")[2:] == ["  … Upgrade: 2.0 s so far; a; about 38 s left", ""]


def test_a_terminal_gets_one_live_line_that_goes_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "20")
    stream = Terminal()
    with Progress(stream) as progress:
        progress.live("x" * 100)
        progress.line("done")
        progress.live("more")
    parts = stream.getvalue().split("\r\x1b[K")
    assert parts == ["", "x" * 18 + "…", "done\n", "more", ""]


def launch_event(phase: str, message: str) -> LaunchEvent:
    return LaunchEvent(phase, message, {}, 1.0, Stage.BUILD)


def test_a_build_shows_each_phase_once_unless_verbose() -> None:
    events = [
        launch_event("waiting", "Waiting\n"),
        launch_event("building", "Step 1\n"),
        launch_event("building", "10%\r20%\r"),
        launch_event("built", "Built image\n"),
    ]
    for verbose, steps in [(False, ["Step 1"]), (True, ["Step 1", "10%", "20%"])]:
        stream = io.StringIO()
        progress = Progress(stream, verbose=verbose)
        for each in events:
            progress.launch(each)
        lines = [line.split(maxsplit=3)[-1] for line in stream.getvalue().splitlines()]
        assert lines == ["Waiting", *steps, "Built image"]


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("password: hunter2", f"password: {MASK}"),
        ('+  "apiToken": "hunter2",', f'+  "apiToken": {MASK}'),
        ("-cookie_secret = hunter2", f"-cookie_secret = {MASK}"),
        ("url: https://me:hunter2@host/x", f"url: https://me:{MASK}@host/x"),
        ("+secret: |\n+  hunter2\n+  hunter2\n+b: 1", f"+secret: |\n+  {MASK}\n+  {MASK}\n+b: 1"),
        ("-----BEGIN RSA PRIVATE KEY-----\nhunter2", f"-----BEGIN RSA PRIVATE KEY----- {MASK} "),
        ("plain: text", "plain: text"),
        ("password:", "password:"),
    ],
)
def test_secrets_are_masked(text: str, masked: str) -> None:
    assert mask(text) == masked


def test_masking_a_long_line_takes_no_time() -> None:
    assert len(mask("a" * 50_000)) == 50_000


def test_what_a_terminal_would_obey_is_taken_out() -> None:
    assert clean("a\x1b[31mb\x1b]0;title\x07c\x08\u202ed\n\te") == "abcd\n\te"


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0.0 s"), (9.94, "9.9 s"), (9.96, "10 s"), (99, "99 s"), (185, "3 min 5 s")]
)
def test_durations(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_talk_goes_to_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    output.print_plan(PLAN, diff=False, console=output.stderr())
    captured = capsys.readouterr()
    assert captured.out == "" and "~ Write b" in captured.err

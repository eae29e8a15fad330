"""`logs`: the command for each component, and its lines for programs."""

import pytest
import typer

from binder_singlenode.cli.commands.logs import WHOLE_FILES, entry, log_command, logs


@pytest.mark.parametrize(
    ("component", "timed", "command"),
    [
        ("k3s", False, "journalctl -u k3s --no-pager -n 9 --since -2h -f"),
        ("k3s", True, "journalctl -u k3s --no-pager -o short-iso -n 9 --since -2h -f"),
        (
            "hub",
            True,
            "k3s kubectl logs -n lab deployment/hub --all-containers --timestamps --tail=9 --since=2h -f",
        ),
        (
            "launches",
            True,
            "cd /var/log/binder-singlenode/launches && tail -q -n 9 -F $(ls | tail -n 1) /dev/null",
        ),
        ("audit", True, "tail -n 9 -F /var/log/binder-singlenode/audit.log"),
    ],
)
def test_each_log_is_asked_in_its_own_words(component: str, timed: bool, command: str) -> None:
    assert log_command(component, "lab", 9, follow=True, since="2h", timed=timed) == command


@pytest.mark.parametrize(
    ("line", "time", "rest"),
    [
        ("2026-07-01T10:00:00+0000 vm k3s[7]: up", "2026-07-01T10:00:00+0000", "vm k3s[7]: up"),
        ("2026-07-01T10:00:00.123456789Z GET /health", "2026-07-01T10:00:00.123456789Z", "GET /health"),
        ("2026-07-01T10:00:00Z ", "2026-07-01T10:00:00Z", ""),
        ("-- No entries --", None, "-- No entries --"),
    ],
)
def test_a_line_for_programs(line: str, time: str | None, rest: str) -> None:
    expected = {"line": rest, "component": "k3s"}
    assert entry(line, "k3s") == ({"time": time, **expected} if time else expected)


@pytest.mark.parametrize("component", WHOLE_FILES)
def test_a_file_that_has_no_times_is_read_by_lines_only(component: str) -> None:
    with pytest.raises(typer.BadParameter, match=f"not for {component}: give --lines"):
        logs("root@192.0.2.7", component, since="2h")

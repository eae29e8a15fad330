"""While a command runs, whoever started it hears that time passes; input and output stay whole."""

import subprocess
import time
from pathlib import Path

import pytest

from binder_singlenode.ssh import output


def started(script: str) -> "subprocess.Popen[bytes]":
    pipe = subprocess.PIPE
    return subprocess.Popen(["sh", "-c", script], stdin=pipe, stdout=pipe, stderr=pipe)


def test_time_passes_until_the_command_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(output, "TICK_S", 0.01)
    gate, ticks = tmp_path / "gate", []

    def waiting() -> None:
        ticks.append(time.monotonic())
        if len(ticks) == 3:
            gate.touch()

    process = started(f"until [ -e {gate} ]; do sleep 0.01; done; cat; echo err >&2")
    text = b"x" * 1_000_000
    assert output.collect(process, text, None, waiting) == (text, b"err\n")
    assert len(ticks) >= 3


def test_the_limit_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(output, "TICK_S", 0.01)
    process = started("exec tail -f /dev/null")
    with pytest.raises(subprocess.TimeoutExpired):
        output.collect(process, b"", 0.1, lambda: None)
    process.kill()
    process.wait()

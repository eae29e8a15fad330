"""Processes are known by identity: number, start time and boot."""

import dataclasses
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from binder_singlenode.errors import VmError
from binder_singlenode.vm.local import process


@pytest.fixture
def sleeper() -> Iterator["subprocess.Popen[bytes]"]:
    with subprocess.Popen(["sleep", "100.5"]) as child:
        yield child
        child.kill()


def test_a_running_process_is_alive(sleeper: "subprocess.Popen[bytes]") -> None:
    found = process.identify(sleeper.pid)
    assert found is not None and found.alive()
    assert process.myself().pid == os.getpid()


@pytest.mark.parametrize("field", ["started", "boot"])
def test_another_start_or_another_boot_is_another_process(
    sleeper: "subprocess.Popen[bytes]", field: str
) -> None:
    found = process.identify(sleeper.pid)
    assert found is not None
    stranger = dataclasses.replace(found, **({"started": 1} if field == "started" else {"boot": "x"}))
    assert not stranger.alive()
    process.kill(stranger)
    assert sleeper.poll() is None


def test_kill_waits_for_the_end(sleeper: "subprocess.Popen[bytes]") -> None:
    found = process.identify(sleeper.pid)
    assert found is not None
    process.kill(found)
    assert not found.alive()
    process.kill(found)  # a second time: nothing to do
    assert process.identify(sleeper.pid) is None, "a zombie does not run"


_FIRST_THREAD_ENDS = """
import ctypes, threading, time
threading.Thread(target=time.sleep, args=(600,)).start()
print(flush=True)
ctypes.CDLL(None).pthread_exit(None)
"""


def test_a_process_whose_first_thread_has_ended_is_alive() -> None:
    """Its other threads still hold its files and ports."""
    with subprocess.Popen([sys.executable, "-c", _FIRST_THREAD_ENDS], stdout=subprocess.PIPE) as child:
        try:
            assert child.stdout is not None
            child.stdout.readline()
            deadline = time.monotonic() + 30
            while ") Z " not in Path(f"/proc/{child.pid}/stat").read_text():
                assert time.monotonic() < deadline, "its first thread did not end within 30 s"
            found = process.identify(child.pid)
            assert found is not None and found.alive()
            process.kill(found)
            assert not found.alive()
        finally:
            child.kill()


def test_wait_for_end_gives_up(sleeper: "subprocess.Popen[bytes]") -> None:
    found = process.identify(sleeper.pid)
    assert found is not None
    assert not process.wait_for_end(found, 0.05)


def test_find_by_neighbouring_arguments() -> None:
    with subprocess.Popen(["sleep", "71.25", "28.5"]) as child:
        try:
            deadline = time.monotonic() + 10  # the command line shows a moment after the start
            while (found := process.find("71.25", "28.5")) is None and time.monotonic() < deadline:
                pass
            assert found is not None and found.pid == child.pid
            assert process.find("28.5", "71.25") is None
            assert process.find("71.2") is None, "whole arguments only"
        finally:
            child.kill()


def test_a_name_with_a_bracket_and_spaces_is_no_problem(tmp_path: Path) -> None:
    odd = tmp_path / "a) S 1 (b"
    odd.symlink_to("/bin/sleep")
    with subprocess.Popen([str(odd), "100"]) as child:
        found = process.identify(child.pid)
        child.kill()
    assert found is not None and found.started > 1000


def test_a_process_that_does_not_end_is_said(
    sleeper: "subprocess.Popen[bytes]", monkeypatch: pytest.MonkeyPatch
) -> None:
    found = process.identify(sleeper.pid)
    assert found is not None
    monkeypatch.setattr(process, "wait_for_end", lambda *_: False)
    with pytest.raises(VmError, match=rf"process {sleeper.pid} did not end within 10 s of being killed"):
        process.kill(found)

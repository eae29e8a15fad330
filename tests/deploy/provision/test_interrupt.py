"""Ctrl-C and large output in a process of its own, with a stand-in for ssh: as a person meets them."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

# A host with services of ours, which `down` stops first: that command does as the test says.
SSH = """#!/bin/sh
case "$*" in
    *"-G "*) exit 0 ;;
    *" -O "*) exit 0 ;;
    *"##binder "*) echo "##binder units"; echo active; exit 0 ;;
esac
echo $$ > {folder}/started
{behaviour}
"""
APPLY = """
import sys
from binder_singlenode import config
from binder_singlenode.ssh.session import Session
from binder_singlenode.errors import StepError
from binder_singlenode.provision.connection import Connection

configured = config.loads("apiVersion: binder/v1\\naddress: 192.0.2.7\\n", "host.yaml")
connection = Connection(Session(configured))
connection.plan_removal(configured, keep_data=False)
try:
    connection.apply()
except KeyboardInterrupt:
    sys.exit(130)
except StepError as error:
    sys.exit(str(error))
"""


def applying(folder: Path, behaviour: str) -> "subprocess.Popen[str]":
    """`down` at work, in the moment when its first command behaves so."""
    programs = folder / "bin"
    programs.mkdir()
    (programs / "ssh").write_text(SSH.format(folder=folder, behaviour=behaviour))
    (programs / "ssh").chmod(0o755)
    environment = {
        **os.environ,
        "PATH": f"{programs}:{os.environ['PATH']}",
        "XDG_STATE_HOME": str(folder / "state"),
    }
    return subprocess.Popen(
        [sys.executable, "-c", APPLY],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_ctrl_c_ends_the_command_at_once_and_without_a_traceback(tmp_path: Path) -> None:
    process = applying(tmp_path, "exec sleep 60")
    limit = time.monotonic() + 30
    while not (started := tmp_path / "started").exists() or not started.read_text():
        assert process.poll() is None and time.monotonic() < limit, process.communicate()
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=20)
    assert process.returncode == 130
    assert "Traceback" not in said and "KeyboardInterrupt" not in said
    with pytest.raises(ProcessLookupError):
        os.kill(int(started.read_text()), 0)


def test_a_flood_on_stderr_neither_hangs_nor_is_lost(tmp_path: Path) -> None:
    flood = "i=0; while [ $i -lt 40000 ]; do echo word $i >&2; i=$((i + 1)); done; echo the end >&2; exit 7"
    process = applying(tmp_path, flood)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "word 39999\n  the end" in said

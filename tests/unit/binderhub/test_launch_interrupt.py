"""Ctrl-C while a build streams by: the program ends at once, in one plain sentence."""

import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

LIMIT_S = 120
BUILDING = b'data: {"phase": "building", "message": "Step 1/2 : FROM busybox"}\n\n'


def test_ctrl_c_while_a_build_streams(server: Any, tmp_path: Path) -> None:
    server.stream("/build/gh/o/r/HEAD", BUILDING, lambda: server.closing.wait(LIMIT_S))
    host_file = tmp_path / "lab.yaml"
    host_file.write_text(f"address: 127.0.0.1\nurl: {server.url}\n")
    process = subprocess.Popen(
        [sys.executable, "-m", "binder_singlenode", "launch", str(host_file), "o/r"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    watchdog = threading.Timer(LIMIT_S, process.kill)
    watchdog.start()
    assert process.stderr is not None
    assert process.stderr.readline().endswith("building  Step 1/2 : FROM busybox\n")
    process.send_signal(signal.SIGINT)
    out, said = process.communicate(timeout=LIMIT_S)
    watchdog.cancel()
    assert (process.returncode, out) == (130, "")
    assert said == "\nInterrupted.\n"

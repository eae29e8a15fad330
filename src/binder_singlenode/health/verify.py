"""Run the checks in a separate pytest process, show their progress, and report the results.

A subprocess, not pytest.main: the checks must not share imported modules with this program, or load
plugins from the operator's environment.
"""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from binder_singlenode.base import transcript
from binder_singlenode.errors import VerifyError
from binder_singlenode.health.expectations import Expectations, expectations
from binder_singlenode.health.results import CheckResult, Report, read_junit

if TYPE_CHECKING:
    from binder_singlenode.ssh.session import Session

__all__ = ["PARTS", "PROMISES", "CheckResult", "Expectations", "Report", "expectations", "run"]

PARTS = ("host", "disk", "cluster", "edits", "logs", "entry", "binder")
PROMISES = "promises"
"""The part that takes much time and memory: only with `verify --promises`."""
DEFAULT_TIMEOUT_S = 3600.0  # two launches with half an hour each
STOP_S = 60.0  # after Ctrl-C the checks need time to stop the sessions that they started
_TESTS_RAN = (0, 1)  # pytest's exit codes: all passed, some failed; any other: pytest itself failed

Progress = Callable[[CheckResult], None]


def run(
    expect: Expectations,
    session: Session,
    progress: Progress = lambda result: None,
    *,
    parts: Sequence[str] = PARTS,
    timeout_s: float = DEFAULT_TIMEOUT_S,
) -> Report:
    """Check the host of `session`. A failed check is in the report and raises nothing.

    `progress` is called twice for each check: with outcome "running" at its start, then with its result.
    Raises VerifyError when the checks could not run or did not end within `timeout_s` seconds.
    On Ctrl-C the checks first stop the sessions that they started.
    """
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="binder-checks-") as name:  # mode 0700: the password is in it
        folder = Path(name)
        options = {
            "expectations": asdict(expect),
            "ssh_config": str(session.ssh_config()),
            "sudo_password": session.sudo_password,
            "shell": asdict(session.shell),
        }
        (folder / "options.json").write_text(json.dumps(options))
        code = _run_pytest(folder, parts, progress, timeout_s)
        junit = folder / "junit.xml"
        if code not in _TESTS_RAN or not junit.is_file():
            raise _did_not_run(code, (folder / "output").read_text(errors="replace"))
        return Report(tuple(read_junit(junit)), time.monotonic() - started)


def limit_s(expect: Expectations, *, promises: bool) -> float:
    """Time limit for all checks, in seconds. The promises need a third launch and several idle times."""
    return (3 * expect.launch_timeout_s + 4 * expect.idle_timeout_s + 1800) if promises else DEFAULT_TIMEOUT_S


def _command(folder: Path, parts: Sequence[str]) -> list[str]:
    checks = Path(str(resources.files("binder_singlenode.health") / "checks"))
    files = [str(checks / f"test_{part}.py") for part in (*PARTS, PROMISES) if part in parts]
    ini = ["-c", str(checks / "pytest.ini"), "--rootdir", str(checks)]
    # -P: a module in the current folder must not replace an installed one
    return [sys.executable, "-P", "-m", "pytest", *ini, f"--junitxml={folder / 'junit.xml'}", *files]


def _environment(folder: Path, pipe: int) -> dict[str, str]:
    """This process's environment, without the operator's pytest settings."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST_")}
    return {
        **kept,
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "BINDER_CHECKS_FILE": str(folder / "options.json"),
        "BINDER_CHECKS_EVENTS": str(pipe),
    }


def _run_pytest(folder: Path, parts: Sequence[str], progress: Progress, timeout_s: float) -> int:
    """Run pytest to its end and report to `progress`; returns pytest's exit code."""
    ours, theirs = os.pipe()
    with (folder / "output").open("wb") as output, os.fdopen(ours, "rb", buffering=0) as pipe:
        try:
            child = subprocess.Popen(
                _command(folder, parts),
                env=_environment(folder, theirs),
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                pass_fds=(theirs,),
                start_new_session=True,  # Ctrl-C reaches only this process, which sends one SIGINT
            )
        finally:
            os.close(theirs)
        try:
            for line in _lines(pipe.fileno(), time.monotonic() + timeout_s):
                _tell(progress, line)
            return child.wait(STOP_S)
        except KeyboardInterrupt:
            _stop(child)
            raise
        except TimeoutError:
            _stop(child)
            raise VerifyError(
                f"the checks did not end within {timeout_s:.0f} s",
                hint="a launch may be slow: see `status`, and give it a longer --timeout",
            ) from None
        finally:
            if child.poll() is None:
                child.kill()
                child.wait()


def _stop(child: subprocess.Popen[bytes]) -> None:
    child.send_signal(signal.SIGINT)
    try:
        child.wait(STOP_S)
    except subprocess.TimeoutExpired:
        child.kill()


def _lines(descriptor: int, limit: float) -> Iterator[bytes]:
    """Yield lines until the other end is closed. Raises TimeoutError at `limit` (monotonic clock)."""
    pending = b""
    while True:
        readable, _, _ = select.select([descriptor], [], [], max(0.0, limit - time.monotonic()))
        if not readable:
            raise TimeoutError
        chunk = os.read(descriptor, 65536)
        if not chunk:
            return
        *whole, pending = (pending + chunk).split(b"\n")
        yield from whole


def _tell(progress: Progress, line: bytes) -> None:
    event = json.loads(line)
    if event["event"] == "started":
        progress(CheckResult("", event["title"], "running", 0.0, ""))
    elif event["event"] == "finished":
        progress(CheckResult("", event["title"], event["outcome"], event["seconds"], ""))
    elif event["event"] == "command":
        transcript.command(event["text"])


def _did_not_run(code: int, output: str) -> VerifyError:
    tail = [line for line in output.splitlines() if line.strip()][-8:]
    return VerifyError(
        "\n".join(
            [f"the checks could not be run (pytest ended with {code})", *(f"  | {line}" for line in tail)]
        ),
        hint="is the installation complete? reinstall binder-singlenode, then verify again",
    )

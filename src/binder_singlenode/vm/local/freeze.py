"""Freeze a guest's file system while its disk is copied."""

from __future__ import annotations

import contextlib
import subprocess
import threading
from collections.abc import Iterator

from binder_singlenode.base import transcript
from binder_singlenode.errors import VmError
from binder_singlenode.vm import Vm
from binder_singlenode.vm.local.ssh_probe import ssh_command

# If this program is killed, ssh closes the command's input, and the file system is unfrozen. Freezing also
# writes out buffered data.
_HOLD = "sync; fsfreeze -f / && echo frozen && read -r _; fsfreeze -u /"
_LIMIT_S = 300


def _let_go(holder: subprocess.Popen[str], vm: Vm) -> None:
    try:
        holder.communicate("\n", timeout=60)
    except subprocess.TimeoutExpired as error:
        raise VmError("the file system stayed frozen", where=vm.name) from error
    if holder.returncode != 0:
        raise VmError(
            f"ssh ended while the file system was frozen (it is held for {_LIMIT_S} s at most): "
            "the copy may not be whole",
            where=vm.name,
            hint="save it again",
        )


@contextlib.contextmanager
def frozen(vm: Vm) -> Iterator[None]:
    """Until the block ends, the root file system on the disk is consistent and nothing is written to it."""
    transcript.command(_HOLD)
    holder = subprocess.Popen(
        ssh_command(vm, _HOLD),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert holder.stdin and holder.stdout and holder.stderr
    watchdog = threading.Timer(_LIMIT_S, holder.kill)
    watchdog.start()
    try:
        if holder.stdout.readline().strip() != "frozen":
            raise VmError(
                f"the file system could not be frozen: {holder.stderr.read().strip()}", where=vm.name
            )
        yield
        _let_go(holder, vm)
    finally:
        watchdog.cancel()
        if holder.poll() is None:
            holder.kill()
            holder.wait()
        for stream in (holder.stdin, holder.stdout, holder.stderr):
            with contextlib.suppress(OSError):
                stream.close()

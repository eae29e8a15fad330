"""Client for the QMP socket of a running qemu."""

from __future__ import annotations

import contextlib
import json
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from binder_singlenode.errors import VmError


class Monitor:
    """A QMP connection: sends commands and reads their responses; events are ignored."""

    def __init__(self, connection: socket.socket, where: str) -> None:
        self._lines = connection.makefile("rwb")
        self._where = where
        self._read()  # the greeting
        self.execute("qmp_capabilities")

    def execute(self, command: str, **arguments: Any) -> Any:
        """Run a command and return its result; VmError with qemu's error text if qemu refuses it."""
        request: dict[str, Any] = {"execute": command, "arguments": arguments}
        try:
            self._lines.write(json.dumps(request).encode() + b"\n")
            self._lines.flush()
        except OSError as error:
            raise VmError("qemu closed its socket", where=self._where) from error
        while True:
            answer = self._read()
            if "error" in answer:
                raise VmError(f"qemu refused {command}: {answer['error'].get('desc')}", where=self._where)
            if "return" in answer:
                return answer["return"]

    def _read(self) -> dict[str, Any]:
        try:
            line = self._lines.readline()
            answer = json.loads(line) if line else None
        except (OSError, ValueError) as error:
            raise VmError(f"qemu did not answer: {error}", where=self._where) from error
        if not isinstance(answer, dict):
            raise VmError("qemu closed its socket", where=self._where)
        return answer


@contextlib.contextmanager
def monitor(folder: Path, timeout_s: float = 60) -> Iterator[Monitor]:
    """Connect to the qemu of a VM's folder; VmError if none listens."""
    where = str(folder / "qmp.sock")
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(timeout_s)
    handle = -1
    try:
        # Through the folder's file descriptor: the path itself may be too long for a Unix socket.
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        connection.connect(f"/proc/self/fd/{handle}/qmp.sock")
    except OSError as error:
        connection.close()
        raise VmError(f"no qemu listens: {error.strerror}", where=where) from error
    finally:
        if handle >= 0:
            os.close(handle)
    with connection:
        yield Monitor(connection, where)

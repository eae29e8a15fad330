"""Input and output of a running ssh process, with a callback each second.

Popen.communicate() cannot be used: after a timeout it cannot continue while there is input left to send.
"""

import math
import os
import select
import selectors
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from typing import IO, cast

TICK_S = 1.0
PIECE_BYTES = 1 << 16


def collect(
    process: subprocess.Popen[bytes],
    sent: bytes,
    timeout_s: float | None,
    waiting: Callable[[], None] | None = None,
) -> tuple[bytes, bytes]:
    """Return stdout and stderr of the process after its end. Raises TimeoutExpired."""
    assert process.stdin and process.stdout and process.stderr
    limit = math.inf if timeout_s is None else time.monotonic() + timeout_s
    printed = {process.stdout: bytearray(), process.stderr: bytearray()}
    rest, tick = memoryview(sent), time.monotonic() + TICK_S
    with selectors.DefaultSelector() as pipes:
        for pipe in printed:
            pipes.register(pipe, selectors.EVENT_READ)
        pipes.register(process.stdin, selectors.EVENT_WRITE)
        while pipes.get_map():
            moment = time.monotonic()
            if moment >= limit:
                raise subprocess.TimeoutExpired(
                    process.args, timeout_s or 0.0, bytes(printed[process.stdout])
                )
            if waiting and moment >= tick:
                waiting()
                tick = time.monotonic() + TICK_S
            for key, _ in pipes.select(min(TICK_S, limit - moment)):
                pipe = cast(IO[bytes], key.fileobj)
                if pipe is process.stdin:
                    rest = _send(pipe, rest)
                    over = not rest
                else:
                    piece = os.read(key.fd, PIECE_BYTES)
                    printed[pipe] += piece
                    over = not piece
                if over:
                    pipes.unregister(pipe)
                    with suppress(BrokenPipeError):
                        pipe.close()
    process.wait(None if timeout_s is None else max(0.0, limit - time.monotonic()))
    return bytes(printed[process.stdout]), bytes(printed[process.stderr])


def _send(pipe: IO[bytes], rest: memoryview) -> memoryview:
    """Send one piece and return the rest. A pipe that is ready accepts PIPE_BUF bytes without blocking."""
    try:
        return rest[os.write(pipe.fileno(), rest[: select.PIPE_BUF]) :]
    except BrokenPipeError:  # the command has stopped reading: its stderr says why
        return memoryview(b"")

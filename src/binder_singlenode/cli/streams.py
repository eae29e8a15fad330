"""stdout and stderr of the program: every character can be printed, and a full disk cannot crash the end."""

import contextlib
import os
import sys

from binder_singlenode.base import invocation


def tolerate_any_character() -> None:
    """Print characters that the terminal's encoding lacks, and bytes of file names, as \\x… and \\udc…."""
    for stream in (sys.stdout, sys.stderr):
        if reconfigure := getattr(stream, "reconfigure", None):
            with contextlib.suppress(OSError, ValueError):
                reconfigure(errors="backslashreplace")


def tell(line: str) -> None:
    """Print a message to stderr without secrets; a stderr that cannot be written is not an error."""
    from binder_singlenode.base.masking import hide  # not at the top: `--help` does not need it

    with contextlib.suppress(OSError, ValueError):
        print(hide(line), file=sys.stderr, flush=True)


def failed(message: str, exit_code: int, *, where: str | None = None, hint: str | None = None) -> None:
    """With --json and without a result so far: print the error as an object, so that stdout is not empty."""
    run = invocation.current()
    if not run.as_json or run.has_result:
        return
    import json

    from binder_singlenode.base.masking import hide

    said = {"message": message, "where": where, "hint": hint}
    error = {name: hide(text) if text else text for name, text in said.items()}
    with contextlib.suppress(OSError, ValueError):
        print(json.dumps({"error": {**error, "exit_code": exit_code}}, indent=2), flush=True)


def flushed(code: int) -> int:
    """Write what is still buffered. What cannot be written is dropped: the interpreter would print a
    traceback about it at exit. Returns the exit code: 1 if output was lost, otherwise `code`."""
    lost = False
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None:
                stream.flush()
        except (OSError, ValueError):
            lost = True
            _drop(stream)
    return 1 if lost and code == 0 else code


def _drop(stream: object) -> None:
    """Let the stream's file descriptor lead to /dev/null."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        handle = os.open(os.devnull, os.O_WRONLY)
        os.dup2(handle, stream.fileno())  # type: ignore[attr-defined]
        os.close(handle)

"""Map exceptions to exit codes and messages on stderr; with --json, also an object with `error` on stdout.

BinderError        1    what happened, where, what to do next
this computer      1    a full disk, a file that cannot be read (computer.py)
usage error        2    typer's own message
anything else      3    a bug: the message names the log file
Ctrl-C           130    one line
"""

import io
import os
import sys

from binder_singlenode.base import invocation
from binder_singlenode.cli import streams
from binder_singlenode.errors import BinderError

USAGE_EXIT_CODE = 2
BUG_EXIT_CODE = 3
INTERRUPT_EXIT_CODE = 130


def run(arguments: list[str]) -> int:
    """Run the command line and return its exit code; never raises."""
    streams.tolerate_any_character()
    with invocation.begun(arguments):
        code = _run(arguments)
        return streams.flushed(code)


def _run(arguments: list[str]) -> int:
    from binder_singlenode.cli.app import app

    try:
        code = app(args=arguments, prog_name="binder-singlenode", standalone_mode=False)
        if sys.stdout:  # None when it was closed: `… >&-`
            sys.stdout.flush()  # here a full disk is still an error with a message
    except SystemExit as end:  # shell completion ends with it
        code = end.code
    except KeyboardInterrupt:
        code = INTERRUPT_EXIT_CODE
    except BrokenPipeError:  # the reader of a pipe has left, as in `… | head -n 1`
        return 1
    except BinderError as error:
        return expected_error(error)
    except Exception as error:  # the one place where a bug is caught
        return _by_kind(error, arguments)
    return _ended(code, arguments)


def _by_kind(error: Exception, arguments: list[str]) -> int:
    if getattr(error, "exit_code", None) == USAGE_EXIT_CODE and hasattr(error, "show"):
        return _misused(error, arguments)
    if isinstance(error, OSError):
        from binder_singlenode.cli import computer

        if known := computer.expected(error):
            return expected_error(known)
    return unexpected_error(error, arguments)


def _ended(code: object, arguments: list[str]) -> int:
    number = code if isinstance(code, int) else 0
    if number == INTERRUPT_EXIT_CODE:
        from binder_singlenode.cli.app import changes

        again = " Run the same command again: it continues from here." if changes(arguments) else ""
        streams.tell(f"\nInterrupted.{again}")
        streams.failed("Interrupted.", number, hint=again.strip() or None)
    elif number:  # a command that has printed no result, such as `down` without a yes
        streams.failed(invocation.current().last_said, number)
    return number


def _misused(error: Exception, arguments: list[str]) -> int:
    """Show typer's own message. --json may not have been read yet: it is looked up in the arguments."""
    shown = io.StringIO()
    error.show(shown)  # type: ignore[attr-defined]
    streams.tell(shown.getvalue().rstrip("\n"))
    run = invocation.current()
    run.as_json = run.as_json or "--json" in arguments
    streams.failed(_last_line(shown.getvalue()), USAGE_EXIT_CODE)
    return USAGE_EXIT_CODE


def _last_line(text: str) -> str:
    return text.strip().rpartition("\n")[2].removeprefix("Error: ")


def expected_error(error: BinderError) -> int:
    import logging

    log = logging.getLogger("binder_singlenode")
    if log.hasHandlers():  # else Python's logging.lastResort prints it on stderr a second time
        log.error("%s%s", error, f"\nnext: {error.hint}" if error.hint else "")
    streams.tell(f"error: {error}")
    if error.hint:
        streams.tell(f"next:  {error.hint}")
    streams.failed(error.message, error.exit_code, where=error.where, hint=error.hint)
    return error.exit_code


def unexpected_error(error: Exception, arguments: list[str]) -> int:
    streams.tell(f"bug: {type(error).__name__}: {error}")
    report = _report(arguments)
    try:
        where = _written(report)
        streams.tell(f"The details are in {where}; please report it with that file.")
        hint = f"please report it with {where}"
    except (OSError, BinderError) as failure:
        streams.tell(report)
        streams.tell(f"No log could be written ({failure}); please report it with the lines above.")
        hint = "please report it with the lines on stderr"
    streams.failed(f"bug: {type(error).__name__}: {error}", BUG_EXIT_CODE, hint=hint)
    return BUG_EXIT_CODE


def _report(arguments: list[str]) -> str:
    """Command, versions and traceback; the command line holds no secret by design."""
    import platform
    import traceback

    from binder_singlenode.base.masking import hide

    system = f"Python {platform.python_version()}, {platform.platform()}"
    return hide(f"{system}\ncommand: {' '.join(arguments)}\n\n{traceback.format_exc()}")


def _written(report: str) -> str:
    """Append the report to this run's log file. Raises OSError or ConfigError."""
    from binder_singlenode.base import log

    path = log.of_this_run()
    handle = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)
    with os.fdopen(handle, "a", encoding="utf-8", errors="backslashreplace") as file:
        file.write(report)
    return str(path)

"""Map exceptions to exit codes and messages on stderr.

BinderError        1    what happened, where, what to do next
usage error        2    typer's own message
anything else      3    a bug: the message names the log file
Ctrl-C           130    one line
"""

import sys
from pathlib import Path

from binder_singlenode.base import invocation
from binder_singlenode.errors import BinderError

BUG_EXIT_CODE = 3
INTERRUPT_EXIT_CODE = 130


def run(arguments: list[str]) -> int:
    """Run the command line and return its exit code; never raises."""
    with invocation.begun(arguments):
        return _run(arguments)


def _run(arguments: list[str]) -> int:
    from binder_singlenode.cli.app import app

    try:
        app(args=arguments, prog_name="binder-singlenode")
    except SystemExit as end:  # typer ends every run with it: 0, 2 for usage errors, 130 for Ctrl-C
        return _ended(end.code, arguments)
    except KeyboardInterrupt:
        return _ended(INTERRUPT_EXIT_CODE, arguments)
    except BinderError as error:
        return _expected(error)
    except Exception as error:  # the one place where a bug is caught
        return _unexpected(error, arguments)
    return 0


def _say(line: str) -> None:
    from binder_singlenode.base.masking import hide  # not at the top: `--help` does not need it

    print(hide(line), file=sys.stderr, flush=True)


def _ended(code: str | int | None, arguments: list[str]) -> int:
    if code == INTERRUPT_EXIT_CODE:
        from binder_singlenode.cli.app import changes

        again = " Run the same command again: it continues from here."
        _say("\nInterrupted." + (again if changes(arguments) else ""))
    return code if isinstance(code, int) else 0


def _expected(error: BinderError) -> int:
    import logging

    log = logging.getLogger("binder_singlenode")
    if log.hasHandlers():  # else Python's logging.lastResort prints it on stderr a second time
        log.error("%s%s", error, f"\nnext: {error.hint}" if error.hint else "")
    _say(f"error: {error}")
    if error.hint:
        _say(f"next:  {error.hint}")
    return error.exit_code


def _unexpected(error: Exception, arguments: list[str]) -> int:
    _say(f"bug: {type(error).__name__}: {error}")
    _say(f"The details are in {_bug_report(arguments)}; please report it with that file.")
    return BUG_EXIT_CODE


def _bug_report(arguments: list[str]) -> Path:
    """Write command, versions and traceback to the log file; the command line holds no secret by design."""
    import platform
    import traceback

    from binder_singlenode.base import log
    from binder_singlenode.base.masking import hide

    path = log.of_this_run()
    with path.open("a") as file:
        file.write(f"Python {platform.python_version()}, {platform.platform()}\n")
        file.write(f"command: {' '.join(arguments)}\n\n{hide(traceback.format_exc())}")
    return path

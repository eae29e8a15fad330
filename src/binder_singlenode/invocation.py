"""What was typed, for hints: the very command to type again."""

import shlex
from collections.abc import Sequence

PROGRAM = "binder-singlenode"
_arguments: list[str] = []


def note(arguments: Sequence[str]) -> None:
    """At the start of a run. There is no secret among the arguments, by design."""
    _arguments[:] = arguments


def again(otherwise: str) -> str:
    """The command of this run with all its options; `otherwise` where no command runs (the package is used
    by another program)."""
    return f"{PROGRAM} {shlex.join(_arguments)}" if _arguments else otherwise

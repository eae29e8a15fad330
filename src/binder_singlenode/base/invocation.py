"""One run of the program: what was typed, and all that is remembered until the run ends.

Runs are a stack and not a context variable: threads and gevent's greenlets begin with an empty context, and
what they log must be masked too.
"""

import functools
import shlex
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ParamSpec, TypeVar, cast

PROGRAM = "binder-singlenode"
P = ParamSpec("P")
T = TypeVar("T")


@dataclass
class Invocation:
    """What one run remembers."""

    arguments: tuple[str, ...] = ()
    """What was typed. There is no secret among it, by design."""
    log: Path | None = None
    secrets: set[str] = field(default_factory=set, repr=False)
    """What must not be shown (masking.py)."""
    connections: set[Path] = field(default_factory=set)
    """ssh configs whose shared connection is open (ssh/connection.py)."""
    answers: dict[Any, Any] = field(default_factory=dict, repr=False)
    """Of functions decorated with `once`."""
    at_end: ExitStack = field(default_factory=ExitStack, repr=False)


_runs = [Invocation()]
"""The innermost run last. The first one is that of a program which uses the package and begins none."""


@contextmanager
def begun(arguments: Sequence[str] = ()) -> Iterator[Invocation]:
    """A run; when it ends, all that it has remembered is forgotten."""
    run = Invocation(tuple(arguments))
    _runs.append(run)
    try:
        with run.at_end:
            yield run
    finally:
        _runs.remove(run)


def current() -> Invocation:
    """The run at hand."""
    return _runs[-1]


def once(function: Callable[P, T]) -> Callable[P, T]:
    """Call the function once per run for the same (positional) arguments: files and environment decide the
    answer, so that functools.cache would carry it from one run to the next."""

    @functools.wraps(function)
    def remembered(*args: P.args, **kwargs: P.kwargs) -> T:
        answers, key = current().answers, (function, args)
        if key not in answers:
            answers[key] = function(*args, **kwargs)
        return cast(T, answers[key])

    return remembered


def again(otherwise: str) -> str:
    """The command of this run with all its options; `otherwise` where no command runs (the package is used
    by another program)."""
    typed = current().arguments
    return f"{PROGRAM} {shlex.join(typed)}" if typed else otherwise

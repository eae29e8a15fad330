"""State of one run of the program: its arguments, and everything that is kept until the run ends.

Runs are a stack and not a context variable: threads and gevent's greenlets begin with an empty context, and
their log records must be masked too.
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
    """State of one run."""

    arguments: tuple[str, ...] = ()
    """Command line arguments. By design, none of them is a secret."""
    as_json: bool = False
    """Whether the result goes to stdout as JSON."""
    has_result: bool = False
    """Whether the result was printed."""
    last_said: str = ""
    """The last message on stderr."""
    log: Path | None = None
    secrets: set[str] = field(default_factory=set, repr=False)
    """Values that must not be shown (masking.py)."""
    connections: set[Path] = field(default_factory=set)
    """ssh configs whose shared connection is open (ssh/connection.py)."""
    answers: dict[Any, Any] = field(default_factory=dict, repr=False)
    """Results of functions decorated with `once`."""
    at_end: ExitStack = field(default_factory=ExitStack, repr=False)


_runs = [Invocation()]
"""Stack, innermost run last. The first is for programs that import the package and begin no run."""


@contextmanager
def begun(arguments: Sequence[str] = ()) -> Iterator[Invocation]:
    """Begin a run; its state is discarded at the end."""
    run = Invocation(tuple(arguments))
    _runs.append(run)
    try:
        with run.at_end:
            yield run
    finally:
        _runs.remove(run)


def current() -> Invocation:
    """The innermost run."""
    return _runs[-1]


def once(function: Callable[P, T]) -> Callable[P, T]:
    """Call the function once per run for the same (positional) arguments. The result depends on files and
    environment: functools.cache would keep it for the next run, when it may be outdated."""

    @functools.wraps(function)
    def remembered(*args: P.args, **kwargs: P.kwargs) -> T:
        answers, key = current().answers, (function, args)
        if key not in answers:
            answers[key] = function(*args, **kwargs)
        return cast(T, answers[key])

    return remembered


def again(otherwise: str) -> str:
    """The command line of this run, to be run again; `otherwise` when another program uses the package and
    there is no command line."""
    typed = current().arguments
    return f"{PROGRAM} {shlex.join(typed)}" if typed else otherwise

"""What is wrong with a host file: problems with a position, and the error that shows them all at once.

inventories/lab.yaml:3:3: ssh.hots: unknown key; did you mean "host"?
   |   hots: example.org
   |   ^
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from binder_singlenode.base.masking import MASK, mask
from binder_singlenode.errors import ConfigError

# More would scroll the first ones away; they are found again on the next run.
_SHOWN = 20
_WIDTH = 100
# The line breaks of YAML as ruamel.yaml counts them, so that our lines are its lines.
_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")


@dataclass(frozen=True, order=True)
class Mark:
    """A position in the text; both numbers count from 1."""

    line: int
    column: int


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong. `key` is the dotted name of the field, "" for the file as a whole; `hide`: a
    secret may stand there, and its line is shown without the value."""

    message: str
    key: str = ""
    hint: str | None = None
    mark: Mark | None = None
    hide: bool = False


class HostFileError(ConfigError):
    """A host file is wrong. `problems` has all that was found, the message the first 20 of them."""

    def __init__(
        self,
        name: str,
        problems: Iterable[Problem],
        lines: list[str] | None = None,
        *,
        hint: str | None = None,
    ) -> None:
        self.name = name
        self.problems = _in_order(problems)
        blocks = [_block(name, problem, lines or []) for problem in self.problems[:_SHOWN]]
        if len(self.problems) > _SHOWN:
            blocks.append(f"… and {len(self.problems) - _SHOWN} more")
        count = f"{len(self.problems)} problems" if len(self.problems) > 1 else "1 problem"
        super().__init__(
            "\n".join(blocks), hint=hint or f"nothing was touched; correct {name} ({count}) and try again"
        )


def split_lines(text: str) -> list[str]:
    """The lines of `text`, counted as the YAML reader counts them."""
    return _BREAK.split(text)


def _in_order(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """By position; of several about one value only the first, which is the most basic one."""
    first: dict[object, Problem] = {}
    for problem in problems:
        first.setdefault((problem.mark, problem.key) if problem.mark else problem, problem)
    return tuple(sorted(first.values(), key=lambda problem: problem.mark or Mark(0, 0)))


def _block(name: str, problem: Problem, lines: list[str]) -> str:
    mark = problem.mark
    where = f"{name}:{mark.line}:{mark.column}" if mark else name
    key = f"{problem.key}: " if problem.key else ""
    hint = f"; {problem.hint}" if problem.hint else ""
    head = f"{where}: {key}{problem.message}{hint}"
    if not mark or mark.line > len(lines):
        return head
    line = mask(lines[mark.line - 1])
    return "\n".join([head, *_caret(_masked(line, mark.column) if problem.hide else line, mark.column)])


def _masked(line: str, column: int) -> str:
    """The line without any value: what stands behind the first colon, or else from `column` on."""
    key = re.match(r"[^:]*:(?=\s)\s*", line)
    return (key[0] if key else line[: column - 1]) + MASK


def _caret(line: str, column: int) -> tuple[str, str]:
    """The line with a caret below `column`; a long line is cut to what is around it."""
    start = max(0, column - 1 - _WIDTH // 2) if len(line) > _WIDTH else 0
    shown = "".join(_plain(c) for c in line[start : start + _WIDTH])
    before = sum(_cells(c) for c in shown[: column - 1 - start])
    return f"   | {shown}".rstrip(), "   | " + " " * before + "^"


def _plain(character: str) -> str:
    """A tab as one blank, and nothing that could move the terminal's cursor or turn the text round."""
    if character == "\t":
        return " "
    return character if character.isprintable() else "\N{REPLACEMENT CHARACTER}"


def _cells(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1

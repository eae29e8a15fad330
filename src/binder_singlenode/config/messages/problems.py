"""Problems in a host file with their positions, and the error that shows all of them at once.

inventories/lab.yaml:3:3: ssh.hots: unknown key; did you mean "host"?
   |   hots: example.org
   |   ^
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from binder_singlenode.base.masking import MASK
from binder_singlenode.config.messages import excerpt
from binder_singlenode.errors import ConfigError

# With more, the first ones would scroll off the screen. The next run reports the rest.
_SHOWN = 20
_WIDTH = 100
# Line breaks of YAML as ruamel.yaml counts them, so that line numbers are the same.
_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")


@dataclass(frozen=True, order=True)
class Mark:
    """A position in the text; both numbers count from 1."""

    line: int
    column: int


@dataclass(frozen=True)
class Problem:
    """One problem. `key` is the dotted name of the field, "" for the file as a whole. `hide`: the value may
    be a secret, and the line is shown without it."""

    message: str
    key: str = ""
    hint: str | None = None
    mark: Mark | None = None
    hide: bool = False


class HostFileError(ConfigError):
    """A host file is invalid. `problems` contains all problems, the message the first 20."""

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
        shown = excerpt.safe_lines(lines or [])
        blocks = [_block(name, problem, shown) for problem in self.problems[:_SHOWN]]
        if len(self.problems) > _SHOWN:
            blocks.append(f"… and {len(self.problems) - _SHOWN} more")
        count = f"{len(self.problems)} problems" if len(self.problems) > 1 else "1 problem"
        super().__init__(
            "\n".join(blocks), hint=hint or f"nothing was changed; correct {name} ({count}) and try again"
        )


def split_lines(text: str) -> list[str]:
    """The lines of `text`, counted as the YAML reader counts them."""
    return _BREAK.split(text)


def _in_order(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Sort by position; of several problems of one value keep the first, which is the most basic one."""
    first: dict[object, Problem] = {}
    for problem in problems:
        first.setdefault((problem.mark, problem.key) if problem.mark else problem, problem)
    return tuple(sorted(first.values(), key=lambda problem: problem.mark or Mark(0, 0)))


def _block(name: str, problem: Problem, lines: list[str]) -> str:
    mark = problem.mark
    where = f"{name}:{mark.line}:{mark.column}" if mark else name
    key = f"{excerpt.safe(problem.key)}: " if problem.key else ""
    hint = f"; {problem.hint}" if problem.hint else ""
    head = escaped(f"{where}: {key}{problem.message}{hint}")
    if not mark or mark.line > len(lines):
        return head
    line = lines[mark.line - 1]
    return "\n".join([head, *_caret(_masked(line, mark.column) if problem.hide else line, mark.column)])


def escaped(text: str) -> str:
    """The text without characters that could control the terminal or reverse the line."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape", "replace").decode() for c in text)


def _masked(line: str, column: int) -> str:
    """Mask the value in the line: the text after the first colon, or from `column` on without a colon."""
    key = re.match(r"[^:]*:(?=\s)\s*", line)
    return (key[0] if key else line[: column - 1]) + MASK


def _caret(line: str, column: int) -> tuple[str, str]:
    """The line with a caret below `column`; a long line is cut to the part around `column`."""
    start = max(0, column - 1 - _WIDTH // 2) if len(line) > _WIDTH else 0
    shown = "".join(_plain(c) for c in line[start : start + _WIDTH])
    before = sum(_cells(c) for c in shown[: column - 1 - start])
    return f"   | {shown}".rstrip(), "   | " + " " * before + "^"


def _plain(character: str) -> str:
    """Replace a tab by a space, and replace characters that could move the cursor or reverse the text."""
    if character == "\t":
        return " "
    return character if character.isprintable() else "\N{REPLACEMENT CHARACTER}"


def _cells(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1

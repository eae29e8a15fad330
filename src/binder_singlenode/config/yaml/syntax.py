"""Messages and hints for ruamel.yaml's syntax errors."""

import re
from typing import Any

from binder_singlenode.config.messages.problems import Mark, Problem

_INDENTED_BY_TAB = re.compile(r" *\t")

# Part of ruamel.yaml's message (scanner.py, parser.py) -> message, hint. The first match wins.
_PHRASES = (
    (
        "mapping values are not allowed here",
        "a ':' where none can be",
        "compare with the line above: a space missing after ':', a wrong indent, or text that needs quotes",
    ),
    ("found unexpected end of stream", "a quote is opened and never closed", "add the closing quote"),
    ("could not find expected ':'", "a key without ':'", "write key: value"),
    (
        "expected ',' or ",
        "a bracket is opened and never closed",
        "close it, or write the items on lines of their own",
    ),
    (
        "unknown escape character",
        "a backslash with a meaning of its own",
        "use single quotes for text with backslashes",
    ),
    (
        "but found '<scalar>'",
        "text that nothing above leads to",
        "if it belongs to one value, put quotes around all of it",
    ),
    (
        "expected <block end>",
        "this does not line up with the lines above",
        "indent keys of one level equally",
    ),
    (
        "expected '<document start>'",
        "this does not line up with the lines above",
        "indent keys of one level equally",
    ),
    ("expected chomping or indentation", "text behind | or >", "put it in quotes, or on the next line"),
    ("expected the node content", "a value that cannot begin like this", "put text in quotes"),
    (
        "expected alphabetic or numeric",
        "* and & begin an alias or anchor, which are not supported",
        "put text in quotes",
    ),
    ("expected URI", "! begins a tag, which is not supported", "put text in quotes"),
    ("mapping keys are not allowed", "? begins a key", "put text in quotes"),
)


def syntax_problem(error: Any, lines: list[str]) -> list[Problem]:
    """The problems of a YAMLError of ruamel.yaml: one, or one per line that is indented with tabs."""
    place = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    if place is None:
        return [_unreadable(error, lines)]
    line = min(place.line, len(lines) - 1)
    if "\\t" in (error.problem or "") or _INDENTED_BY_TAB.match(lines[line]):
        return _tabs(lines, Mark(line + 1, place.column + 1))
    message, hint = _phrase(error.problem or "")
    mark = Mark(line + 1, place.column + 1)
    context = getattr(error, "context_mark", None)
    if ("never closed" in message or "without" in message) and context is not None:
        # The parser stopped further down. Report the opening quote or bracket, or the key without a colon.
        mark = Mark(context.line + 1, context.column + 1)
    return [Problem(message, hint=hint, mark=mark)]


def _phrase(problem: str) -> tuple[str, str]:
    match = re.match(r"found character '(.)' that cannot start any token", problem)
    if match:
        return f"unquoted text cannot begin with {match[1]}", "put it in quotes"
    for part, message, hint in _PHRASES:
        if part in problem:
            return message, hint
    return f"this is not YAML ({problem})", "compare with the example in inventories/example.yaml"


def _tabs(lines: list[str], at: Mark) -> list[Problem]:
    found = []
    for number, line in enumerate(lines, start=1):
        match = _INDENTED_BY_TAB.match(line)
        if match:
            mark = Mark(number, match.end())
            found.append(
                Problem(
                    "a tab indents this line", hint="YAML indents with spaces: two for each level", mark=mark
                )
            )
    return found or [Problem("a tab where YAML expects spaces", hint="replace tabs by spaces", mark=at)]


def _unreadable(error: Any, lines: list[str]) -> Problem:
    """A character that YAML forbids; ruamel.yaml's ReaderError has no mark, so it is looked up."""
    code = getattr(error, "character", None)
    if isinstance(code, str) and len(code) == 1:
        code = ord(code)
    if not isinstance(code, int):
        return Problem("this is not YAML", hint="is this a text file?")
    message = f"the character U+{code:04X} is not allowed in YAML"
    return Problem(message, hint="is this a text file?", mark=_first(chr(code), lines))


def _first(character: str, lines: list[str]) -> Mark | None:
    for number, line in enumerate(lines, start=1):
        if character in line:
            return Mark(number, line.index(character) + 1)
    return None

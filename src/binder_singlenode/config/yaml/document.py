"""Parse the text of a host file into plain values, with the position of every key and value.

A small, strict subset of YAML 1.2: one document, a mapping at the top, no anchors, aliases, tags or merge
keys (so no "billion laughs" attack), limited size and depth. Scalars follow YAML's core schema. Those that
other parsers (Helm uses YAML 1.1) read differently are rejected, not guessed: 0755, 1_000, yes, no.
"""

import io
from collections.abc import Iterator
from typing import Any, NoReturn

from binder_singlenode.config.messages.problems import Mark, split_lines
from binder_singlenode.config.yaml.scalars import YAML_1_1_BOOL, ambiguous, core_value
from binder_singlenode.config.yaml.syntax import syntax_problem
from binder_singlenode.config.yaml.tree import (
    DEPTH_MAX,
    SIZE_MAX_BYTES,
    VALUES_MAX,
    Document,
    Path,
    too_large,
)


class _StopReading(Exception):
    """Stop parsing: the problem is recorded, and the rest of the text is ignored."""


def read(text: str) -> Document:
    """Parse `text`. Never raises: errors are in the document's `problems`."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    document = Document(split_lines(text))
    if len(text.encode("utf-8", "replace")) > SIZE_MAX_BYTES:
        document.problems.append(too_large())
        return document
    try:
        # A stream, because from a str ruamel.yaml would check all characters before the first event.
        events = YAML(typ="safe", pure=True).parse(io.StringIO(text))
        document.value = _Reader(document, events).document()
    except _StopReading:
        document.value = None
    except YAMLError as error:
        document.problems.extend(syntax_problem(error, document.lines))
    return document


class _Reader:
    """Turns ruamel.yaml's events into values; recursion is bounded by DEPTH_MAX."""

    def __init__(self, document: Document, events: Iterator[Any]) -> None:
        self._document = document
        self._events = events

    def document(self) -> Any:
        """The value of the only document in the stream."""
        self._next()  # the stream's start
        start = self._next()
        if _kind(start) != "DocumentStart":
            self._empty()
        if start.version or start.tags:
            self._document.refuse(_mark(start), (), "% directives are not supported", "remove the line")
        value = self._value(self._next(), ())
        self._next()  # the document's end
        another = self._next()
        if _kind(another) != "StreamEnd":
            self._document.refuse(
                _mark(another), (), "a second document begins here", "one file describes one host"
            )
        if value is None and not self._document.problems:
            self._empty()
        return value

    def _next(self) -> Any:
        return next(self._events)

    def _empty(self) -> NoReturn:
        hint = 'it needs at least a line such as "address: vm.example.org"'
        self._stop(Mark(1, 1), (), "the file is empty", hint)

    def _stop(self, mark: Mark, path: Path, message: str, hint: str) -> NoReturn:
        self._document.refuse(mark, path, message, hint)
        raise _StopReading

    def _value(self, event: Any, path: Path) -> Any:
        mark = _mark(event)
        self._document.values.setdefault(path, mark)
        self._check_bounds(mark, path)
        self._check_extras(event, path)
        kind = _kind(event)
        if kind == "Alias":
            return None
        if kind == "MappingStart":
            return self._mapping(path)
        return self._sequence(path) if kind == "SequenceStart" else self._scalar(event, path)

    def _check_bounds(self, mark: Mark, path: Path) -> None:
        if len(path) > DEPTH_MAX:
            what = f"more than {DEPTH_MAX} levels inside each other"
        elif len(self._document.values) > VALUES_MAX:
            what = f"more than {VALUES_MAX} values"
        else:
            return
        self._stop(mark, (), what, "no host file needs that many")

    def _check_extras(self, event: Any, path: Path) -> None:
        """Reject anchors, aliases and tags."""
        mark = _mark(event)
        if event.anchor is not None:
            name = ("*" if _kind(event) == "Alias" else "&") + event.anchor
            said = f"{name}: anchors and aliases are not supported"
            self._document.refuse(mark, path, said, "write the value out")
        if getattr(event, "tag", None) not in (None, "!"):
            self._document.refuse(mark, path, "tags (!…) are not supported", "write the plain value")

    def _mapping(self, path: Path) -> dict[str, Any]:
        result: dict[str, Any] = {}
        while _kind(event := self._next()) != "MappingEnd":
            key = self._key(event, path)
            inner, mark = (*path, key), _mark(event)
            first = self._document.keys.setdefault(inner, mark)
            value_event = self._next()
            if _is_empty(value_event):  # its position is that of the next token
                self._document.values.setdefault(inner, mark)
            value = self._value(value_event, inner)
            if key in result:
                self._document.refuse(
                    mark, inner, f"this key is already on line {first.line}", "remove one of the two"
                )
            else:
                result[key] = value
        return result

    def _key(self, event: Any, path: Path) -> str:
        mark = _mark(event)
        if _kind(event) != "Scalar":
            self._stop(mark, path, "a key must be text", "write it as in key: value")
        key: str = event.value
        path = (*path, key)
        if event.anchor is not None or event.tag not in (None, "!"):
            self._document.refuse(mark, path, "a key has no anchor and no tag", "write the plain key")
        if _is_plain(event) and key == "<<":
            self._document.refuse(mark, path, "merge keys (<<) are not supported", "write the lines out")
        elif _is_plain(event) and (not isinstance(core_value(key), str) or key.lower() in YAML_1_1_BOOL):
            self._document.refuse(mark, path, f"the key {key or '(empty)'} is not text", "put it in quotes")
        return key

    def _sequence(self, path: Path) -> list[Any]:
        result: list[Any] = []
        while _kind(event := self._next()) != "SequenceEnd":
            result.append(self._value(event, (*path, len(result))))
        return result

    def _scalar(self, event: Any, path: Path) -> Any:
        text: str = event.value
        if not _is_plain(event):
            return text
        refusal = ambiguous(text)
        if refusal:
            self._document.refuse(_mark(event), path, *refusal)
            return text
        return core_value(text)


def _kind(event: Any) -> str:
    return type(event).__name__.removesuffix("Event")


def _mark(event: Any) -> Mark:
    return Mark(event.start_mark.line + 1, event.start_mark.column + 1)


def _is_plain(event: Any) -> bool:
    return not event.style and event.tag is None


def _is_empty(event: Any) -> bool:
    return _kind(event) == "Scalar" and _is_plain(event) and not event.value

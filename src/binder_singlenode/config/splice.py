"""One change to the text of a YAML mapping, made where the value stands; the rest stays byte for byte.

For texts that document.read() accepts: small, not deep, without anchors and tags.
"""

import json
from collections.abc import Sequence
from typing import Any

from binder_singlenode.config import document

Steps = Sequence[str]
# A pair of ruamel.yaml's nodes: key and value.
Pair = tuple[Any, Any]


def change(text: str, steps: Steps, value: Any) -> str:
    """`text` with the field at `steps` set to `value`, or removed when `value` is None."""
    return _remove(text, steps) if value is None else _put(text, steps, value)


def scalar(value: Any) -> str:
    """A value on one line: text without quotes when every reader takes it for the same text."""
    if isinstance(value, str):
        read = document.read(f"a: {value}\n")
        if read.value == {"a": value} and not read.problems:
            return value
    return json.dumps(value, ensure_ascii=False)


def _put(text: str, steps: Steps, value: Any) -> str:
    parents = _parents(text, steps)
    parent, rest = parents[-1], steps[len(parents) - 1 :]
    pair = _pair(parent, rest[0])
    if pair is None:
        return _add(text, parent, rest, value)
    key, old = pair
    if len(rest) > 1:  # a section with nothing in it
        return _fill(text, key, old, rest[1:], value)
    begin, end = old.start_mark.index, _end(old)
    if begin == end:  # `key:` with nothing behind it
        begin = end = text.index(":", key.end_mark.index) + 1
        return text[:begin] + " " + scalar(value) + text[end:]
    tail = _newline(text) if text[end - 1] == "\n" else ""  # a block scalar ends with its line
    return text[:begin] + scalar(value) + tail + text[end:]


def _add(text: str, parent: Any, steps: Steps, value: Any) -> str:
    """A key that was not there, behind the last one of its mapping."""
    if parent.flow_style:
        if not parent.value:
            begin = parent.start_mark.index + 1
            return text[:begin] + _flow(steps, value) + text[begin:]
        end = _end(parent.value[-1][1])
        return text[:end] + ", " + _flow(steps, value) + text[end:]
    column = parent.value[0][0].start_mark.column
    return _insert_lines(text, _line_end(text, _end(parent.value[-1][1])), column, steps, value)


def _fill(text: str, key: Any, old: Any, steps: Steps, value: Any) -> str:
    """The first key of a section that has none: `key:`, `key: null` or `key: {}`."""
    begin = text.index(":", key.end_mark.index) + 1
    rest = text[max(begin, _end(old)) :]
    return _insert_lines(
        text[:begin] + rest, _line_end(text[:begin] + rest, begin), key.start_mark.column + 2, steps, value
    )


def _insert_lines(text: str, at: int, column: int, steps: Steps, value: Any) -> str:
    newline = _newline(text)
    before = text[:at]
    if before and not before.endswith("\n"):
        before += newline
    lines = [" " * (column + 2 * depth) + scalar(step) + ":" for depth, step in enumerate(steps)]
    return before + newline.join(lines) + f" {scalar(value)}{newline}" + text[at:]


def _flow(steps: Steps, value: Any) -> str:
    """`a: {b: value}` in JSON's spelling, which is also YAML's."""
    for step in reversed(steps[1:]):
        value = {step: value}
    return f"{json.dumps(steps[0], ensure_ascii=False)}: {json.dumps(value, ensure_ascii=False)}"


def _remove(text: str, steps: Steps) -> str:
    parents = _parents(text, steps)
    if len(parents) < len(steps) or _pair(parents[-1], steps[-1]) is None:
        return text
    while len(steps) > 2 and len(parents[-1].value) == 1:  # inside extra_values nothing empty is left behind
        parents, steps = parents[:-1], steps[:-1]
    parent = parents[-1]
    index = next(i for i, pair in enumerate(parent.value) if pair[0].value == steps[-1])
    key, value = parent.value[index]
    if not parent.flow_style:
        begin = text.rfind("\n", 0, key.start_mark.index) + 1
        return text[:begin] + text[_line_end(text, _end(value)) :]
    if index + 1 < len(parent.value):
        return text[: key.start_mark.index] + text[parent.value[index + 1][0].start_mark.index :]
    begin = _end(parent.value[index - 1][1]) if index else key.start_mark.index
    return text[:begin] + text[_end(value) :]


def _parents(text: str, steps: Steps) -> list[Any]:
    """The mappings on the way to the field, from the top; fewer than `steps` when one is missing."""
    from ruamel.yaml import YAML

    node = YAML(typ="safe", pure=True).compose(text)
    found = [node]
    for step in steps[:-1]:
        pair = _pair(node, step)
        if pair is None or not isinstance(pair[1].value, list) or not pair[1].value:
            break
        node = pair[1]
        found.append(node)
    return found


def _pair(mapping: Any, key: str) -> Pair | None:
    return next((pair for pair in mapping.value if pair[0].value == key), None)


def _end(node: Any) -> int:
    """Where a node's last character is; a block collection's own mark is behind the comments that follow."""
    if isinstance(node.value, list) and node.value and not node.flow_style:
        last = node.value[-1]
        return _end(last[1] if isinstance(last, tuple) else last)
    index: int = node.end_mark.index
    return index


def _line_end(text: str, index: int) -> int:
    """The beginning of the next line; `index` itself when it is one."""
    if index and text[index - 1] == "\n":
        return index
    found = text.find("\n", index)
    return len(text) if found < 0 else found + 1


def _newline(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"

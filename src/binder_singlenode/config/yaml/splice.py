"""Change one value in the text of a YAML mapping; the rest stays byte for byte.

For texts that document.read() accepts: small, not deeply nested, without anchors and tags.
"""

import json
from collections.abc import Sequence
from typing import Any

from binder_singlenode.config.yaml import document

Steps = Sequence[str]
# A pair of ruamel.yaml's nodes: key and value.
Pair = tuple[Any, Any]


def change(text: str, steps: Steps, value: Any) -> str:
    """`text` with the field at `steps` set to `value`, or removed when `value` is None."""
    return _remove(text, steps) if value is None else _put(text, steps, value)


def scalar(value: Any) -> str:
    """A value on one line: text is unquoted when every YAML parser reads it as the same text."""
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
    if len(rest) > 1 and not parent.flow_style:  # an empty section
        return _fill(text, pair, rest[1:], value)
    shown = scalar(_nested(rest[1:], value))
    begin, end = pair[1].start_mark.index, _end(text, pair)
    if _is_empty(pair[1]):
        return text[:end] + " " + shown + text[end:]
    tail = _newline(text) if text[end - 1] == "\n" else ""  # a block scalar includes its last newline
    return text[:begin] + shown + tail + text[end:]


def _add(text: str, parent: Any, steps: Steps, value: Any) -> str:
    """Add a new key after the last key of its mapping."""
    if not parent.value:
        begin = parent.start_mark.index + 1
        return text[:begin] + _flow(steps, value) + text[begin:]
    end = _end(text, parent.value[-1])
    if parent.flow_style:
        return text[:end] + ", " + _flow(steps, value) + text[end:]
    column = parent.value[0][0].start_mark.column
    return _insert_lines(text, _line_end(text, end), column, steps, value)


def _fill(text: str, pair: Pair, steps: Steps, value: Any) -> str:
    """Add the first key to an empty section: `key:`, `key: null` or `key: {}`."""
    begin = _colon_end(text, pair[0])
    text = text[:begin] + text[_end(text, pair) :]
    return _insert_lines(text, _line_end(text, begin), pair[0].start_mark.column + 2, steps, value)


def _insert_lines(text: str, at: int, column: int, steps: Steps, value: Any) -> str:
    newline = _newline(text)
    before = text[:at]
    if before and not before.endswith("\n"):
        before += newline
    lines = [" " * (column + 2 * depth) + scalar(step) + ":" for depth, step in enumerate(steps)]
    return before + newline.join(lines) + f" {scalar(value)}{newline}" + text[at:]


def _flow(steps: Steps, value: Any) -> str:
    """`a: {b: value}` as JSON, which is also YAML."""
    text = json.dumps(_nested(steps[1:], value), ensure_ascii=False)
    return f"{json.dumps(steps[0], ensure_ascii=False)}: {text}"


def _nested(steps: Steps, value: Any) -> Any:
    for step in reversed(steps):
        value = {step: value}
    return value


def _remove(text: str, steps: Steps) -> str:
    parents = _parents(text, steps)
    if len(parents) < len(steps) or _pair(parents[-1], steps[-1]) is None:
        return text
    while len(steps) > 2 and len(parents[-1].value) == 1:  # no empty mappings remain in extra_values
        parents, steps = parents[:-1], steps[:-1]
    parent = parents[-1]
    index = next(i for i, pair in enumerate(parent.value) if pair[0].value == steps[-1])
    key = parent.value[index][0]
    if not parent.flow_style:
        begin = text.rfind("\n", 0, key.start_mark.index) + 1
        return text[:begin] + text[_line_end(text, _end(text, parent.value[index])) :]
    if index + 1 < len(parent.value):
        return text[: key.start_mark.index] + text[parent.value[index + 1][0].start_mark.index :]
    begin = _end(text, parent.value[index - 1]) if index else key.start_mark.index
    return text[:begin] + text[_end(text, parent.value[index]) :]


def _parents(text: str, steps: Steps) -> list[Any]:
    """The mappings that contain the field, from the top; fewer than `steps` when one is missing."""
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


def _end(text: str, pair: Pair) -> int:
    """Index after the last character of a value. ruamel.yaml's end marks are too far down for an empty value,
    and for a block collection, where the mark is after the comments."""
    key, value = pair
    if key is not None and _is_empty(value):  # the last item of a list has no key
        return _colon_end(text, key)
    if isinstance(value.value, list) and value.value and not value.flow_style:
        last = value.value[-1]
        return _end(text, last if isinstance(last, tuple) else (None, last))
    index: int = value.end_mark.index
    return index


def _is_empty(value: Any) -> bool:
    return bool(value.start_mark.index == value.end_mark.index)


def _colon_end(text: str, key: Any) -> int:
    return text.index(":", key.end_mark.index) + 1


def _line_end(text: str, index: int) -> int:
    """Index of the next beginning of a line; `index` itself if a line begins there."""
    if index and text[index - 1] == "\n":
        return index
    found = text.find("\n", index)
    return len(text) if found < 0 else found + 1


def _newline(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"

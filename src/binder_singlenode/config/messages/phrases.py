"""Messages and hints for pydantic's errors."""

import difflib
import re
from collections.abc import Mapping, Sequence
from typing import Any

from binder_singlenode.config.messages.redact import is_hidden
from binder_singlenode.config.messages.suggest import meant_key
from binder_singlenode.config.model.addresses import show
from binder_singlenode.config.model.host import API_VERSION, Host

Location = Sequence[str | int]


def message_and_hint(error: Mapping[str, Any]) -> tuple[str, str | None]:
    """Message and hint for one entry of ValidationError.errors()."""
    kind, location, value = error["type"], error["loc"], error["input"]
    context = error.get("ctx", {})
    if kind == "value_error":
        cause = context["error"]
        return str(cause), getattr(cause, "hint", None)
    if kind == "missing":
        return "this line is missing", _example(location)
    if kind == "extra_forbidden":
        return "unknown key", meant_key(location)
    if kind == "literal_error" and tuple(location) == ("apiVersion",) and _is_newer(value):
        return (
            f"{show(value)} is of a newer version of binder-singlenode",
            "install that version to use this file",
        )
    if kind == "literal_error":
        return f"{show(value)} is not one of {context['expected']}", _close(value, context["expected"])
    if kind in _BOUNDS:
        return (
            f"{value} is {_BOUNDS[kind][0]}",
            f"it must be {_BOUNDS[kind][1]} {next(iter(context.values())):g}",
        )
    if kind == "finite_number":
        return "this is not a number that anything here can use", "write a number"
    return _wrong_type(kind, location, value, str(error["msg"]))


def _is_newer(value: Any) -> bool:
    version = re.fullmatch(r"binder/v([0-9]{1,4})(?:(?:alpha|beta)[0-9]+)?", str(value))
    return version is not None and int(version[1]) > int(API_VERSION.removeprefix("binder/v"))


def nearby(error: Mapping[str, Any]) -> str | None:
    """The sibling field that a value conflicts with, to be reported if the value is not in the file."""
    cause = error.get("ctx", {}).get("error")
    near = getattr(cause, "near", None)
    return near if isinstance(near, str) else None


_NEWER_HINT = "install that version to use this file"


def holds_secret(error: Mapping[str, Any]) -> bool:
    """Whether the value may be a password or a key."""
    return bool(getattr(error.get("ctx", {}).get("error"), "secret", False))


_BOUNDS = {
    "greater_than": ("too small", "more than"),
    "greater_than_equal": ("too small", "at least"),
    "less_than": ("too large", "less than"),
    "less_than_equal": ("too large", "at most"),
}
_WANTED = {
    "string_type": "text",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "path_type": "a path",
    "dict_type": "a section (indented key: value lines)",
    "tuple_type": "a list",
    "model_type": "a section (indented key: value lines)",
}


def _wrong_type(kind: str, location: Location, value: Any, fallback: str) -> tuple[str, str | None]:
    wanted = _WANTED.get(kind)
    if wanted is None:
        return fallback, _example(location)
    if value is None:
        hint = _example(location) or "remove the line to get the default"
        return f"expected {wanted}, found nothing", hint
    if wanted == "text" and isinstance(value, bool | int | float):
        return f"expected text, found {_kind(value)}", _example(location) or "put it in quotes"
    if wanted.endswith("number") and isinstance(value, str):
        return f"expected {wanted}, found {_kind(value)}", _as_number(value)
    kind = "text (it is not shown)" if isinstance(value, str) and is_hidden(location) else _kind(value)
    return f"expected {wanted}, found {kind}", _example(location)


def _kind(value: Any) -> str:
    names = {
        bool: "true or false",
        int: "a number",
        float: "a number",
        str: "text",
        list: "a list",
        dict: "a group of keys",
    }
    name = names.get(type(value), "something else")
    return f"{name} ({show(value)})" if isinstance(value, str) else name


def _as_number(text: str) -> str:
    """Hint for a text that should be a number."""
    milli = re.fullmatch(r"([0-9]{1,9})m", text)
    if milli:
        return f"did you mean {int(milli[1]) / 1000:g}?"
    if re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,6})?", text):
        return f"remove the quotes: {text}"
    return "write digits only"


def _example(location: Location) -> str | None:
    """Hint with an example from the field's JSON schema."""
    if tuple(location) == ("address",):
        return 'write the machine to connect to, as in "address: vm.example.org"; IPv6 without brackets'
    schema = Host.model_json_schema()
    part: Any = schema
    for step in location:
        reference = part.get("$ref", "").rpartition("/")[2]
        part = (schema["$defs"][reference] if reference else part).get("properties", {}).get(step, {})
    examples = [e for option in [part, *part.get("anyOf", [])] for e in option.get("examples", [])]
    return f'for example "{examples[0]}"' if examples else None


def _close(value: Any, expected: str) -> str | None:
    choices = re.findall(r"'([^']*)'", expected)
    match = difflib.get_close_matches(str(value), choices, n=1, cutoff=0.5)
    return f'did you mean "{match[0]}"?' if match else None

"""Change values in a host file and keep all else: comments, order, blank lines."""

import io
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from binder_singlenode.config import document, files, reader

# Longer than any line that SIZE_MAX_BYTES allows: ruamel.yaml would otherwise fold long values.
_NEVER_FOLD = document.SIZE_MAX_BYTES


def edit(path: Path, changes: Mapping[str, Any]) -> None:
    """Set fields in the file `path`: {"sessions.quota": 20, "ssh": {"port": 2222}, "hostname": None}.

    Keys are dotted names; a mapping changes only the fields it names; None removes a field, so that its
    default holds. The result is checked before the file is replaced. Raises HostFileError.
    """
    text = reader.read_text(path)
    reader.loads(text, str(path))
    yaml = _round_trip()
    tree = yaml.load(text)
    for steps, value in _flat(changes):
        _set(tree, steps, value)
    stream = io.StringIO()
    yaml.dump(tree, stream)
    changed = stream.getvalue()
    if document.read(changed).value == document.read(text).value:
        return
    reader.loads(changed, str(path))
    files.replace(path, changed)


def _round_trip() -> Any:
    from ruamel.yaml import YAML

    yaml = YAML(typ="rt")
    yaml.preserve_quotes = True
    yaml.width = _NEVER_FOLD
    yaml.indent(mapping=2, sequence=4, offset=2)
    return yaml


def _flat(changes: Mapping[str, Any]) -> Iterator[tuple[list[str], Any]]:
    """Each change as its path and a value that is not a mapping."""
    for name, value in changes.items():
        yield from _below(name.split("."), value)


def _below(steps: list[str], value: Any) -> Iterator[tuple[list[str], Any]]:
    if not isinstance(value, Mapping):
        yield steps, value
        return
    for key, inner in value.items():  # keys of mappings may have dots in them: those of Helm values do
        yield from _below([*steps, str(key)], inner)


def _set(tree: Any, steps: list[str], value: Any) -> None:
    *sections, last = steps
    for section in sections:
        if not isinstance(tree.get(section), dict):
            if value is None:
                return
            tree[section] = {}
        tree = tree[section]
    if value is None:
        tree.pop(last, None)
    else:
        tree[last] = _writable(value)


def _writable(value: Any) -> Any:
    """Text in quotes whenever it would be read as something else, or differently by different programs."""
    from ruamel.yaml.scalarstring import DoubleQuotedScalarString

    if isinstance(value, Path):
        value = str(value)
    if isinstance(value, str):
        plain = document.read(f"a: {value}\n")
        return (
            value if plain.value == {"a": value} and not plain.problems else DoubleQuotedScalarString(value)
        )
    if isinstance(value, Mapping):
        return {key: _writable(inner) for key, inner in value.items()}
    return [_writable(item) for item in value] if isinstance(value, list | tuple) else value

"""Change the operator's kubeconfig: only binder-singlenode's entries, atomically, with a backup."""

from __future__ import annotations

import io
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from binder_singlenode.base import atomic
from binder_singlenode.errors import ClusterError

BACKUP_SUFFIX = ".before-binder-singlenode"
_SECTIONS = ("clusters", "users", "contexts")


def current_file(name: str) -> Path:
    """The file that kubectl changes: the first in $KUBECONFIG with the context `name`, else the first one.

    Without $KUBECONFIG it is ~/.kube/config.
    """
    listed = [Path(each) for each in os.environ.get("KUBECONFIG", "").split(os.pathsep) if each]
    if not listed:
        return Path.home() / ".kube" / "config"
    ours = (path for path in listed if path.is_file() and has_context(path, name))
    return next(ours, listed[0])


def has_context(path: Path, name: str) -> bool:
    """Whether the file has a context of this name. Raises ClusterError when it cannot be read."""
    return any(entry.get("name") == name for entry in _read(path).get("contexts") or ())


def merge_file(path: Path, ours: Mapping[str, Any], name: str) -> None:
    """Add or replace the entries called `name`; everything else in the file stays, including comments.

    current-context is set only if there was none, so that the operator's kubectl does not switch clusters.
    The file gets mode 0600; its original is kept next to it. Raises ClusterError and then changes nothing.
    """
    document = _read(path)
    for section in _SECTIONS:
        _replace(document, section, name, list(ours[section]))
    for key in ("apiVersion", "kind"):
        document.setdefault(key, ours[key])
    if not document.get("current-context"):
        document["current-context"] = ours["current-context"]
    _write(path, document)


def remove_entries(path: Path, name: str) -> bool:
    """Remove the entries called `name`; False when there were none. Raises ClusterError."""
    if not path.is_file() or not has_context(path, name):
        return False
    document = _read(path)
    for section in _SECTIONS:
        _replace(document, section, name, [])
    if document.get("current-context") == name:
        document["current-context"] = ""
    _write(path, document)
    return True


def _replace(document: Any, section: str, name: str, entries: list[Any]) -> None:
    """Change in place, so that ruamel keeps the comments between the other entries."""
    rows = document.get(section)
    if rows is None:
        document[section] = entries
        return
    places = [index for index, row in enumerate(rows) if row.get("name") == name]
    if places and entries:
        rows[places[0]] = entries[0]
        places = places[1:]
    elif entries:
        rows.append(entries[0])
    for index in reversed(places):
        del rows[index]


def _read(path: Path) -> Any:
    """The file's document; an empty one when there is no file."""
    from ruamel.yaml.comments import CommentedMap
    from ruamel.yaml.error import YAMLError

    try:
        document = _yaml().load(path.read_text())
    except FileNotFoundError:
        document = None
    except (OSError, UnicodeError) as error:
        raise ClusterError(
            f"cannot be read: {error}", where=str(path), hint="point $KUBECONFIG elsewhere"
        ) from None
    except YAMLError as error:
        line = getattr(getattr(error, "problem_mark", None), "line", 0) + 1
        raise _unusable(path, f"not YAML (line {line})") from None
    if document is None:
        return CommentedMap()
    lists = isinstance(document, dict) and all(
        isinstance(document.get(section) or [], list) for section in _SECTIONS
    )
    if not lists or not all(isinstance(row, dict) for key in _SECTIONS for row in document.get(key) or ()):
        raise _unusable(path, "not a kubeconfig")
    return document


def _unusable(path: Path, what: str) -> ClusterError:
    return ClusterError(
        f"{what}; nothing was changed",
        where=str(path),
        hint="correct the file, or point $KUBECONFIG to another",
    )


def _write(path: Path, document: Any) -> None:
    """Write a new file next to the target of a link, then replace the target."""
    target = path.resolve()
    stream = io.StringIO()
    _yaml().dump(document, stream)
    try:
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _back_up(target)
        atomic.write(target, stream.getvalue())
    except OSError as error:
        raise ClusterError(
            f"cannot be written: {error.strerror}", where=str(path), hint="point $KUBECONFIG elsewhere"
        ) from error


def _back_up(target: Path) -> None:
    """Keep the state before the first change; later changes affect only binder-singlenode's entries."""
    backup = target.with_name(target.name + BACKUP_SUFFIX)
    if target.is_file() and not backup.exists():
        atomic.write(backup, target.read_text())


def _yaml() -> Any:
    from ruamel.yaml import YAML

    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = 1_000_000  # certificates are one long line
    return yaml

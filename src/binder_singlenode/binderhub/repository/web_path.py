"""The web address of a branch, a file or a commit: which part is the ref, and which the file.

A branch's name may contain slashes, and the address does not say where it ends. Git cannot have the branches
`main` and `main/x` at once, so after a usual name the rest is a path. Otherwise this is a guess, with a note.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

FOLDERS = ("tree", "src", "commits", "find", "find_file", "branch")
FILES = ("blob", "raw", "blame", "edit", "file")
WHOLE = ("commit", "tags", "tag", "zip", "tar.gz")
KINDS = (*FOLDERS, *FILES, *WHOLE)
_ONE_SEGMENT = re.compile(r"main|master|HEAD|trunk|gh-pages|[0-9a-f]{40}|v?\d+(\.\w+)+")
_TWO_SEGMENTS = ("feature", "feat", "fix", "bugfix", "hotfix", "release", "chore", "dependabot", "renovate")


@dataclass(frozen=True)
class Place:
    """A place in a repository."""

    ref: str | None = None
    path: str = ""
    """What to open in a session; empty: nothing in particular."""
    notes: tuple[str, ...] = ()


def place(rest: Sequence[str], ref: str | None) -> Place:
    """The place that `rest`, the segments after the repository, names; `ref` is the one given beside it."""
    kind, *steps = rest or ("",)
    if kind == "src" and steps[:1] and steps[0] in ("branch", "tag", "commit"):  # Gitea, Forgejo
        kind, steps = ("commit" if steps[0] == "commit" else kind), steps[1:]
    if kind == "raw" and steps[:1] in (["branch"], ["tag"], ["commit"]):
        steps = steps[1:]
    if kind == "releases" and steps[:1] == ["tag"]:
        kind, steps = "tag", steps[1:]
    if steps[:1] == ["refs"] and len(steps) > 2:
        steps = steps[2:]
    if kind == "archive" and steps:
        kind, steps = "tag", [*steps[:-1], re.sub(r"\.(zip|tar\.gz)$", "", steps[-1])]
    if kind not in KINDS or not steps:
        return Place(ref)
    if kind in WHOLE:
        return Place(ref or (steps[0] if kind == "commit" else "/".join(steps)))
    return _split(steps, ref, file=kind in FILES)


def _split(steps: list[str], ref: str | None, *, file: bool) -> Place:
    given = ref.split("/") if ref else []
    if given and steps[: len(given)] == given:
        return Place(ref, _opened(steps[len(given) :], file))
    if _ONE_SEGMENT.fullmatch(steps[0]):
        return Place(ref or steps[0], _opened(steps[1:], file))
    if not file:
        name = "/".join(steps)
        notes = (_note(f"the branch {name}"),) if len(steps) > 1 and not ref else ()
        return Place(ref or name, notes=notes)
    length = 2 if steps[0] in _TWO_SEGMENTS and len(steps) > 2 else 1
    name, rest = "/".join(steps[:length]), steps[length:]
    notes = (_note(f"the branch {name} and the file {'/'.join(rest)}"),) if len(steps) > 2 and not ref else ()
    return Place(ref or name, _opened(rest, file), notes)


def _note(what: str) -> str:
    return f"The address was read as {what}. If this is wrong, give the branch with --ref."


def _opened(path: Sequence[str], file: bool) -> str:
    """Jupyter's address of a file or folder, as BinderHub's page makes it."""
    return f"{'doc' if file else 'lab'}/tree/{quote('/'.join(path))}" if path else ""

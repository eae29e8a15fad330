"""Apply the manifests that k3s applies too, and apply them again when an object was deleted or edited.

k3s applies a file when it starts and when the file changes, never because an object is gone. Applying it here
as well is safe: both want the same, and k3s takes over objects that exist already.
"""

import shlex
from collections.abc import Generator
from posixpath import basename

from pyinfra.api.command import StringCommand
from pyinfra.api.operation import operation
from pyinfra.context import host

from binder_singlenode.cluster.kubectl import KUBECTL, wait_script
from binder_singlenode.deploy.facts import applied
from binder_singlenode.deploy.facts.edited import APPLIER, Edited
from binder_singlenode.deploy.facts.host_state import Look, look
from binder_singlenode.deploy.operations import take_back
from binder_singlenode.deploy.operations.files import File, ensure_file, is_as_wanted

NAMESPACE_END_LIMIT_S = 600
"""A deleted namespace is gone when all its pods have ended."""
_REPLACEABLE = ("Service", "Deployment", "NetworkPolicy", "PriorityClass")
"""Kinds that are deleted and made again if somebody has changed what cannot be changed back. Never those that
hold data: a volume or the namespace."""


def ensure_manifests(what: str, files: tuple[File, ...], namespace: str) -> None:
    """Write the manifests and apply them; the operation's name has what somebody has deleted or edited."""
    for file in files:
        ensure_file(name=f"Write {file.path}", file=file)
    title = take_back.titled(f"Apply {what}", _edited(look(host), files))
    ensure_applied(name=title, files=files, namespace=namespace)


@operation()
def ensure_applied(files: tuple[File, ...], namespace: str) -> Generator[StringCommand, None, None]:
    """Apply the files, unless all their objects are as they were when these same files were applied."""
    seen = look(host)
    edited = _edited(seen, files)
    if all(_is_applied(seen, file) for file in files) and not edited:
        return
    yield StringCommand(apply_script([file.path for file in files], namespace, edited))
    seen.forget()


def _edited(seen: Look, files: tuple[File, ...]) -> tuple[Edited, ...]:
    return tuple(each for file in files for each in seen.cluster().edited_of(file.path))


def _is_applied(seen: Look, file: File) -> bool:
    noted = seen.cluster().applied.get(basename(file.path))
    return noted == file.sha256 and is_as_wanted(seen, file)


def apply_script(paths: list[str], namespace: str, edited: tuple[Edited, ...] = ()) -> str:
    """Shell: wait until a deleted namespace is gone, take back what was edited, apply, record."""
    files = " ".join(f"-f {path}" for path in paths)
    apply = f"{KUBECTL} apply --server-side --force-conflicts --field-manager={APPLIER} {files} >/dev/null"
    steps = [
        *take_back.commands(edited, APPLIER),
        *(applied.forget(path) for path in paths),
        _apply_or_replace(apply, edited),
        *(applied.record(path, KUBECTL) for path in paths),
    ]
    return f"{_wait_for_end(namespace)}; {' && '.join(steps)}"


def _apply_or_replace(apply: str, edited: tuple[Edited, ...]) -> str:
    """Some fields cannot be changed back, such as the address of a Service: then delete the object first."""
    there = [each.key for each in edited if each.changes and each.key[0] in _REPLACEABLE]
    if not there:
        return apply
    deletions = [
        f"{KUBECTL} delete {kind} {shlex.quote(name)}"
        + (f" -n {shlex.quote(namespace)}" if namespace else "")
        + " --ignore-not-found >/dev/null"
        for kind, namespace, name in there
    ]
    return f"{{ {apply} 2>/dev/null || {{ {' && '.join(deletions)} && {apply}; }}; }}"


def _wait_for_end(namespace: str) -> str:
    """A namespace that is being deleted accepts no object; what is applied to it would be lost."""
    name = shlex.quote(namespace)
    phase = f"{KUBECTL} get namespace {name} --ignore-not-found -o jsonpath='{{.status.phase}}'"
    ended = f'phase=$({phase}) && [ "$phase" != Terminating ]'
    left = (
        f"{KUBECTL} get namespace {name}"
        " -o jsonpath='{range .status.conditions[*]}{.message}{\"\\n\"}{end}'"
    )
    what = f"namespace {namespace}, which somebody has deleted, is gone"
    return wait_script(what, ended, NAMESPACE_END_LIMIT_S, left)

"""Shell that removes folders, but keeps disks that the operator has mounted there.

A disk mounted at the folder itself is emptied and stays mounted. A disk mounted further down is not changed,
and the folders that lead to its mount point stay.
"""

import shlex
from collections.abc import Collection, Iterable


def removal(paths: Collection[str]) -> str:
    """Remove `paths` in order; exit code 1 at the first one that cannot be removed."""
    if not paths:
        return "true"
    return f"for path in {shlex.join(paths)}; do {_find('-delete')} || exit 1; done"


def there(paths: Iterable[str], then: str = "echo $path") -> str:
    """Run `then` for each $path where removal() would remove something."""
    return f'for path in {shlex.join(paths)}; do [ -z "$({_find("-print -quit")})" ] || {then}; done'


def _find(action: str) -> str:
    """Run find on $path, within its file system. It skips mount points, the folders that lead to them, and
    their lost+found. A missing path is no failure."""
    return (
        "set -f; spared=$(awk '{print $2}' /proc/self/mounts | grep -E \"^$path(/|$)\" | while read -r at; do"
        ' printf " ! -path $at/lost+found ! -path $at/lost+found/*";'
        ' while [ "${at#$path}" != "$at" ]; do printf " ! -path $at"; at=${at%/*}; done; done);'
        ' if [ -e "$path" ] || [ -L "$path" ]; then find "$path" -xdev $spared ' + action + "; fi"
    )

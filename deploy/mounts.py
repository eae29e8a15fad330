"""Shell that removes folders, and leaves alone the disks that somebody has mounted there.

One at a folder itself is emptied and stays mounted; one further down stays as it is, and what leads there.
"""

import shlex
from collections.abc import Collection, Iterable


def removal(paths: Collection[str]) -> str:
    """Remove all that is ours of these, in order; exit code 1 at the first that does not go."""
    if not paths:
        return "true"
    return f"for path in {shlex.join(paths)}; do {_find('-delete')} || exit 1; done"


def there(paths: Iterable[str], then: str = "echo $path") -> str:
    """Do `then` for each $path of which something would be removed."""
    return f'for path in {shlex.join(paths)}; do [ -z "$({_find("-print -quit")})" ] || {then}; done'


def _find(action: str) -> str:
    """find, on all of $path that is on its file system, but for mount points, what leads to them, and their
    lost+found. A path that is not there is no failure."""
    return (
        "set -f; spared=$(awk '{print $2}' /proc/self/mounts | grep -E \"^$path(/|$)\" | while read -r at; do"
        ' printf " ! -path $at/lost+found ! -path $at/lost+found/*";'
        ' while [ "${at#$path}" != "$at" ]; do printf " ! -path $at"; at=${at%/*}; done; done);'
        ' if [ -e "$path" ] || [ -L "$path" ]; then find "$path" -xdev $spared ' + action + "; fi"
    )

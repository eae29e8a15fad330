"""What each path that binder-singlenode uses really is: link, file or folder, attributes, mount."""

from __future__ import annotations

from binder_singlenode.layout import path_uses

_SCRIPT = r"""
for path in @ways@; do
    if [ -L "$path" ]; then
        printf 'link\t%s\t%s\t%s\n' "$path" "$(readlink -- "$path")" "$(readlink -e -- "$path")"
    elif [ -d "$path" ]; then
        flags=$(lsattr -d -- "$path" 2>/dev/null | cut -d ' ' -f 1)
        printf 'folder\t%s\t%s\t%s\n' "$path" "$(stat -c %a -- "$path")" "$flags"
    elif [ -e "$path" ]; then
        printf 'no_folder\t%s\t%s\n' "$path" "$(stat -c %F -- "$path")"
    fi
done
for path in @places@; do
    there=$path
    until [ -e "$there" ]; do there=${there%/*}; there=${there:-/}; done
    findmnt -nro TARGET,FSTYPE,OPTIONS -T "$there" 2>/dev/null | tail -n 1 |
        tr ' ' '\t' | sed "s,^,place\t$path\t,"
done
findmnt -snro TARGET,OPTIONS 2>/dev/null | while read -r target options; do
    case ,$options, in *,noauto,*) continue ;; esac
    case $target in /*) findmnt -n -M "$target" >/dev/null 2>&1 || say unmounted "$target" ;; esac
done
findmnt -nro TARGET -t xfs 2>/dev/null | while read -r target; do
    xfs_info "$target" 2>/dev/null | grep -q ftype=0 && say xfs_without_types "$target"
done
"""


def fragments() -> dict[str, str]:
    """Section -> shell."""
    ways = dict.fromkeys(step for path in path_uses.ALL for step in path_uses.way_to(path))
    text = _SCRIPT.replace("@ways@", " ".join(ways)).replace("@places@", " ".join(path_uses.ALL))
    return {"places": text}

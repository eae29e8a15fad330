"""The file systems of the paths that binder-singlenode uses."""

from __future__ import annotations

from binder_singlenode.layout import paths

PATHS = ("/var/lib", "/var/log", "/usr/local/bin", "/etc")

_SCRIPT = r"""
for path in @paths@; do
    df -B1 --output=target,size,avail "$path" 2>/dev/null | tail -n 1 |
        awk -v p="$path" '{print "disk\t" p "\t" $1 "\t" $2 "\t" $3}'
    [ -w "$path" ] || say read_only "$path"
done
# What is not there yet will be made on the file system of the folder above.
there() { path=$1; until [ -e "$path" ]; do path=${path%/*}; path=${path:-/}; done; printf %s "$path"; }
while read -r name path; do
    # What ext4 keeps for root is no room. What is left on btrfs is a guess, another one each time.
    df -B1 --output=source,fstype,size,used,avail,itotal,iavail,target "$(there "$path")" 2>/dev/null |
        awk -v n="$name" 'NR == 2 {
            size = $2 ~ /^ext/ ? $4 + $5 : $3
            printf "share\t%s\t%s\t%s\t%.0f\t%.0f\t%s\t%s\t%s\n", n, $8, $1, size, $5, $2, $6, $7
        }'
done <<SHARES
@shares@
SHARES
registry=$(there @registry@)
say registry_mount "$(findmnt -no TARGET -T "$registry" 2>/dev/null)"
say registry_options "$(findmnt -no OPTIONS -T "$registry" 2>/dev/null)"
say disk_use "$(tail -n 1 @disk_use@ 2>/dev/null)"
stat --printf 'home\t%s\nhome_blocks\t%b\n' @homes@/[0-9][0-9][0-9].img 2>/dev/null
"""


def fragments() -> dict[str, str]:
    """Section -> shell."""
    words = {
        "@paths@": " ".join(PATHS),
        "@shares@": "\n".join(f"{share} {places[0]}" for share, places in paths.SHARES.items()),
        "@registry@": paths.REGISTRY_DATA,
        "@disk_use@": paths.DISK_USE,
        "@homes@": paths.HOMES,
    }
    text = _SCRIPT
    for mark, value in words.items():
        text = text.replace(mark, value)
    return {"disks": text}

"""Lists of what `down` removes, from the declarations of the steps."""

from posixpath import commonpath

from binder_singlenode.deploy import steps
from binder_singlenode.deploy.step import Place
from binder_singlenode.layout import paths

NETNS_FOLDER = "/run/netns"


def cgroups() -> list[str]:
    """Control groups of the cluster, its containers and builds."""
    return [group for step in steps.in_order() for group in step.leaves.cgroups]


def links() -> list[str]:
    """Network interfaces."""
    return [link for step in steps.in_order() for link in step.leaves.links]


def mounts() -> list[str]:
    """Folders below which file systems are mounted."""
    return [place.path for place in steps.places() if place.mounts]


def cluster_paths(keep_data: bool) -> list[str]:
    """Paths that other software uses too: removed only if the cluster is binder-singlenode's (found.py)."""
    return [place.path for place in _removed(keep_data) if place.shared_name]


def named_paths(keep_data: bool) -> list[str]:
    """Paths that are removed on every host; the folder with the marker file comes last."""
    named = [place.path for place in _removed(keep_data) if not place.shared_name]
    return sorted(named, key=lambda path: path == paths.VAR)


def removed_paths(keep_data: bool) -> list[str]:
    """Files and folders that `down` removes, in order: the marker file after all paths that depend on it."""
    return [*cluster_paths(keep_data), *named_paths(keep_data)]


def kept_paths() -> list[str]:
    """Paths that --keep-data keeps: the registry's images, the list of pinned images, the homes of users, the
    cluster's database, keys and volumes, the node's password (without it k3s rejects its own node), the
    entry's certificates (authorities limit the number per week), and the marker file, by which a later `down`
    knows that all this is binder-singlenode's."""
    return [place.path for place in steps.places() if place.data]


def _removed(keep_data: bool) -> list[Place]:
    """Places in reverse order of the steps, without those inside a removed folder, except users' files."""
    all_of = [place for step in reversed(steps.in_order()) for place in step.places]
    kept = [place for place in all_of if place.data] if keep_data else []
    free = [
        place for place in all_of if not any(_inside(place, each) or _inside(each, place) for each in kept)
    ]
    return [
        place
        for place in free
        if place.users_files or not any(_inside(place, each) for each in free if each is not place)
    ]


def _inside(place: Place, folder: Place) -> bool:
    """Whether a place is the folder, or lies in it."""
    return commonpath((place.path, folder.path)) == folder.path

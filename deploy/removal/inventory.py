"""What `down` removes, of all that the steps place and leave."""

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
    """Folders below which things are mounted."""
    return [place.path for place in steps.places() if place.mounts]


def cluster_paths(keep_data: bool) -> list[str]:
    """What is removed only on a host that has our mark."""
    return [place.path for place in _removed(keep_data) if place.shared_name]


def named_paths(keep_data: bool) -> list[str]:
    """What is removed wherever it is found; the folder with the mark comes last."""
    named = [place.path for place in _removed(keep_data) if not place.shared_name]
    return sorted(named, key=lambda path: path == paths.VAR)


def removed_paths(keep_data: bool) -> list[str]:
    """Files and folders that `down` removes, in order: the mark is there until all is gone that needs it."""
    return [*cluster_paths(keep_data), *named_paths(keep_data)]


def kept_paths() -> list[str]:
    """What stays with --keep-data: the registry's images, the homes of users, the cluster's database, keys
    and volumes, the node's password, without which k3s would not take its own node back, the entry's
    certificates (authorities give out only so many a week), and the mark, by which a later `down` knows all
    that for ours."""
    return [place.path for place in steps.places() if place.data]


def _removed(keep_data: bool) -> list[Place]:
    """In the opposite order of the steps; what lies in a folder that is removed goes with it."""
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

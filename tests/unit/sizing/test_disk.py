"""The disk budget over one file system and over several, and the preflight's rules about it."""

from itertools import pairwise

import pytest

from binder_singlenode import config
from binder_singlenode.base.units import GIB, MIB
from binder_singlenode.errors import SizingError
from binder_singlenode.layout.shares import Share
from binder_singlenode.preflight import facts, judge
from binder_singlenode.preflight.rules.storage.disks import access_times, budget, file_systems
from binder_singlenode.sizing.disk import CONTAINER_LOG_FILES, FULL_FREE_PERCENT, DiskBudget, FileSystem
from binder_singlenode.sizing.size import Machine, size

HOST = config.Host(address="192.0.2.1")
ONE = (FileSystem("/", 100 * GIB),)
LARGE_DATA_DISK = (
    FileSystem("/", 20 * GIB, (Share.LOGS,)),
    FileSystem("/var/lib", 500 * GIB, (Share.IMAGES, Share.REGISTRY, Share.STATE)),
    FileSystem("/var/lib/dind", 50 * GIB, (Share.BUILD_CACHE,)),
)


@pytest.mark.parametrize("disks", [ONE, LARGE_DATA_DISK])
def test_no_file_system_gives_away_more_than_80_percent(disks: tuple[FileSystem, ...]) -> None:
    split = DiskBudget(disks)
    for home in disks:
        assert 0 < split.promised_bytes(home) < 0.8 * home.size_bytes
    assert split.total_bytes == sum(map(split.promised_bytes, disks))


def test_a_disk_of_its_own_is_split_among_those_on_it() -> None:
    split = DiskBudget(LARGE_DATA_DISK)
    assert split.bytes_of(Share.BUILD_CACHE) == 39 * GIB
    assert split.bytes_of(Share.IMAGES) == 500 * GIB * 78 * 28 // (100 * 55)
    assert split.home_of(Share.REGISTRY).mount == "/var/lib"


def test_logs_alone_on_the_systems_disk_leave_the_rest_to_the_system() -> None:
    assert DiskBudget(LARGE_DATA_DISK).bytes_of(Share.LOGS) == 10 * GIB


@pytest.mark.parametrize("disks", [ONE, LARGE_DATA_DISK])
def test_image_collection_starts_when_the_shares_of_its_disk_are_full(disks: tuple[FileSystem, ...]) -> None:
    split = DiskBudget(disks)
    home = split.home_of(Share.IMAGES)
    high, low = split.image_gc_high_percent, split.image_gc_low_percent
    assert 0 <= high * home.size_bytes / 100 - split.promised_bytes(home) < home.size_bytes / 100
    assert 0.45 < (high - low) * home.size_bytes / 100 / split.bytes_of(Share.IMAGES) < 0.55
    assert high < 100 - FULL_FREE_PERCENT, "images are collected before launches are refused"


@pytest.mark.parametrize("disk_gib", [10, 20, 100, 1000])
@pytest.mark.parametrize("max_pods", [110, 400])
def test_all_logs_together_stay_in_their_share(disk_gib: int, max_pods: int) -> None:
    split = DiskBudget((FileSystem("/", disk_gib * GIB),))
    access = split.access_log_bytes
    containers = split.container_log_bytes(max_pods) * CONTAINER_LOG_FILES * max_pods
    assert split.journal_bytes + access + containers <= split.bytes_of(Share.LOGS)


def test_more_disk_never_means_less_of_anything() -> None:
    splits = [DiskBudget((FileSystem("/", disk_gib * GIB),)) for disk_gib in range(10, 300, 7)]
    for small, large in pairwise(splits):
        assert all(small.bytes_of(share) <= large.bytes_of(share) for share in Share)
        assert small.session_disk_bytes <= large.session_disk_bytes


def test_a_small_disk_is_refused_by_how_much_and_where() -> None:
    rest = tuple(share for share in Share if share is not Share.LOGS)
    disks = (FileSystem("/", 40 * GIB, rest), FileSystem("/var/log", 100 * MIB, (Share.LOGS,)))
    with pytest.raises(SizingError) as caught:
        size(Machine(16 * GIB, 4, 40 * GIB, disks), HOST)
    assert caught.value.message == (
        "the machine is too small: short of 293.8 MiB disk at /var/log (393.8 MiB is the least for logs)"
    )
    assert caught.value.hint == "Take a larger disk for /var/log."


GB = 10**9


def told(rows: list[tuple[str, str, str, int, int]], more: str = "") -> facts.Facts:
    """Facts with the file systems of shares: share, mount, device, size and free bytes."""
    lines = ["share\t" + "\t".join(map(str, row)) + "\text4\t12000000\t11000000" for row in rows]
    return facts.parse("\n".join(lines) + "\n" + more, 0.0)


def on_one(free_bytes: int, more: str = "") -> facts.Facts:
    return told([(share, "/", "/dev/vda1", 100 * GB, free_bytes) for share in Share], more)


def test_two_mounts_of_one_device_are_one_file_system() -> None:
    rows = [(share, "/", "/dev/vda1", 100 * GB, 90 * GB) for share in Share if share is not Share.REGISTRY]
    bound = ("registry", "/var/lib/binder-singlenode", "/dev/vda1", 100 * GB, 90 * GB)
    assert len(file_systems(told([*rows, bound]))) == 1
    apart = ("registry", "/var/lib/binder-singlenode", "tmpfs", 100 * GB, 90 * GB)
    assert len(file_systems(told([*rows, apart]))) == 2


def test_the_machine_is_made_of_what_the_host_tells() -> None:
    machine = judge.machine(on_one(90 * GB))
    assert [(each.mount, each.size_bytes) for each in machine.disks] == [("/", 100 * GB)]
    assert set(machine.disks[0].shares) == set(Share)


def test_a_fresh_disk_has_room() -> None:
    assert list(budget(on_one(72 * GB), HOST)) == []


def test_a_disk_that_others_fill_is_refused_by_how_much() -> None:
    (problem,) = budget(on_one(60 * GB), HOST)
    assert problem.what == (
        "others take the room of the disk budget: 10.2 GiB missing for images, registry, build-cache, logs,"
        " which share 66.1 GiB"
    )
    assert problem.where == "/ (disk budget)" and problem.fatal


def test_what_binder_itself_takes_is_no_missing_room() -> None:
    own = "ours\tk3s\ndisk_use\t1700000000 images=20000000000 registry=5000000000\n"
    assert list(budget(on_one(50 * GB, own), HOST)) == []


def test_on_a_host_that_is_ours_it_is_a_warning() -> None:
    own = "ours\tk3s\ndisk_use\t1700000000 images=20000000000\n"
    (problem,) = budget(on_one(40 * GB, own), HOST)
    assert not problem.fatal


def test_a_host_that_has_kept_no_record_yet_is_not_judged() -> None:
    assert list(budget(on_one(1 * GB, "ours\tk3s\n"), HOST)) == []


def test_noatime_is_a_warning() -> None:
    options = "registry_mount\t/data\nregistry_options\trw,noatime\n"
    (problem,) = access_times(told([], options))
    assert problem.where == "/data (disk budget)" and "last use" in problem.what and not problem.fatal
    assert list(access_times(told([], options.replace("noatime", "relatime")))) == []


def test_homes_need_their_room_too_but_for_what_is_in_them() -> None:
    sign_in = {"provider": "github", "client_id": "a", "client_secret": "env:A", "allowed": {"users": ["a"]}}
    home = {"size": "10Gi", "users": 2}
    group = config.Host.model_validate(
        {"address": "a.b", "mode": "persistent", "home": home, "sign_in": sign_in}
    )
    assert list(budget(on_one(78 * GB), group)) == []
    (problem,) = budget(on_one(70 * GB), group)
    assert "missing for images, registry, build-cache, logs, homes, which share 67.9" in problem.what
    kept = f"home\t{10 * 1024**3}\nhome_blocks\t{6 * GB // 512}\n"
    assert list(budget(on_one(70 * GB, kept), group)) == []

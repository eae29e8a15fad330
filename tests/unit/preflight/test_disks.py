"""The preflight's rules about the file system behind each share of the disk budget: its kind, its inodes."""

import subprocess

import pytest

from binder_singlenode.layout import paths
from binder_singlenode.layout.shares import Share
from binder_singlenode.preflight import facts as preflight_facts
from binder_singlenode.preflight import script
from binder_singlenode.preflight.problem import Problem
from binder_singlenode.preflight.rules.storage.disks import inodes, kinds

PLACES = {
    Share.IMAGES: "/var/lib/rancher",
    Share.BUILD_CACHE: "/var/lib/dind",
    Share.REGISTRY: "/var/lib/binder-singlenode",
    Share.LOGS: "/var/log",
    Share.STATE: "/var/lib/kubelet",
}


def judged(share: Share, kind: str, total: int, free: int, more: str = "") -> list[Problem]:
    """The problems of a machine that has a disk of its own for each share, one of which is as told."""
    rows = {each: ("ext4", 12_000_000, 11_000_000) for each in Share} | {share: (kind, total, free)}
    lines = [
        f"share\t{each}\t{PLACES[each]}\t/dev/{each}\t100\t90\t" + "\t".join(map(str, row))
        for each, row in rows.items()
    ]
    facts = preflight_facts.parse("\n".join(lines) + f"\n{more}", 0.0)
    return [*kinds(facts), *inodes(facts)]


@pytest.mark.parametrize("share", [Share.IMAGES, Share.BUILD_CACHE])
def test_images_are_not_unpacked_on_any_file_system(share: Share) -> None:
    [problem] = judged(share, "zfs", 0, 0)
    assert problem.where == f"{PLACES[share]} ({share})"
    assert problem.what.startswith("the file system is zfs") and problem.fatal


@pytest.mark.parametrize("share", [Share.REGISTRY, Share.LOGS, Share.STATE])
def test_everything_else_lies_on_any_file_system(share: Share) -> None:
    assert judged(share, "zfs", 0, 0) == []


@pytest.mark.parametrize(
    ("share", "needed"),
    [(share, 200_000 if share in (Share.IMAGES, Share.BUILD_CACHE) else 10_000) for share in Share],
)
def test_each_file_system_has_inodes_for_what_lies_there(share: Share, needed: int) -> None:
    assert judged(share, "ext4", 300_000, needed) == []
    [problem] = judged(share, "ext4", 300_000, needed - 1)
    assert problem.where == f"{PLACES[share]} ({share})"
    assert problem.what == f"{needed - 1} inodes free, {needed} needed" and problem.fatal


def test_a_host_of_ours_is_warned_so_that_up_can_repair_it() -> None:
    [problem] = judged(Share.IMAGES, "ext4", 300_000, 0, "ours\tk3s\n")
    assert not problem.fatal


def test_a_file_system_without_a_number_of_inodes() -> None:
    assert judged(Share.IMAGES, "btrfs", 0, 0) == []


def test_one_file_system_for_all_is_one_problem() -> None:
    lines = [f"share\t{share}\t/\t/dev/vda1\t100\t90\tzfs\t300000\t9" for share in Share]
    facts = preflight_facts.parse("\n".join(lines), 0.0)
    [kind], [few] = kinds(facts), inodes(facts)
    assert kind.where == few.where == f"/ ({', '.join(Share)})"


def test_this_machine_tells_kind_and_inodes_of_every_share() -> None:
    done = subprocess.run(
        ["sh", "-c", script.script(())], capture_output=True, text=True, check=True, timeout=60
    )
    told = preflight_facts.parse(done.stdout, 0.0).share_disks
    assert {disk.share for disk in told} == set(paths.SHARES)
    assert all(disk.kind and disk.size_bytes and disk.mount.startswith("/") for disk in told)

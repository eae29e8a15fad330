"""What the paths of a host really are: the preflight's queries in mounts of their own, and the rules."""

import os
import random
import subprocess
from pathlib import Path

import pytest

from binder_singlenode.base import sections
from binder_singlenode.preflight import facts as preflight_facts
from binder_singlenode.preflight import script
from binder_singlenode.preflight.problem import Problem
from binder_singlenode.preflight.queries import places as queries
from binder_singlenode.preflight.rules.storage.mounts import mounts
from binder_singlenode.preflight.rules.storage.places import places

QUERY = sections.script(queries.fragments(), before=script.BEFORE.strip())

SITUATIONS = {
    "a link": (
        "mkdir data; ln -s $PWD/data /var/lib/dind",
        "/var/lib/dind",
        "is a symbolic link to {}/data",
        True,
    ),
    "a link of a folder above": (
        "mkdir -p data/k3s; ln -s $PWD/data /var/lib/rancher",
        "/var/lib/rancher",
        "is a symbolic link to {}/data",
        True,
    ),
    "a link to a link": (
        "mkdir data; ln -s data other; ln -s $PWD/other /var/lib/kubelet",
        "/var/lib/kubelet",
        "is a symbolic link to {}/data",
        True,
    ),
    "a link for logs": (
        "mkdir data; ln -s $PWD/data /var/log/pods",
        "/var/log/pods",
        "is a symbolic link to {}/data",
        True,
    ),
    "a dangling link": (
        "ln -s /nowhere /var/lib/rancher",
        "/var/lib/rancher",
        "to /nowhere, which does not",
        True,
    ),
    "a loop": (
        "ln -s kubelet /var/lib/kubelet",
        "/var/lib/kubelet",
        "to kubelet, which does not exist",
        True,
    ),
    "a file": ("touch /var/lib/dind", "/var/lib/dind", "is a regular empty file, and a folder", True),
    "a folder that cannot be passed": ("chmod 750 /var/lib", "/var/lib", "has mode 750: the entry", True),
    "in memory": (
        "mkdir /var/lib/rancher; mount -t tmpfs none /var/lib/rancher",
        "/var/lib/rancher (/var/lib/rancher/k3s)",
        "is tmpfs: all of it is gone after a reboot",
        True,
    ),
    "logs in memory": (
        "mount -t tmpfs none /var/log",
        "/var/log (/var/log/binder-singlenode)",
        "is tmpfs: all of it is gone after a reboot",
        False,
    ),
    "no programs for k3s": (
        "mkdir /var/lib/rancher; mount --bind -o noexec $PWD /var/lib/rancher",
        "/var/lib/rancher (/var/lib/rancher/k3s/data)",
        "mounted with noexec: no program can run there",
        True,
    ),
    "no binaries": (
        "mkdir bin; mount --bind -o noexec bin /usr/local/bin",
        "/usr/local/bin (/usr/local/bin)",
        "mounted with noexec",
        True,
    ),
    "read-only": (
        "mkdir /var/lib/kubelet; mount --bind -o ro $PWD /var/lib/kubelet",
        "/var/lib/kubelet (/var/lib/kubelet)",
        "mounted with ro: nothing can be written there",
        True,
    ),
    "not mounted": (
        "echo '/dev/none /var/lib/rancher ext4 defaults 0 0' >fstab; mount --bind fstab /etc/fstab",
        "/var/lib/rancher",
        "/etc/fstab names a file system for it, which is not mounted",
        True,
    ),
}
WITHOUT_PROBLEM = {
    "nothing there yet": ":",
    "a folder of another disk, mounted": "mkdir data /var/lib/dind; mount --bind data /var/lib/dind",
    "logs and builds without programs": (
        "mkdir data logs /var/lib/dind; mount --bind -o noexec data /var/lib/dind;"
        " mount --bind -o noexec,nosuid,nodev logs /var/log"
    ),
    "settings behind a link": "mkdir data etc; mount --bind etc /etc; ln -s $PWD/data /etc/binder-singlenode",
    "an fstab of other folders": (
        "echo '/dev/none /srv ext4 defaults 0 0' >fstab;"
        " echo '/dev/none /var/lib/dind ext4 noauto 0 0' >>fstab; mount --bind fstab /etc/fstab"
    ),
}


def judged(text: str) -> list[Problem]:
    facts = preflight_facts.parse(text, 0.0)
    return [*places(facts), *mounts(facts)]


def asked(folder: Path, setup: str) -> list[Problem]:
    """The problems of a machine with an empty /var/lib, after `setup`, in mounts that nobody else sees."""
    if os.geteuid() != 0:
        pytest.skip("needs root: mounts of its own")
    (folder / "lib").mkdir()
    before = "set -e; mount --bind lib /var/lib; mkdir empty; mount --bind empty /var/log"
    done = subprocess.run(
        ["unshare", "-m", "sh", "-c", f"{before}; {setup}\nset +e\n{QUERY}"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return judged(done.stdout)


@pytest.mark.parametrize("situation", SITUATIONS)
def test_what_a_path_really_is(tmp_path: Path, situation: str) -> None:
    setup, where, what, fatal = SITUATIONS[situation]
    [problem] = asked(tmp_path, setup)
    assert (problem.where, problem.fatal) == (where, fatal)
    assert what.format(tmp_path) in problem.what


@pytest.mark.parametrize("situation", WITHOUT_PROBLEM)
def test_what_works_is_no_problem(tmp_path: Path, situation: str) -> None:
    assert asked(tmp_path, WITHOUT_PROBLEM[situation]) == []


def test_the_remedy_for_a_link_is_a_mount(tmp_path: Path) -> None:
    """The words of the remedy, done as they stand."""
    remedy = (
        "rm /var/lib/dind && mkdir /var/lib/dind;"
        f" printf '%s\\n' '{tmp_path}/my\\040data /var/lib/dind none bind 0 0' >fstab;"
        " mount --bind fstab /etc/fstab; mount /var/lib/dind"
    )
    link = "mkdir 'my data'; ln -s \"$PWD/my data\" /var/lib/dind"
    [problem] = asked(tmp_path, link)
    assert f'"{tmp_path}/my\\040data /var/lib/dind none bind 0 0"' in problem.remedy
    again = tmp_path / "again"
    again.mkdir()
    assert asked(again, f"cd ..; {link}; {remedy}".replace("mkdir 'my data';", "")) == []


@pytest.mark.parametrize(
    ("kind", "what"),
    [
        ("nfs4", "databases, homes"),
        ("cifs", "databases, homes"),
        ("fuse.sshfs", "databases, homes"),
        ("vfat", "no owners and modes"),
        ("ntfs3", "no owners and modes"),
        ("ramfs", "gone after a reboot"),
    ],
)
def test_file_systems_that_cannot_hold_data(kind: str, what: str) -> None:
    [problem] = judged(f"place\t/var/lib/kubelet\t/var/lib\t{kind}\trw,relatime")
    assert problem.where == "/var/lib (/var/lib/kubelet)" and what in problem.what and problem.fatal


@pytest.mark.parametrize("kind", ["ext4", "xfs", "btrfs", "zfs", "f2fs"])
def test_other_local_file_systems_can(kind: str) -> None:
    assert judged(f"place\t/var/lib/kubelet\t/var/lib\t{kind}\trw,relatime") == []


def test_xfs_without_file_types_is_named() -> None:
    [problem] = judged(
        "place\t/var/lib/dind\t/data\txfs\trw\nxfs_without_types\t/data\nxfs_without_types\t/srv"
    )
    assert problem.where == "/data (/var/lib/dind)" and "ftype=1" in problem.remedy


@pytest.mark.parametrize(
    ("flags", "what"), [("----i---------e-----", "immutable"), ("-----a--", "append-only")]
)
def test_attributes_are_named(flags: str, what: str) -> None:
    [problem] = judged(f"folder\t/var/lib/rancher\t755\t{flags}\nfolder\t/etc\t755\t-------A-I---e--")
    assert problem.where == "/var/lib/rancher" and what in problem.what and problem.fatal


def test_on_a_host_that_up_has_set_up_a_link_only_warns() -> None:
    [problem] = judged("ours\tk3s\nlink\t/var/lib/dind\t/data/dind\t/data/dind")
    assert not problem.fatal and "systemctl disable --now k3s" in problem.remedy


@pytest.mark.parametrize("key", ["link", "folder", "no_folder", "place", "unmounted", "xfs_without_types"])
def test_whatever_a_host_answers_there_is_no_crash(key: str) -> None:
    chance = random.Random(key)
    words = [
        "/var/lib",
        "/",
        "",
        "755",
        "9",
        "8888",
        "-",
        "\u00b2",
        "i",
        "tmpfs",
        "ro,noexec",
        "\x00",
        "a b",
        "/usr",
    ]
    for _ in range(2000):
        judged("\t".join([key, *chance.choices(words, k=chance.randrange(6))]))

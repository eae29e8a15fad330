"""Images: named by their recipe, built once, never half."""

import dataclasses
import multiprocessing
import os
import signal
import tarfile
import threading
from pathlib import Path

import pytest

from binder_singlenode.errors import VmError
from binder_singlenode.vm import cache, programs
from binder_singlenode.vm.local.disk_image import build, image, recipe
from binder_singlenode.vm.local.disk_image.image import Image


def made(folder: Path) -> None:
    (folder / "content").touch()


def test_made_once(tmp_path: Path) -> None:
    final = tmp_path / "thing"
    assert cache.made_once(final, made, print) == final
    assert cache.made_once(final, lambda _: pytest.fail("made twice"), print) == final


def test_a_failed_make_leaves_nothing_that_looks_finished(tmp_path: Path) -> None:
    def fail(folder: Path) -> None:
        (folder / "half").touch()
        raise VmError("no")

    with pytest.raises(VmError):
        cache.made_once(tmp_path / "thing", fail, print)
    assert not (tmp_path / "thing").exists()
    final = cache.made_once(tmp_path / "thing", made, print)
    assert [entry.name for entry in final.iterdir()] == ["content"]


def test_a_killed_make_is_begun_anew(tmp_path: Path) -> None:
    def die(folder: Path) -> None:
        (folder / "half").touch()
        os.kill(os.getpid(), signal.SIGKILL)

    child = multiprocessing.get_context("fork").Process(
        target=cache.made_once, args=(tmp_path / "thing", die, print)
    )
    child.start()
    child.join(30)
    assert child.exitcode == -signal.SIGKILL
    final = cache.made_once(tmp_path / "thing", made, print)
    assert [entry.name for entry in final.iterdir()] == ["content"]


def test_the_second_of_two_makers_waits_for_the_first(tmp_path: Path) -> None:
    begun, waiting, talk = threading.Event(), threading.Event(), []

    def slow(folder: Path) -> None:
        begun.set()
        assert waiting.wait(10), "the second never waited"
        made(folder)

    def say(line: str) -> None:
        talk.append(line)
        waiting.set()

    first = threading.Thread(target=cache.made_once, args=(tmp_path / "thing", slow, print))
    first.start()
    assert begun.wait(10)
    cache.made_once(tmp_path / "thing", lambda _: pytest.fail("made twice"), say)
    first.join()
    assert talk == ["waiting for another program that makes thing"]


def test_whatever_changes_in_the_recipe_makes_another_image() -> None:
    base = recipe.recipe("trixie", "amd64")
    assert base.key == recipe.recipe("trixie", "amd64").key
    others = [
        recipe.recipe("bookworm", "amd64"),
        recipe.recipe("trixie", "arm64"),
        dataclasses.replace(base, packages=(*base.packages, "vim")),
        dataclasses.replace(base, files=(("etc/motd", "hello"),)),
        dataclasses.replace(base, script="true"),
    ]
    assert len({base.key, *(other.key for other in others)}) == 6


def test_the_recipe_holds_no_container_software() -> None:
    packages = " ".join(recipe.recipe("trixie", "amd64").packages)
    assert "linux-image-cloud-amd64" in packages
    assert not any(word in packages for word in ("docker", "containerd", "runc", "podman"))


def test_the_guest_gets_our_files() -> None:
    files = dict(recipe.recipe("bookworm", "arm64").files)
    assert "Driver=virtio_net" in files["etc/systemd/network/10-eth0.link"]
    assert "PasswordAuthentication no" in files["etc/ssh/sshd_config.d/10-keys-only.conf"]


def test_an_unknown_release() -> None:
    with pytest.raises(VmError, match="no VM image of Debian 'sarge' is made") as caught:
        recipe.recipe("sarge", "amd64")
    assert caught.value.hint == "one of: trixie, bookworm"


def test_another_computer_architecture(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(image.platform, "machine", lambda: "riscv64")
    with pytest.raises(VmError, match="this computer is riscv64"):
        image.native_arch()


def test_an_incomplete_image_names_the_part(tmp_path: Path) -> None:
    (tmp_path / "disk.img").touch()
    with pytest.raises(VmError, match="vmlinuz: the image of the VM is incomplete"):
        Image(tmp_path).check()


def test_an_archive_without_a_kernel_is_refused(tmp_path: Path) -> None:
    archive = tmp_path / "root.tar"
    with tarfile.open(archive, "w"):
        pass
    with pytest.raises(VmError, match=r"brought no vmlinuz"):
        build.boot_files(archive, Image(tmp_path))


def test_a_disk_from_an_archive_keeps_owners_and_is_sparse(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The real script, on an archive of one file; needs root (else: a user namespace of its own)."""
    if os.geteuid() != 0:
        pytest.skip("as root")
    monkeypatch.setattr(recipe, "BASE_BYTES", 64 * 1024**2)
    source, disk = tmp_path / "file", tmp_path / "disk.img"
    source.write_text("hello")
    archive = tmp_path / "root.tar"
    with tarfile.open(archive, "w") as target:
        for folder in ("etc", "boot"):
            entry = tarfile.TarInfo(f"./{folder}")
            entry.type = tarfile.DIRTYPE
            target.addfile(entry)
        entry = target.gettarinfo(source, "./etc/hello")
        entry.uid, entry.mode = 1234, 0o640
        with source.open("rb") as content:
            target.addfile(entry, content)
    build.tar_to_disk(recipe.recipe("trixie", "amd64"), archive, disk)
    assert disk.stat().st_size == 64 * 1024**2
    assert disk.stat().st_blocks * 512 < 16 * 1024**2
    look = programs.run(["debugfs", "-R", "stat /etc/hello", disk], "looking")
    assert "User:  1234" in look and "Mode:  0640" in look
    assert "Inode" in programs.run(["debugfs", "-R", "stat /etc/machine-id", disk], "looking")
    assert programs.run(["debugfs", "-R", "cat /etc/machine-id", disk], "looking") == ""

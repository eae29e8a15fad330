"""Images of the kubelet whose files a power cut has damaged, in a real containerd."""

import hashlib
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from binder_singlenode.deploy.context import Context
from binder_singlenode.deploy.steps import disk_cleanup
from binder_singlenode.layout import paths

from .containerd_bed import Containerd, archive, program

HURT, GOOD = "binder.invalid/hurt:1", "binder.invalid/good:1"
BASE, OWN, OTHER = b"base" * 1000, b"own" * 1000, b"other" * 1000

K3S = """#!/bin/sh
shift
# The layers here are no archives, so nothing can be unpacked; Debian's containerd has one way to import.
[ "$6" != import ] || { archive=$8; set -- "$1" "$2" "$3" "$4" images import --no-unpack "$archive"; }
exec @ctr@ "$@"
"""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Containerd]:
    tools = program()
    if tools is None:
        pytest.skip("no containerd here: the test bed is not built")
    running = Containerd(tools, tmp_path)
    running.load(archive(tmp_path / "hurt.tar", HURT, BASE, OWN))
    running.load(archive(tmp_path / "good.tar", GOOD, BASE, OTHER))
    yield running
    running.stop()


class Mender:
    """The script as `up` places it."""

    def __init__(self, context: Context, server: Containerd) -> None:
        (script,) = (file for file in disk_cleanup.files(context) if file.path == paths.MEND_IMAGES)
        self.text = script.content
        self.server = server
        self.folder = server.folder
        for name in ("bin", "work", "checks", "archives"):
            (self.folder / name).mkdir()
        k3s = self.folder / "bin/k3s"
        k3s.write_text(K3S.replace("@ctr@", str(server.tools / "ctr")))
        k3s.chmod(0o755)
        self.left = self.folder / "checks/images"

    def __call__(self) -> str:
        done = subprocess.run(
            ["sh", "-c", self.text],
            env={
                "PATH": f"{self.folder}/bin:/usr/bin:/bin",
                "IMAGES": str(self.folder / "root"),
                "CONTAINERD_SOCKET": str(self.server.socket),
                "RUNTIME_DIRECTORY": str(self.folder / "work"),
                "CHECKS": str(self.folder / "checks"),
                "ARCHIVES": str(self.folder / "archives"),
            },
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout

    def blob(self, data: bytes) -> Path:
        return self.server.content / hashlib.sha256(data).hexdigest()


@pytest.fixture
def mend(context: Context, server: Containerd) -> Mender:
    return Mender(context, server)


def overwrite(file: Path, data: bytes) -> None:
    file.chmod(0o644)
    file.write_bytes(data)


def test_whole_images_stay(mend: Mender, server: Containerd) -> None:
    mend.left.write_text("all\n")
    assert mend() == "images: all blobs were checked\n"
    assert server.images() == {HURT, GOOD}
    assert mend() == ""


def test_an_image_with_an_empty_layer_goes_and_can_come_again(mend: Mender, server: Containerd) -> None:
    overwrite(mend.blob(OWN), b"")
    assert HURT in mend()
    assert server.images() == {GOOD}
    server.load(server.folder / "hurt.tar")
    assert mend.blob(OWN).read_bytes() == OWN and mend() == ""


def test_a_layer_in_common_takes_all_its_images_along(mend: Mender, server: Containerd) -> None:
    overwrite(mend.blob(BASE), b"")
    mend()
    assert server.images() == set()


@pytest.mark.parametrize("missing", [False, True])
def test_what_only_reading_finds_goes_after_a_power_cut(
    mend: Mender, server: Containerd, missing: bool
) -> None:
    if missing:
        mend.blob(OWN).unlink()
    else:
        overwrite(mend.blob(OWN), bytes(len(OWN)))
    assert mend() == ""
    mend.left.write_text("all\n")
    assert HURT in mend()
    assert server.images() == {GOOD} and not mend.left.exists()


def test_an_image_of_a_bundle_is_imported_again(mend: Mender, server: Containerd) -> None:
    (server.folder / "hurt.tar").rename(server.folder / "archives/binder-images.tar")
    server.pin(HURT)
    overwrite(mend.blob(OWN), b"")
    mend()
    assert server.images() == {HURT, GOOD}
    assert mend.blob(OWN).read_bytes() == OWN
    assert server.pinned() == {HURT}


def test_while_containerd_is_down_the_check_waits(mend: Mender, server: Containerd) -> None:
    mend.left.write_text("all\n")
    server.socket.unlink()
    assert mend() == "" and mend.left.exists()

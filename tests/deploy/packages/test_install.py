"""The step packages on a busy machine, and with sources as people have them: real apt, own folders."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from binder_singlenode.deploy.operations import apt

from .apt_bed import NAME, Packages, wait_for_line

LOCKS = ("lists/lock", "archives/lock", "root/var/lib/dpkg/lock", "root/var/lib/dpkg/lock-frontend")


@pytest.fixture
def bed(tmp_path: Path) -> Iterator[Packages]:
    if shutil.which("apt-get") is None or os.geteuid() != 0:
        pytest.skip("needs apt and root, for dpkg in a folder")
    yield Packages(tmp_path)


def test_a_package_is_installed_without_lists(bed: Packages) -> None:
    """As on a new machine."""
    assert bed.install() == (0, "")
    assert bed.is_installed


@pytest.mark.parametrize("lock", LOCKS)
def test_whoever_holds_a_lock_is_waited_for_and_named(bed: Packages, lock: str) -> None:
    holder = bed.holds(bed.folder / lock)
    process = bed.start()
    line = wait_for_line(process, "waiting")
    assert f"(pid {holder.pid}" in line and str(bed.folder / lock) in line
    assert process.poll() is None
    holder.communicate("")
    process.communicate(timeout=60)
    assert process.returncode == 0 and bed.is_installed


@pytest.mark.parametrize("lock", LOCKS)
def test_waiting_has_a_limit(bed: Packages, lock: str) -> None:
    holder = bed.holds(bed.folder / lock)
    code, error = bed.install(0)
    holder.communicate("")
    assert code != 0 and not bed.is_installed
    assert "Timed out after 0 s" in error and f"(pid {holder.pid}" in error


def test_progress_names_the_holder(bed: Packages) -> None:
    environment = {**os.environ, "APT_CONFIG": str(bed.config), "DPKG_ADMINDIR": str(bed.admin)}
    ask = ["sh", "-c", apt.holder_script()]

    def answer() -> str:
        return subprocess.run(ask, env=environment, capture_output=True, text=True, check=True).stdout

    assert answer() == ""
    holder = bed.holds(bed.lists / "lock")
    assert f"(pid {holder.pid}" in answer()
    holder.communicate("")


OTHERS = {
    "a repository that is gone": "deb [trusted=yes] file:/nonexistent/repo ./\n",
    "one that is not signed": "deb file:@folder@/other ./\n",
    "one that expired": "deb file:@folder@/old ./\n",
    "the installation disk": "deb cdrom:[Debian GNU/Linux 12]/ bookworm main\n",
    "in the other format": "Types: deb\nURIs: file:/nonexistent/repo\nSuites: ./\nTrusted: yes\n",
}


@pytest.mark.parametrize("name", OTHERS)
def test_another_source_that_fails_does_not_stop_it(bed: Packages, name: str) -> None:
    for folder in ("other", "old"):
        shutil.copytree(bed.folder / "repo", bed.folder / folder)
    (bed.folder / "old/Release").write_text(
        "Date: Thu, 01 Jan 2015 00:00:00 UTC\nValid-Until: Fri, 02 Jan 2015 00:00:00 UTC\n"
    )
    kind = "sources" if name == "in the other format" else "list"
    (bed.folder / f"sources.d/other.{kind}").write_text(OTHERS[name].replace("@folder@", str(bed.folder)))
    code, error = bed.install()
    assert code == 0 and bed.is_installed, error


def test_a_package_that_was_left_half_configured_is_finished(bed: Packages) -> None:
    assert bed.install()[0] == 0
    status = bed.admin / "status"
    status.write_text(status.read_text().replace("install ok installed", "install ok unpacked"))
    assert bed.install()[0] == 0 and bed.is_installed


def test_another_package_that_cannot_be_configured_does_not_stop_it(bed: Packages) -> None:
    (bed.admin / "status").write_text(
        "Package: broken\nStatus: install ok half-configured\nVersion: 1\nArchitecture: all\n"
        "Maintainer: a <a@b.c>\nDescription: x\nConfig-Version: 1\n\n"
    )
    (bed.admin / "info/broken.list").write_text("/.\n")
    script = bed.admin / "info/broken.postinst"
    script.write_text("#!/nonexistent\n")
    script.chmod(0o755)
    code, error = bed.install()
    assert code == 0 and bed.is_installed, error


def test_a_pinned_package(bed: Packages) -> None:
    (bed.folder / "preferences").write_text(f"Package: {NAME}\nPin: version *\nPin-Priority: -1\n")
    code, error = bed.install()
    assert code == 100
    assert "no installation candidate" in error and "do: add the distribution's own mirror" in error


def test_a_source_that_apt_cannot_read(bed: Packages) -> None:
    (bed.folder / "sources.d/x.list").write_text("deb only-half\n")
    code, error = bed.install()
    assert code == 100
    assert "x.list" in error and "do: correct the file that apt names" in error

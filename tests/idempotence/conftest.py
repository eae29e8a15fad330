"""A Debian root file system of its own for each test: real shell, real dpkg, real files; no systemd.

Made once with mmdebstrap and cached as a tar archive; needs root, for chroot and file owners.
"""

import fcntl
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

INCLUDED = "ca-certificates,conntrack,curl,iptables,nftables"
"""All packages of ours: the tests need no mirror once the root is made."""
SUITE = "bookworm"


def cache() -> Path:
    """The person's cache, not the test's: making the root takes a minute."""
    base = os.environ.get("BINDER_TEST_CACHE") or Path.home() / ".cache" / "binder-singlenode" / "tests"
    return Path(base)


@pytest.fixture(scope="session")
def debian_archive() -> Path:
    """The cached archive, made when missing."""
    if os.geteuid() != 0:
        pytest.skip("needs root: chroot, and files that belong to root")
    if shutil.which("mmdebstrap") is None:
        pytest.skip("needs mmdebstrap: apt-get install mmdebstrap")
    path = cache() / f"{SUITE}-minbase.tar"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # of the workers that run tests side by side, one makes it
        if not path.exists():
            _make(path)
    return path


def _make(path: Path) -> None:
    staged = path.with_suffix(".new.tar")
    command = ["mmdebstrap", "--quiet", "--variant=minbase", f"--include={INCLUDED}", SUITE, str(staged)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=280, check=False)
    if done.returncode != 0:
        pytest.skip(f"mmdebstrap cannot make a Debian root here: {done.stderr.strip()[-300:]}")
    staged.replace(path)


@pytest.fixture(scope="session")
def debian(debian_archive: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """One root for all tests; each test takes away what the one before has placed."""
    root = tmp_path_factory.mktemp("debian")
    subprocess.run(["tar", "-xf", str(debian_archive), "-C", str(root)], check=True, timeout=120)
    yield root
    shutil.rmtree(root, ignore_errors=True)

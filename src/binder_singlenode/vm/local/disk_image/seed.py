"""The seed disk: a VM's keys and name, on a small second disk that is written before the first start.

A disk works with every Debian release, machine type and qemu. Unlike a command line, it does not show the
private host key in the list of processes.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from binder_singlenode.vm import programs

_SEED_KIB = 256


def keys(folder: Path, name: str) -> None:
    """Create the ssh login key (key) and the VM's host key (host_key)."""
    for file, comment in (("key", f"binder-vm-{name}"), ("host_key", name)):
        programs.run(
            ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", comment, "-f", folder / file],
            "making a key",
        )


def seed_disk(folder: Path, name: str) -> None:
    """Write the keys and the name to seed.img (ext4, read by binder-seed.service in the guest)."""
    content = folder / "seed"
    content.mkdir(mode=0o700)
    shutil.copy(folder / "key.pub", content / "authorized_keys")
    shutil.copy(folder / "host_key", content)
    shutil.copy(folder / "host_key.pub", content)
    (content / "hostname").write_text(f"{name}\n")
    disk = folder / "seed.img"
    argv = ["mkfs.ext4", "-q", "-F", "-L", "binder-seed", "-O", "^has_journal", "-d", str(content), str(disk)]
    programs.run([*argv, f"{_SEED_KIB}k"], "writing the disk with the keys")
    disk.chmod(0o600)
    shutil.rmtree(content)
    (folder / "host_key").unlink()  # from now on it is only on the seed disk

"""Whether user-mode Linux works here, and why not."""

import json
import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from binder_singlenode.vm import cache
from binder_singlenode.vm.uml import kernel, probe, sandbox

UBUNTU = {"ID": "ubuntu", "ID_LIKE": "debian"}
ARCH = {"ID": "arch"}


@pytest.fixture
def able(monkeypatch: pytest.MonkeyPatch) -> None:
    """A computer on which nothing speaks against user-mode Linux."""
    monkeypatch.setattr(probe.platform, "machine", lambda: "x86_64")
    monkeypatch.setattr(
        probe.platform, "freedesktop_os_release", lambda: {"ID": "ubuntu", "ID_LIKE": "debian"}
    )
    monkeypatch.setattr(sandbox, "can_cut_off", lambda: True)
    monkeypatch.setattr(kernel, "cached", lambda: None)
    monkeypatch.setattr(probe.shutil, "disk_usage", lambda path: SimpleNamespace(free=kernel.NEEDED_BYTES))
    monkeypatch.setattr(probe.programs, "which", lambda program: f"/usr/bin/{program}")


def test_no_obstacle(able: None) -> None:
    assert probe.obstacle() is None


def test_obstacles_in_words(able: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def said(target: object, name: str, value: object) -> str:
        with monkeypatch.context() as changed:
            changed.setattr(target, name, value)
            return probe.obstacle() or "none"

    assert "this is aarch64" in said(probe.platform, "machine", lambda: "aarch64")
    assert "allows no network namespace" in said(sandbox, "can_cut_off", lambda: False)
    assert "neither Debian nor Ubuntu" in said(probe.platform, "freedesktop_os_release", lambda: ARCH)
    little = SimpleNamespace(free=kernel.NEEDED_BYTES - 1)
    assert "needs 5 GiB in /" in said(probe.shutil, "disk_usage", lambda path: little)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert "mmdebstrap, which is not installed" in said(probe.programs, "which", lambda program: None)


def test_a_kernel_in_the_cache_needs_no_tools(able: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe.platform, "freedesktop_os_release", lambda: ARCH)
    monkeypatch.setattr(kernel, "cached", lambda: kernel.Kernel(Path("/cache/kernel")))
    assert probe.obstacle() is None


@pytest.mark.parametrize(
    ("script", "works"),
    [
        ("echo 'Kernel panic - not syncing: VFS: Unable to mount root fs'; exit 1", True),
        ("echo 'Kernel panic - not syncing: VFS: Unable to mount root fs' >&2; exit 1", True),
        ("echo 'Checking that ptrace can change system call numbers...failed'; exit 1", False),
    ],
)
def test_whether_a_kernel_boots_is_asked_once(script: str, works: bool) -> None:
    built = kernel.Kernel(cache.root() / "kernel")
    built.folder.mkdir(parents=True)
    built.program.write_text(f"#!/bin/sh\n{script}\n")
    built.program.chmod(0o755)
    assert probe.boots(built) is works
    built.program.unlink()
    assert probe.boots(built) is works
    verdict = json.loads((cache.root() / "uml.json").read_text())
    assert verdict["question"]["kernel"] == "kernel"

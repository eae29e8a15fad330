"""What the programs of a VM can reach: their files, and no network."""

import dataclasses
import os
import stat
from pathlib import Path

import pytest

from binder_singlenode.errors import VmError
from binder_singlenode.vm import VmSpec
from binder_singlenode.vm.local import process, records
from binder_singlenode.vm.local.provider import LocalVms
from binder_singlenode.vm.uml import passt, sandbox
from binder_singlenode.vm.uml.engine import Uml

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root has rights to give up")


def programs(name: str) -> list[Path]:
    """The entries of /proc of passt and the kernel."""
    found = Uml().find(name)
    assert found is not None
    entries = [Path("/proc") / str(pid) for pid in process.children(found.pid)]
    assert len(entries) == 2
    return entries


def cards(entry: Path) -> list[str]:
    """The network devices that a process sees."""
    return [line.split(":")[0].strip() for line in (entry / "net/dev").read_text().splitlines()[2:]]


def test_a_vm_that_is_cut_off_has_no_network_but_its_own_loopback(uml: LocalVms, spec: VmSpec) -> None:
    uml.create("demo", spec)
    for entry in programs("demo"):
        assert cards(entry) == ["lo"]
        assert (entry / "ns/net").readlink() != Path("/proc/self/ns/net").readlink()


def test_a_vm_with_internet_has_this_computers_network(uml: LocalVms, spec: VmSpec) -> None:
    uml.create("demo", dataclasses.replace(spec, internet=True))
    for entry in programs("demo"):
        assert (entry / "ns/net").readlink() == Path("/proc/self/ns/net").readlink()


@as_root
def test_the_programs_have_no_rights_and_no_way_to_any(uml: LocalVms, spec: VmSpec) -> None:
    uml.create("demo", spec)
    for entry in programs("demo"):
        status = dict(line.split(":\t", 1) for line in (entry / "status").read_text().splitlines())
        assert status["Uid"].split() == status["Gid"].split() == [str(sandbox.USER_ID)] * 4
        assert status["Groups"].strip() == ""
        assert int(status["CapEff"], 16) == int(status["CapPrm"], 16) == 0
        assert status["NoNewPrivs"] == "1"


@as_root
def test_their_files_are_theirs_and_still_only_root_finds_them(uml: LocalVms, spec: VmSpec) -> None:
    uml.create("demo", spec)
    folder = records.folder("demo")
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700 and folder.stat().st_uid == 0
    for part in ("disk.img", "seed.img", "run"):
        assert (folder / part).stat().st_uid == sandbox.USER_ID
    assert (folder / "key").stat().st_uid == 0
    assert "/mnt" not in Path("/proc/self/mounts").read_text().split(), "it shows in the VM's view only"


def test_a_passt_that_does_not_start_is_quoted(
    uml: LocalVms, spec: VmSpec, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loader = tmp_path / "broken/usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2"
    loader.parent.mkdir(parents=True)
    loader.write_text("#!/bin/sh\necho no such thing >&2\nexit 3\n")
    loader.chmod(0o755)
    monkeypatch.setattr(passt, "ensure", lambda progress: tmp_path / "broken")
    with pytest.raises(
        VmError, match=r"(?s)uml did not start.*no such thing.*passt does not listen \(exit code 3\)"
    ):
        uml.create("demo", spec)
    assert uml.list() == []

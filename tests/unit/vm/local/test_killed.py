"""What died, was killed or is damaged shows, and is healed: the process side real and qemu faked."""

import dataclasses
import json
import multiprocessing
import os
import signal
import subprocess
from types import ModuleType

import pytest

from binder_singlenode.vm import VmSpec
from binder_singlenode.vm.local import power, process, records, ssh_probe
from binder_singlenode.vm.local.disk_image import seed
from binder_singlenode.vm.local.provider import LocalVms
from binder_singlenode.vm.qemu import disk
from binder_singlenode.vm.qemu import engine as qemu_engine
from binder_singlenode.vm.qemu.engine import Qemu


def test_a_qemu_that_died_shows_as_dead_and_starts_again(vms: LocalVms, spec: VmSpec) -> None:
    vms.create("demo", spec)
    found = Qemu().find("demo")
    assert found is not None
    process.kill(found)
    assert vms.get("demo").state == "dead"
    assert vms.start("demo").state == "running"


def test_a_recycled_process_number_is_not_killed(vms: LocalVms, spec: VmSpec) -> None:
    """vm.json may name a number that another program has by now."""
    vms.create("demo", spec)
    found = Qemu().find("demo")
    record = records.read("demo")
    assert found is not None and record is not None
    process.kill(found)
    with subprocess.Popen(["sleep", "100"]) as bystander:
        stranger = process.identify(bystander.pid)
        assert stranger is not None
        recycled = dataclasses.replace(stranger, started=stranger.started - 1)
        records.write(dataclasses.replace(record, process=recycled))
        assert vms.get("demo").state == "dead"
        vms.destroy("demo")
        assert bystander.poll() is None
        bystander.kill()


# Where the kill strikes: the function that does not return.
KILLS = {
    "right after the folder was made": (records, "write"),
    "before the keys": (seed, "keys"),
    "before the disk with the keys": (seed, "seed_disk"),
    "before the root disk": (disk, "make"),
    "before qemu": (qemu_engine, "_spawn"),
    "after qemu started, before that was written": (power, "_started"),
    "while waiting for ssh": (ssh_probe, "answers"),
}


def killed_create(spec: VmSpec, strike: tuple[ModuleType, str]) -> None:
    """A create, in a process of its own, that is killed when it calls the function."""
    child = multiprocessing.get_context("fork").Process(target=create_until, args=(spec, strike))
    child.start()
    child.join(60)
    assert child.exitcode == -signal.SIGKILL


def create_until(spec: VmSpec, strike: tuple[ModuleType, str]) -> None:
    setattr(*strike, lambda *_: os.kill(os.getpid(), signal.SIGKILL))
    LocalVms("qemu").create("demo", spec)


@pytest.mark.parametrize("moment", KILLS)
@pytest.mark.parametrize("remedy", ["create", "destroy"])
def test_a_create_killed_at_any_moment_is_healed(
    moment: str, remedy: str, vms: LocalVms, spec: VmSpec
) -> None:
    killed_create(spec, KILLS[moment])
    assert [(vm.name, vm.state) for vm in vms.list()] == [("demo", "dead")]
    left = Qemu().find("demo")
    if remedy == "destroy":
        vms.destroy("demo")
        assert vms.list() == []
    else:
        assert vms.create("demo", spec).state == "running"
    assert left is None or not left.alive()


def test_an_interrupted_create_leaves_nothing(
    vms: LocalVms, spec: VmSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(vm: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(ssh_probe, "answers", interrupt)
    with pytest.raises(KeyboardInterrupt):
        vms.create("demo", spec)
    assert vms.list() == []
    assert [entry.name for entry in records.root().iterdir()] == [".lock"]


def test_a_damaged_record_is_a_dead_vm_that_can_be_removed(vms: LocalVms, spec: VmSpec) -> None:
    vms.create("demo", spec)
    (records.folder("demo") / "vm.json").write_text(json.dumps({"name": "demo"}))
    assert vms.get("demo").state == "dead"
    vms.destroy("demo")
    assert vms.list() == []

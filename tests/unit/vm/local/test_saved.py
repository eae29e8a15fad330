"""Saved disks: keep, go back, make another VM of one. The same with each engine."""

import contextlib
import json
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from binder_singlenode.errors import VmError
from binder_singlenode.vm import Vm, VmSpec
from binder_singlenode.vm.local import engine, provider, records, ssh_probe
from binder_singlenode.vm.local.provider import LocalVms


@dataclass
class Bed:
    """A VM called demo, and what is on disks."""

    vms: LocalVms

    def write(self, content: str, name: str = "demo") -> None:
        """As the guest would, while it runs."""
        if self.vms.name == "qemu":
            disk = records.folder(name) / "disk.qcow2"
            disk.write_text(json.dumps({**json.loads(disk.read_text()), "content": content}))
        else:
            with (records.folder(name) / "disk.img").open("r+b") as raw:
                raw.write(content.encode().ljust(100, b"\0"))

    def content(self, name: str = "demo") -> str:
        if self.vms.name == "qemu":
            return str(json.loads((records.folder(name) / "disk.qcow2").read_text())["content"])
        with (records.folder(name) / "disk.img").open("rb") as raw:
            return raw.read(100).rstrip(b"\0").decode()


@pytest.fixture(params=["qemu", "uml"])
def bed(request: pytest.FixtureRequest, spec: VmSpec) -> Bed:
    request.getfixturevalue(f"fake_{request.param}")
    vms = LocalVms(request.param)
    vms.create("demo", spec)
    return Bed(vms)


def test_reset_brings_the_saved_content_back(bed: Bed) -> None:
    vm = bed.vms.get("demo")
    bed.write("clean")
    bed.vms.save("demo", "tidy")
    bed.write("dirty")
    before = engine.find_any("demo")
    assert before is not None
    assert bed.vms.reset("demo", "tidy") == vm
    assert bed.content() == "clean"
    assert not before[1].alive(), "it was booted again"


def test_a_reset_of_a_vm_that_is_off_starts_it(bed: Bed) -> None:
    bed.write("clean")
    bed.vms.save("demo", "tidy")
    bed.vms.stop("demo", hard=True)
    assert bed.vms.reset("demo", "tidy").state == "running"


def test_saving_again_replaces_and_other_tags_stay(bed: Bed) -> None:
    for content, tag in (("one", "a"), ("two", "b"), ("three", "a")):
        bed.write(content)
        bed.vms.save("demo", tag)
    bed.vms.reset("demo", "b")
    assert bed.content() == "two"
    bed.vms.reset("demo", "a")
    assert bed.content() == "three"


def test_the_file_system_is_frozen_while_it_is_saved(bed: Bed, monkeypatch: pytest.MonkeyPatch) -> None:
    @contextlib.contextmanager
    def frozen(vm: Vm) -> Iterator[None]:
        bed.write("flushed")
        yield
        bed.write("went on")

    monkeypatch.setattr(provider, "frozen", frozen)
    bed.vms.save("demo", "tidy")
    bed.vms.reset("demo", "tidy")
    assert bed.content() == "flushed"


def test_a_fork_is_a_vm_of_its_own(bed: Bed) -> None:
    bed.write("clean")
    bed.vms.save("demo", "tidy")
    bed.write("dirty")
    old, new = bed.vms.get("demo"), bed.vms.fork("demo", "tidy", "other")
    assert (new.name, new.provider, new.state) == ("other", old.provider, "running")
    assert (bed.content("other"), bed.content()) == ("clean", "dirty")
    numbers = {(vm.ssh_port, vm.http_port, vm.https_port) for vm in (old, new)}
    assert len({port for each in numbers for port in each}) == 6
    assert new.host_keys == old.host_keys
    assert new.key != old.key and new.key.read_text() == old.key.read_text()
    known = new.key.with_name("known_hosts").read_text()
    assert known == f"[127.0.0.1]:{new.ssh_port} {new.host_keys[0]}\n"
    bed.vms.destroy("demo")
    assert bed.vms.get("other") == new
    bed.write("its own", "other")
    bed.vms.save("other", "tidy")


def test_a_fork_keeps_sizes_and_network(bed: Bed) -> None:
    bed.vms.save("demo", "tidy")
    bed.vms.fork("demo", "tidy", "other")
    old, new = records.read("demo"), records.read("other")
    assert old and new
    kept = ("memory_bytes", "cpus", "internet", "image", "provider", "phase")
    assert [getattr(old, each) for each in kept] == [getattr(new, each) for each in kept]


def test_a_fork_that_fails_leaves_nothing(bed: Bed, monkeypatch: pytest.MonkeyPatch) -> None:
    bed.vms.save("demo", "tidy")

    def refuse(vm: Vm) -> str:
        raise VmError("it shows another key")

    monkeypatch.setattr(ssh_probe, "answers", refuse)
    with pytest.raises(VmError, match="it shows another key"):
        bed.vms.fork("demo", "tidy", "other")
    assert [vm.name for vm in bed.vms.list()] == ["demo"]
    assert engine.find_any("other") is None
    assert bed.vms.get("demo").state == "running"


def test_a_fork_does_not_replace_a_vm(bed: Bed, spec: VmSpec) -> None:
    bed.vms.save("demo", "tidy")
    other = bed.vms.create("other", spec)
    for taken in ("demo", "other"):
        with pytest.raises(VmError, match=f"there is a VM called '{taken}' already"):
            bed.vms.fork("demo", "tidy", taken)
    assert bed.vms.get("other") == other


@pytest.mark.parametrize("command", ["reset", "fork"])
def test_a_tag_that_was_never_saved_is_told_with_those_that_were(bed: Bed, command: str) -> None:
    def go(tag: str) -> None:
        bed.vms.reset("demo", tag) if command == "reset" else bed.vms.fork("demo", tag, "other")

    vm = bed.vms.get("demo")
    with pytest.raises(VmError, match="has no saved disk 'dirty'") as caught:
        go("dirty")
    assert caught.value.hint == "saved disks: none"
    bed.vms.save("demo", "clean")
    bed.vms.save("demo", "bare")
    with pytest.raises(VmError, match="has no saved disk 'dirty'") as caught:
        go("dirty")
    assert caught.value.hint == "saved disks: bare, clean"
    assert bed.vms.list() == [vm]


def test_what_cannot_be_saved(bed: Bed) -> None:
    with pytest.raises(VmError, match=r"'\.\./x' cannot be the name of a"):
        bed.vms.save("demo", "../x")
    bed.vms.stop("demo", hard=True)
    with pytest.raises(VmError, match="is not running"):
        bed.vms.save("demo", "tidy")
    with pytest.raises(VmError, match="no VM called 'dome'"):
        bed.vms.save("dome", "tidy")


def test_a_dead_vm_can_be_reset(bed: Bed) -> None:
    bed.vms.save("demo", "tidy")
    found = engine.find_any("demo")
    assert found is not None
    found[0].kill("demo", found[1])
    assert bed.vms.get("demo").state == "dead"
    assert bed.vms.reset("demo", "tidy").state == "running"

"""A VM in user-mode Linux from its making to its end: the supervisor is real, the kernel a small program."""

import dataclasses
import socket
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from binder_singlenode.errors import VmError
from binder_singlenode.vm import Vm, VmSpec
from binder_singlenode.vm.local import boot, ports, process, records
from binder_singlenode.vm.local.process import Identity
from binder_singlenode.vm.local.provider import LocalVms
from binder_singlenode.vm.uml.engine import Uml


def supervisor(name: str = "demo") -> Identity:
    found = Uml().find(name)
    assert found is not None
    return found


def children(name: str = "demo") -> list[Identity]:
    """passt and the kernel, in the order in which they were started."""
    return [found for pid in process.children(supervisor(name).pid) if (found := process.identify(pid))]


def until(happened: Callable[[], object]) -> None:
    deadline = time.monotonic() + 60
    while not happened():
        assert time.monotonic() < deadline, "it did not happen within 60 s"
        time.sleep(0.02)


def asked(port: int) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.settimeout(30)
        return connection.makefile("rb").read()


def numbers(vm: Vm) -> list[int]:
    assert vm.http_port and vm.https_port
    return [vm.ssh_port, vm.http_port, vm.https_port]


def test_from_create_to_destroy(uml: LocalVms, spec: VmSpec) -> None:
    talk: list[str] = []
    vm = uml.create("demo", spec, talk.append)
    assert (vm.provider, vm.state, vm.internet) == ("uml", "running", False)
    assert "boots (user-mode Linux; cut off from every network)" in talk[0]
    assert [asked(port) for port in numbers(vm)] == [
        b"port 22 of the guest",
        b"port 80 of the guest",
        b"port 443 of the guest",
    ]
    processes = [supervisor(), *children()]
    assert len(processes) == 3
    uml.destroy("demo")
    assert not any(each.alive() for each in processes)
    assert all(map(ports.free, numbers(vm)))
    assert uml.list() == []
    assert [entry.name for entry in records.root().iterdir()] == [".lock"]


@pytest.mark.parametrize("hard", [False, True])
def test_a_reboot_starts_the_kernel_again(uml: LocalVms, spec: VmSpec, hard: bool) -> None:
    vm = uml.create("demo", spec)
    before, kept = children(), supervisor()
    assert uml.reboot("demo", hard=hard) == vm
    assert not any(each.alive() for each in before)
    assert supervisor() == kept
    assert asked(vm.ssh_port) == b"port 22 of the guest"


def test_switching_off_and_on(uml: LocalVms, spec: VmSpec) -> None:
    vm = uml.create("demo", spec)
    processes = [supervisor(), *children()]
    uml.stop("demo")
    assert not any(each.alive() for each in processes)
    assert uml.get("demo") == dataclasses.replace(vm, state="stopped")
    assert uml.start("demo") == vm


def test_a_guest_that_switches_itself_off_is_dead_and_starts_again(uml: LocalVms, spec: VmSpec) -> None:
    vm = uml.create("demo", spec)
    found = supervisor()
    Uml().press_power("demo")
    assert process.wait_for_end(found, 60)
    assert uml.get("demo").state == "dead"
    assert uml.start("demo") == vm


def test_a_power_cut_leaves_no_process(uml: LocalVms, spec: VmSpec) -> None:
    uml.create("demo", spec)
    processes = [supervisor(), *children()]
    uml.stop("demo", hard=True)
    assert not any(each.alive() for each in processes)
    assert Uml().find("demo") is None


def test_a_supervisor_that_is_killed_takes_its_programs_along(uml: LocalVms, spec: VmSpec) -> None:
    uml.create("demo", spec)
    programs = children()
    process.kill(supervisor())
    assert all(process.wait_for_end(each, 30) for each in programs)
    assert uml.get("demo").state == "dead"
    assert uml.start("demo").state == "running"


def test_without_passt_the_guest_is_booted_again(uml: LocalVms, spec: VmSpec) -> None:
    vm = uml.create("demo", spec)
    written = boot.console_size("demo")
    passt, linux = children()
    assert b"--vhost-user" in Path(f"/proc/{passt.pid}/cmdline").read_bytes()
    process.kill(passt)
    assert process.wait_for_end(linux, 30)
    until(lambda: "Started" in boot.console("demo", written))
    assert asked(vm.ssh_port) == b"port 22 of the guest"


def test_a_kernel_that_ends_at_once_is_given_up(uml: LocalVms, spec: VmSpec) -> None:
    assert spec.image is not None
    (spec.image / "disk.img").write_text("end")
    with pytest.raises(VmError, match=r"(?s)demo: .*the disk says: end") as caught:
        uml.create("demo", spec)
    assert caught.value.hint is not None
    log = Path(caught.value.hint.removeprefix("all of it: "))
    assert log.read_text().count("Linux version") == 3
    assert uml.list() == []
    assert Uml().find("demo") is None


@pytest.mark.parametrize("internet", [False, True])
def test_a_port_taken_while_switched_off_is_named(uml: LocalVms, spec: VmSpec, internet: bool) -> None:
    vm = uml.create("demo", dataclasses.replace(spec, internet=internet))
    uml.stop("demo")
    with socket.socket() as thief:
        thief.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        thief.bind(("127.0.0.1", vm.ssh_port))
        thief.listen()
        with pytest.raises(VmError, match=rf"{vm.ssh_port}.*used by another program"):
            uml.start("demo")
    assert uml.get("demo").state == "stopped"

"""Ports and memory of this computer: what is free, and what is promised."""

import socket

import pytest

from binder_singlenode.base.units import GIB
from binder_singlenode.errors import VmError
from binder_singlenode.vm import VmSpec
from binder_singlenode.vm.local import capacity, ports, power, process
from binder_singlenode.vm.local.provider import LocalVms
from binder_singlenode.vm.local.records import Ports
from binder_singlenode.vm.qemu.engine import Qemu


def test_ports_skip_those_of_vms_and_those_in_use() -> None:
    taken = set(range(20000, 31990))
    got = ports.pick(taken, is_free=lambda port: port % 2 == 0)
    assert all(port >= 31990 and port % 2 == 0 for port in (got.ssh, got.http, got.https))
    assert len({got.ssh, got.http, got.https}) == 3


def test_no_port_left() -> None:
    with pytest.raises(VmError, match="no three free ports"):
        ports.pick((), is_free=lambda port: False)


def test_a_listener_makes_a_port_not_free() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        assert not ports.free(listener.getsockname()[1])
    assert isinstance(ports.pick(()), Ports)


def test_sizes_that_make_no_sense_are_named_all_at_once() -> None:
    with pytest.raises(
        VmError,
        match=r"^--memory must be at least 512M; --disk must be at least \d+G; --cpus must be at least 1$",
    ):
        capacity.check_spec(VmSpec(memory_bytes=8, cpus=0, disk_bytes=1))


def test_memory_promised_to_running_vms_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(capacity, "available_bytes", lambda: 20 * GIB)
    capacity.check_memory(8 * GIB, GIB)
    with pytest.raises(VmError, match=r"needs 9 GiB.*8 GiB are free: 1 GiB too little") as caught:
        capacity.check_memory(8 * GIB, GIB, promised_bytes=12 * GIB)
    assert "up to 7168 MiB" in str(caught.value.hint)


def test_a_vm_may_still_take_what_it_does_not_hold(vms: LocalVms, spec: VmSpec) -> None:
    vms.create("demo", spec)
    found = Qemu().find("demo")
    assert found is not None
    own = process.resident_bytes(found.pid)
    assert own > 1024**2
    assert power.promised_bytes() == pytest.approx(GIB - own, abs=8 * 1024**2)
    vms.stop("demo", hard=True)
    assert power.promised_bytes() == 0


def test_a_process_that_is_gone_holds_no_memory() -> None:
    assert process.resident_bytes(2**22 + 1) == 0

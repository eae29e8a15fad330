"""VMs of both engines side by side: each list shows its own, and each VM is run by its own."""

import pytest

from binder_singlenode.vm import VmSpec
from binder_singlenode.vm.local import records
from binder_singlenode.vm.local.provider import LocalVms


@pytest.fixture
def both(fake_qemu: None, fake_uml: None, spec: VmSpec) -> None:
    """A VM of each engine."""
    LocalVms("qemu").create("in-qemu", spec)
    LocalVms("uml").create("in-uml", spec)


@pytest.mark.parametrize(
    ("provider", "shown"), [("auto", ["in-qemu", "in-uml"]), ("qemu", ["in-qemu"]), ("uml", ["in-uml"])]
)
def test_a_list_shows_those_of_the_provider(both: None, provider: str, shown: list[str]) -> None:
    assert [vm.name for vm in LocalVms(provider).list()] == shown


def test_a_vm_without_a_record_shows_in_every_list(both: None) -> None:
    (records.folder("in-uml") / "vm.json").unlink()
    vm = LocalVms("qemu").list()[-1]
    assert (vm.name, vm.provider, vm.state) == ("in-uml", "unknown", "dead")
    LocalVms("qemu").destroy("in-uml")
    assert [vm.name for vm in LocalVms("auto").list()] == ["in-qemu"]


def test_what_is_done_to_a_vm_is_done_by_its_own_engine(both: None, spec: VmSpec) -> None:
    for name in ("in-qemu", "in-uml"):
        vm = LocalVms("auto").get(name)
        for provider in ("qemu", "uml", "auto"):
            LocalVms(provider).stop(name)
            assert LocalVms(provider).create(name, spec) == vm
    assert {vm.provider for vm in LocalVms("auto").list()} == {"qemu", "uml"}

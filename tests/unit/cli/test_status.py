"""What `status` says about a throwaway VM that is off."""

from types import SimpleNamespace

import pytest

from binder_singlenode.cli.commands import status
from binder_singlenode.provision import targets


@pytest.mark.parametrize(("vm_state", "told"), [("stopped", True), ("dead", True), ("making", False)])
def test_a_vm_that_is_off_is_started_by_up(
    monkeypatch: pytest.MonkeyPatch, vm_state: str, told: bool
) -> None:
    monkeypatch.setattr(targets, "find_vm", lambda name: SimpleNamespace(name=name, state=vm_state))
    expected = f"the VM is {vm_state}: binder-singlenode up demo   (starts it)"
    assert status.how_to_start("demo") == (expected if told else None)


def test_of_a_machine_elsewhere_only_ssh_can_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(targets, "find_vm", lambda name: None)
    assert status.how_to_start("lab") is None

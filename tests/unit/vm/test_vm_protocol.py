"""What every provider shares: names, the host file, known hosts."""

from pathlib import Path

import pytest
from binder_singlenode.vm.qemu.provider import provider

from binder_singlenode import config
from binder_singlenode.errors import VmError
from binder_singlenode.vm import Provider, Vm, checked_name, host_file, provider

VM = Vm(
    name="demo",
    provider="qemu",
    address="127.0.0.1",
    ssh_port=20001,
    user="root",
    key=Path("/state/key"),
    host_keys=("ssh-ed25519 AAAA",),
    http_port=20002,
    state="running",
)


@pytest.mark.parametrize("name", ["a", "vm", "demo-2", "a" * 40])
def test_names_that_are_host_names(name: str) -> None:
    assert checked_name(name) == name


@pytest.mark.parametrize(
    "name", ["", "-a", "a-", "A", "1a", "a_b", "a/b", "..", ".lock", "a" * 41, "ä", "a\n"]
)
def test_names_that_are_not(name: str) -> None:
    with pytest.raises(VmError, match="cannot be the name of a VM") as caught:
        checked_name(name)
    assert "lower-case letters" in str(caught.value.hint)


def test_an_unknown_provider() -> None:
    with pytest.raises(VmError, match="no VM provider is called 'vbox'") as caught:
        provider("vbox")
    assert caught.value.hint == "one of: qemu, hcloud"


def test_qemu_answers_to_the_protocol() -> None:
    found: Provider = qemu.provider()
    assert found.name == "qemu"


def test_the_host_file_of_a_vm_is_one(tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_text("key")
    key.chmod(0o600)
    vm = Vm(**{**VM.__dict__, "key": key})
    host = config.Host(**host_file(vm))
    assert host.base_url == "http://127.0.0.1:20002"
    assert (host.address, host.ssh.port, host.ssh.user, host.ssh.key) == ("127.0.0.1", 20001, "root", key)


def test_a_vm_with_an_address_of_its_own_needs_no_url() -> None:
    assert "url" not in host_file(Vm(**{**VM.__dict__, "http_port": None}))


@pytest.mark.parametrize(("port", "host"), [(22, "127.0.0.1"), (20001, "[127.0.0.1]:20001")])
def test_known_hosts_name_the_port_when_it_is_not_22(port: int, host: str) -> None:
    assert Vm(**{**VM.__dict__, "ssh_port": port}).known_hosts == (f"{host} ssh-ed25519 AAAA",)

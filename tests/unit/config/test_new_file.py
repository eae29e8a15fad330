"""What a new host file holds, and when it stays."""

from pathlib import Path

import pytest

from binder_singlenode import config, ssh
from binder_singlenode.base import invocation
from binder_singlenode.cli import main
from binder_singlenode.errors import ConfigError
from binder_singlenode.provision import targets


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    found = tmp_path / "inventories"
    found.mkdir()
    return found


def test_init_writes_every_field_as_a_comment(folder: Path) -> None:
    assert main.run(["init", "ops@192.0.2.7"]) == 0
    text = (folder / "192.0.2.7.yaml").read_text()
    host = config.load(folder / "192.0.2.7.yaml")
    assert (host.address, host.ssh.user) == ("192.0.2.7", "ops")
    assert host.model_fields_set == {"apiVersion", "address", "ssh"}, "nothing of the example is in force"
    for field in config.Host.model_fields:
        assert f"\n{field}:" in text or f"\n#{field}:" in text


def test_a_line_of_it_can_be_used(folder: Path) -> None:
    main.run(["init", "root@192.0.2.7"])
    path = folder / "192.0.2.7.yaml"
    path.write_text(
        path.read_text().replace("\n#sessions:", "\nsessions:").replace("\n#  quota: 40", "\n  quota: 40")
    )
    assert config.load(path).sessions.quota == 40


def test_init_of_a_file_that_exists_changes_the_host_name_only(folder: Path) -> None:
    main.run(["init", "root@192.0.2.7", "--short"])
    before = (folder / "192.0.2.7.yaml").read_text()
    assert main.run(["init", "root@192.0.2.7", "--hostname", "b.example.org"]) == 0
    assert (folder / "192.0.2.7.yaml").read_text().replace("hostname: b.example.org\n", "") == before


def test_a_host_file_called_vm_cannot_be_made(folder: Path) -> None:
    with pytest.raises(ConfigError, match="throwaway VM"):
        config.find("root@vm", folder)
    assert list(folder.iterdir()) == []


def test_a_host_file_called_vm_is_named(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "vm.yaml").write_text("address: a.b\n")
    assert main.run(["check", "vm"]) == 1
    assert "inventories/vm.yaml" in capsys.readouterr().err


def test_a_host_file_is_planned_until_the_first_contact(folder: Path) -> None:
    target = targets.resolve("root@192.0.2.9")
    assert not target.path.exists()
    assert config.keep(target.host) == target.path
    assert config.load(target.path).address == "192.0.2.9"


def test_a_host_file_of_before_stays(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ssh, "known", lambda host: False)
    path = config.find("root@192.0.2.9", folder)
    with invocation.begun():
        targets.resolve("root@192.0.2.9")
    assert path.exists()


def test_one_name_for_two_files_is_refused(folder: Path) -> None:
    for name in ("two.yml", "two.yaml"):
        (folder / name).write_text("address: a.b\n")
    with pytest.raises(ConfigError, match=r"two\.yaml and .*two\.yml"):
        config.find("two", folder)


@pytest.mark.parametrize("name", ["localhost", "binder.local", "binder.internal", "binder"])
def test_a_public_authority_knows_public_names_only(name: str) -> None:
    with pytest.raises(config.HostFileError, match="no public DNS name"):
        config.loads(f"address: a.b\nhostname: {name}\ntls: acme\n", "h.yaml")

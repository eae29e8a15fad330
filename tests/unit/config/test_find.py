"""What people type, and the host file they get."""

import stat
import threading
from pathlib import Path

import pytest

from binder_singlenode import config
from binder_singlenode.base import atomic
from binder_singlenode.config import HostFileError
from binder_singlenode.config.messages import writing
from binder_singlenode.errors import ConfigError


@pytest.fixture
def inventories(tmp_path: Path) -> Path:
    """A folder with two hosts, a lock file, and things that are no hosts."""
    folder = tmp_path / "inventories"
    folder.mkdir()
    (folder / "lab.yaml").write_text("address: lab.example.org\n")
    (folder / "course.yml").write_text("address: course.example.org\n")
    for name in ("lab.lock.yaml", "schema.json", "example.py", "-x.yaml", ".hidden.yaml"):
        (folder / name).write_text("")
    (folder / "folder.yaml").mkdir()
    return folder


def test_a_name_with_or_without_its_suffix_and_a_path(
    inventories: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert config.resolve("lab", inventories).address == "lab.example.org"
    assert config.resolve("course", inventories).address == "course.example.org"
    assert config.resolve(str(inventories / "lab.yaml"), Path("elsewhere")).name == "lab"
    assert config.resolve("lab.yaml", inventories).name == "lab"
    monkeypatch.chdir(inventories)
    assert config.find("./lab.yaml", Path("elsewhere")) == Path("lab.yaml")


def test_the_names_of_hosts(inventories: Path) -> None:
    assert config.names(inventories) == ["course", "lab"]
    assert config.names(inventories / "none") == []


@pytest.mark.parametrize(
    ("target", "message", "hint"),
    [
        ("lba", 'there is no host "lba" in {0}', 'did you mean "lab"?; for a new host: root@lba'),
        ("zzz", 'there is no host "zzz" in {0}', "known: course, lab; for a new host: root@zzz"),
        ("::1", 'there is no host "::1" in {0}', "known: course, lab; for a new host: root@[::1]"),
        ("la_b", 'there is no host "la_b" in {0}', 'did you mean "lab"?; for a new host: root@la_b'),
    ],
)
def test_an_unknown_name_is_said_with_what_is_close(
    inventories: Path, target: str, message: str, hint: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        config.resolve(target, inventories)
    assert caught.value.message == message.format(inventories)
    assert caught.value.hint == hint


@pytest.mark.parametrize(
    "target",
    ["", "../x", "/etc/passwd", "-oProxyCommand=x", "a b", "a\nb", "lab.lock", ".hidden", "a;b", "x" * 300],
)
def test_what_cannot_be_a_name_is_refused(inventories: Path, target: str) -> None:
    before = sorted(inventories.iterdir())
    with pytest.raises(ConfigError, match="no host file or address called") as caught:
        config.resolve(target, inventories)
    assert caught.value.hint == (
        "give a name in the inventories folder, a path that ends in .yaml, or user@address"
    )
    assert sorted(inventories.iterdir()) == before


def test_an_address_is_never_taken_for_a_similar_one(tmp_path: Path) -> None:
    (tmp_path / "10.0.0.1.yaml").write_text("apiVersion: binder/v1\naddress: 10.0.0.1\n")
    with pytest.raises(ConfigError) as caught:
        config.resolve("127.0.0.1", tmp_path)
    assert caught.value.hint == "known: 10.0.0.1; for a new host: root@127.0.0.1"


def test_no_hosts_yet(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        config.resolve("lab", tmp_path / "none")
    assert caught.value.hint == "known: none yet; for a new host: root@lab"


@pytest.mark.parametrize(
    ("target", "name", "user", "address", "port"),
    [
        ("root@203.0.113.7", "203.0.113.7", "root", "203.0.113.7", 22),
        ("debian@vm.example.org:22", "vm.example.org", "debian", "vm.example.org", 22),
        ("root@127.0.0.1:2222", "127.0.0.1-2222", "root", "127.0.0.1", 2222),
        ("root@[::1]:22", "__1", "root", "::1", 22),
        ("root@2001:db8::7", "2001_db8__7", "root", "2001:db8::7", 22),
        ("root@[2001:db8::7]:2222", "2001_db8__7-2222", "root", "2001:db8::7", 2222),
        ("12345@no", "no", "12345", "no", 22),
        ("ops@lab_1", "lab_1", "ops", "lab_1", 22),
        ("root@VM.example.org", "vm.example.org", "root", "VM.example.org", 22),
    ],
)
def test_a_new_address_gets_a_file(
    tmp_path: Path, target: str, name: str, user: str, address: str, port: int
) -> None:
    folder = tmp_path / "new" / "inventories"
    host = config.resolve(target, folder)
    assert host == config.load(folder / f"{name}.yaml")
    assert (host.name, host.ssh.user, host.address, host.ssh.port) == (name, user, address, port)
    assert [path.name for path in folder.iterdir()] == [f"{name}.yaml"]
    assert stat.S_IMODE((folder / f"{name}.yaml").stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_the_file_of_an_address_is_not_made_before_it_is_kept(tmp_path: Path) -> None:
    folder = tmp_path / "inventories"
    host = config.planned("ops@[2001:db8::7]:2222", folder)
    assert not folder.exists()
    assert config.argument(host) == "'ops@[2001:db8::7]:2222'"
    assert config.place(host, "address") == "address"
    path = config.keep(host)
    assert path == host.file == folder / "2001_db8__7-2222.yaml"
    assert config.planned("ops@[2001:db8::7]:2222", folder) == config.load(path) == host
    assert config.keep(host) is None
    with pytest.raises(ConfigError, match="has a host file already"):
        config.planned("root@[2001:db8::7]:2222", folder)


def test_the_file_is_written_once_and_never_written_over(tmp_path: Path) -> None:
    file = config.find("root@203.0.113.7", tmp_path)
    file.write_text("address: 203.0.113.7\nhostname: binder.example.org # mine\n")
    before = file.stat().st_mtime_ns
    assert config.resolve("root@203.0.113.7", tmp_path).hostname == "binder.example.org"
    assert config.resolve("203.0.113.7", tmp_path).hostname == "binder.example.org"
    assert file.stat().st_mtime_ns == before


def test_a_new_file_names_the_schema_that_lies_beside_it(tmp_path: Path) -> None:
    (tmp_path / "schema.json").write_text(config.json_schema_text())
    text = config.find("root@203.0.113.7", tmp_path).read_text()
    assert text.startswith("# yaml-language-server: $schema=schema.json\n")


def test_a_file_that_leads_elsewhere_is_not_used_silently(tmp_path: Path) -> None:
    file = config.find("root@203.0.113.7", tmp_path)
    before = file.read_text()
    with pytest.raises(ConfigError) as caught:
        config.resolve("debian@203.0.113.7", tmp_path)
    assert str(caught.value) == (
        f'{file}: "debian@203.0.113.7" has a host file already, and it says ssh.user root (not debian)'
    )
    assert caught.value.hint == "edit the file, or use it as it is: 203.0.113.7"
    assert file.read_text() == before


def test_a_damaged_file_stays_and_is_explained(tmp_path: Path) -> None:
    (tmp_path / "203.0.113.7.yaml").write_text("adress: 203.0.113.7\n")
    with pytest.raises(HostFileError, match='did you mean "address"'):
        config.resolve("root@203.0.113.7", tmp_path)


@pytest.mark.parametrize(
    ("target", "why"),
    [
        ("-oProxyCommand=x@a.b", '"-oProxyCommand=x" is not a login name'),
        ("root@-oProxyCommand=x", '"-oProxyCommand=x" is not a DNS name or an IP address'),
        ("root@../../x", '"../../x" is not a DNS name or an IP address'),
        ("root@a/b", '"a/b" is not a DNS name or an IP address'),
        ("root@a.b\nProxyCommand x", '"a.b\\nProxyCommand x" is not a DNS name or an IP address'),
        ("@a.b", "the user name before @ is missing"),
        ("root@", '"" is not a DNS name or an IP address'),
        ("a@b@c", '"a@b" is not a login name'),
        ("root@a.b:0", '"0" is not a port'),
        ("root@a.b:65536", '"65536" is not a port'),
        ("root@a.b:", '"" is not a port'),
        ("root@a.b:٢٢", '"٢٢" is not a port'),
        ("root@[::1", '"[::1" is not a DNS name or an IP address'),
        ("root@[a.b]", '"a.b" is not an IPv6 address'),
        ("root@fe80::1%eth0", '"fe80::1%eth0" is not a DNS name or an IP address'),
        ("root@[fe80::1%a b]", '"fe80::1%a b" is not an IPv6 address'),
    ],
)
def test_a_hostile_address_writes_nothing(tmp_path: Path, target: str, why: str) -> None:
    with pytest.raises(ConfigError) as caught:
        config.resolve(target, tmp_path / "inventories")
    assert caught.value.message.endswith(f"is not user@address: {why}")
    assert caught.value.hint
    assert not (tmp_path / "inventories").exists()


def test_an_address_inside_our_own_networks_writes_nothing(tmp_path: Path) -> None:
    with pytest.raises(HostFileError, match=r"inside network.pod_cidr"):
        config.resolve("root@10.42.0.1", tmp_path / "inventories")
    assert not (tmp_path / "inventories").exists()


def test_two_at_once_get_one_whole_file(tmp_path: Path) -> None:
    found: list[Path] = []
    start = threading.Barrier(8)

    def one() -> None:
        start.wait(timeout=10)
        found.append(config.find("root@203.0.113.7", tmp_path))

    threads = [threading.Thread(target=one) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert found == [tmp_path / "203.0.113.7.yaml"] * 8
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith((".", "203"))] == [
        "203.0.113.7.yaml"
    ]


def test_an_existing_file_is_never_replaced_by_a_new_one(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("old")
    assert atomic.create(tmp_path / "x", "new") is False
    assert (tmp_path / "x").read_text() == "old"
    assert [path.name for path in tmp_path.glob("*x*")] == ["x"]


def test_a_folder_that_cannot_be_written_to_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="cannot be made") as caught:
        config.resolve("root@a.b", tmp_path / "file" / "inventories")
    assert caught.value.hint == "check the owner and mode of its parent"
    with (
        pytest.raises(ConfigError, match="cannot be written: No such file") as caught,
        writing.of(tmp_path / "none" / "x"),
    ):
        atomic.create(tmp_path / "none" / "x", "text")
    assert caught.value.hint == "check its folder: owner, mode, free space"


def test_the_inventories_of_the_current_folder_come_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.chdir(tmp_path)
    theirs = tmp_path / "config" / "binder-singlenode" / "inventories"
    assert config.inventories_dir() == theirs
    assert not theirs.exists()
    config.resolve("root@a.b", config.inventories_dir())
    assert stat.S_IMODE(theirs.parent.stat().st_mode) == 0o700
    (tmp_path / "inventories").mkdir()
    assert config.inventories_dir() == Path("inventories")

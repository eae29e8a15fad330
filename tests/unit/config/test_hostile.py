"""Files and values that somebody made to do harm, or by a slip of the hand: refused, and soon."""

import os
import stat
import time
from pathlib import Path

import pytest

from binder_singlenode import config
from binder_singlenode.config import HostFileError
from binder_singlenode.config.model import ssh_files
from binder_singlenode.config.model.addresses import (
    FieldError,
    check_address,
    check_hostname,
    check_jump,
    check_user,
)
from binder_singlenode.config.yaml.tree import SIZE_MAX_BYTES

# The limit of a test on a busy machine, far from the minutes that these files cost other readers.
SOON_S = 60.0

FOR_SSH = [
    "-oProxyCommand=touch /tmp/x",
    "-oProxyCommand=x",
    "--",
    "-",
    "../x",
    "a/b",
    "a b",
    "a\nProxyCommand x",
    "a\n",
    "\na",
    "a\x00",
    "a;b",
    "$(x)",
    "`x`",
    "a'b",
    'a"b',
    "%h",
    "a#b",
    "a*",
    "!a",
    "ａ",
    "a\u202eb",
    "a" * 300,
    ".a",
    "a..b",
    "a-",
    "~",
]


def refused(path: Path) -> HostFileError:
    """The error of loading a file, which must come soon."""
    start = time.monotonic()
    with pytest.raises(HostFileError) as caught:
        config.load(path)
    assert time.monotonic() - start < SOON_S
    return caught.value


@pytest.mark.parametrize("text", FOR_SSH)
def test_nothing_reaches_ssh_that_is_not_a_plain_name(text: str) -> None:
    for check in (check_address, check_hostname, check_jump):
        with pytest.raises(FieldError) as caught:
            check(text)
        assert caught.value.message.isprintable()
    with pytest.raises(FieldError):
        check_jump(f"a.b,{text}")
    with pytest.raises(FieldError):
        check_jump(f"a.b:{text}")


@pytest.mark.parametrize("text", [t for t in FOR_SSH if t not in ("a..b", "a-")])
def test_nothing_reaches_ssh_that_is_not_a_plain_login(text: str) -> None:
    with pytest.raises(FieldError):
        check_user(text)
    with pytest.raises(FieldError):
        check_jump(f"{text}@a.b")


@pytest.mark.parametrize("text", ["a\nProxyCommand x", 'a"b', "%d/x", "${HOME}/x", "a\\b", "", "a\x1bb"])
def test_a_path_cannot_say_more_to_ssh_config_than_a_path(text: str) -> None:
    with pytest.raises(FieldError, match="cannot be written to ssh_config"):
        ssh_files.absolute(text, None)


def test_an_unknown_home_is_said() -> None:
    with pytest.raises(FieldError, match="begins with ~ and that home folder is unknown"):
        ssh_files.absolute("~nobody-of-this-name/x", None)


def test_10_mb_are_refused_unread(tmp_path: Path) -> None:
    file = tmp_path / "h.yaml"
    file.write_bytes(b"address: a.b\n" * (10 * 1024 * 1024 // 13))
    error = refused(file)
    assert str(error) == (
        f"{file}: this file is larger than 64 KiB; a host file has a page or two: is it another file?"
    )


def test_a_text_that_is_too_long_is_refused() -> None:
    with pytest.raises(HostFileError, match="larger than 64 KiB"):
        config.loads("# é" * SIZE_MAX_BYTES, "h")


@pytest.mark.parametrize(
    "text",
    [
        "a: &a [x,x,x,x,x,x,x,x,x]\n"
        + "".join(
            f"{c}: &{c} [{','.join(['*' + p] * 9)}]\n" for p, c in zip("abcdefgh", "bcdefghi", strict=True)
        ),
        "a: &a {b: *a}\n",
        "[" * 60000,
        "{a: " * 15000,
        "- " * 30000,
        "".join(" " * i + "a:\n" for i in range(300)),
        "? " * 30000,
        "a: '" + "x" * 60000,
        "a" * 60000 + ": b",
        "".join(f"k{i}: v\n" for i in range(6500)),
        "\n" * 60000,
        "a: |\n" + " x\n" * 20000,
    ],
    ids=lambda text: text[:12],
)
def test_bombs_do_not_go_off(text: str, tmp_path: Path) -> None:
    file = tmp_path / "h.yaml"
    file.write_text(text)
    assert refused(file).problems


def test_a_number_of_60000_digits_is_not_computed() -> None:
    with pytest.raises(HostFileError, match="too long for a number"):
        config.loads("address: a.b\nssh: {port: " + "9" * 60000 + "}", "h")


def test_bytes_that_are_not_utf_8(tmp_path: Path) -> None:
    file = tmp_path / "h.yaml"
    file.write_bytes("# Büro\naddress: bü.example\n".encode("latin-1"))
    assert (
        str(refused(file))
        == f"{file}:1:4: the byte 0xfc is not UTF-8; is it another encoding? Save it as UTF-8"
    )
    file.write_bytes("address: a.b\n".encode("utf-16"))
    assert str(refused(file)) == f"{file}:1:1: the byte 0xff is not UTF-8; this is UTF-16: save it as UTF-8"
    file.write_bytes("# Büro\nä: \udcff".encode("utf-8", "surrogateescape"))
    assert str(refused(file)).startswith(f"{file}:2:4: the byte 0xff is not UTF-8")


def test_control_characters_are_refused_and_never_printed(tmp_path: Path) -> None:
    file = tmp_path / "h.yaml"
    file.write_bytes(b"address: a.b\nssh: {user: \x1b[2J}\n")
    assert "the character U+001B is not allowed in YAML; is this a text file?" in str(refused(file))
    file.write_text('address: "\\e[2J"\nssh: {user: "\u202egnp.exe"}\n')
    said = str(refused(file))
    assert "\x1b" not in said and "\u202e" not in said


def test_a_folder_a_pipe_and_a_device_are_not_files(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.yaml"
    os.mkfifo(pipe)
    for path in (tmp_path, pipe, Path("/dev/zero")):
        error = refused(path)
        assert str(error) == f"{path}: this is not a file"
        assert error.hint == "give the path of a host file"


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    error = refused(tmp_path / "no.yaml")
    assert str(error) == f"{tmp_path / 'no.yaml'}: no such file or directory"
    assert error.hint == "check the path, and who may read it"


@pytest.fixture
def key(tmp_path: Path) -> Path:
    """A private key as ssh-keygen leaves it, and a host file in the same folder that names it."""
    path = tmp_path / "id_ed25519"
    path.write_text("-----BEGIN OPENSSH PRIVATE KEY-----\n")
    path.chmod(0o600)
    (tmp_path / "h.yaml").write_text("address: a.b\nssh:\n  key: id_ed25519\n")
    return path


def test_a_key_path_is_relative_to_the_host_file(key: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert config.load(key.parent / "h.yaml").ssh.key == key
    monkeypatch.setenv("HOME", str(key.parent))
    (key.parent / "h.yaml").write_text("address: a.b\nssh: {key: ~/id_ed25519}\n")
    assert config.load(key.parent / "h.yaml").ssh.key == key


def test_a_missing_key_is_said_with_those_that_are_there(key: Path) -> None:
    key.with_suffix(".pub").write_text("ssh-ed25519 AAAA")
    (key.parent / "h.yaml").write_text("address: a.b\nssh: {key: id_rsa}\n")
    assert str(refused(key.parent / "h.yaml")).splitlines()[0] == (
        f'{key.parent}/h.yaml:2:12: ssh.key: "{key.parent}/id_rsa": no such file or directory; there is {key}'
    )
    key.with_suffix(".pub").unlink()
    assert (
        "leave the line out to use ssh-agent and ssh_config, or make the file: ssh-keygen -t ed25519"
        in str(refused(key.parent / "h.yaml"))
    )


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o666])
def test_a_key_that_others_can_read_is_refused_as_ssh_does(key: Path, mode: int) -> None:
    key.chmod(mode)
    error = str(refused(key.parent / "h.yaml"))
    assert (
        f'h.yaml:3:8: ssh.key: "{key}" can be read by other users, so ssh refuses it; chmod 600 {key}'
        in error
    )
    assert stat.S_IMODE(key.stat().st_mode) == mode


def test_a_key_that_this_user_cannot_read_is_refused(key: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda path, mode: False)  # root, who runs CI, can read everything
    assert f'"{key}" cannot be read by this user; check its owner and mode with ls -l' in str(
        refused(key.parent / "h.yaml")
    )


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        (
            "id.pub",
            "ssh-ed25519 AAAA",
            "is not a private key; this is the public half: give {folder}/id, or leave key",
        ),
        (
            "id.ppk",
            "PuTTY-User-Key-File-3: ssh-ed25519",
            "is a key of PuTTY; use puttygen KEY -O private-openssh",
        ),
        ("empty", "", "is not a private key; give the private key, or leave key out to use ssh-agent"),
    ],
)
def test_what_is_not_a_private_key_is_refused(tmp_path: Path, name: str, content: str, said: str) -> None:
    (tmp_path / name).write_text(content)
    (tmp_path / name).chmod(0o600)
    (tmp_path / "h.yaml").write_text(f"address: a.b\nssh: {{key: {name}}}\n")
    assert said.format(folder=tmp_path) in str(refused(tmp_path / "h.yaml"))


def test_a_folder_is_not_a_key_and_an_ssh_config_must_be_there(tmp_path: Path) -> None:
    (tmp_path / "h.yaml").write_text("address: a.b\nssh: {key: ., config: nope}\n")
    said = str(refused(tmp_path / "h.yaml"))
    assert f'ssh.key: "{tmp_path}" is not a file; give the file itself, not its folder' in said
    assert f'ssh.config: "{tmp_path}/nope": no such file or directory' in said


def test_key_files_are_looked_at_together_with_all_other_problems(tmp_path: Path) -> None:
    (tmp_path / "h.yaml").write_text("address: a.b\nssh: {key: nope, prt: 1, port: 0}\n")
    assert [p.key for p in refused(tmp_path / "h.yaml").problems] == ["ssh.key", "ssh.prt", "ssh.port"]


def test_key_files_are_not_looked_at_when_not_asked(tmp_path: Path) -> None:
    (tmp_path / "h.yaml").write_text("address: a.b\nssh: {key: nope}\n")
    assert config.load(tmp_path / "h.yaml", check_files=False).ssh.key == tmp_path / "nope"

"""From references to secrets: environment, files, real age files; one test per message, and nothing shown."""

import logging
import subprocess
from pathlib import Path

import pyrage
import pytest
from pyrage import x25519

from binder_singlenode import config
from binder_singlenode.base import log as base_log
from binder_singlenode.config import Host
from binder_singlenode.config.secrets import resolve
from binder_singlenode.errors import ConfigError

SECRET = "ghp_0123456789abcdefghijABCDEFGHIJ012345"
WHERE = "3:10: github.token"


@pytest.fixture(autouse=True)
def _no_identity(monkeypatch: pytest.MonkeyPatch) -> None:
    """No identity of the person's own is found."""
    for variable in ("BINDER_AGE_IDENTITY", "SOPS_AGE_KEY_FILE", "GITHUB_TOKEN"):
        monkeypatch.delenv(variable, raising=False)


def host(folder: Path, reference: str) -> Host:
    """A host whose GitHub token is kept elsewhere."""
    file = folder / "lab.yaml"
    file.write_text(f"address: a.b\ngithub:\n  token: {reference}\n")
    return config.load(file, check_files=False)


def token(folder: Path, reference: str) -> str:
    """The token itself."""
    return resolve.resolve(host(folder, reference))["github.token"].get_secret_value()


def refused(folder: Path, reference: str) -> str:
    """Place, message and hint."""
    with pytest.raises(ConfigError) as caught:
        resolve.resolve(host(folder, reference))
    error = caught.value
    assert error.where == f"{folder}/lab.yaml:{WHERE}"
    assert error.hint
    said = f"{error.message}; {error.hint}".replace(f"{folder}/", "")
    assert SECRET not in said
    return said


def private(path: Path, data: bytes) -> Path:
    """A file of mode 0600."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    path.chmod(0o600)
    return path


@pytest.fixture
def identity(tmp_path: Path) -> x25519.Identity:
    """An age identity where age-keygen's users have it: keys.txt, with its comment."""
    made = x25519.Identity.generate()
    text = f"# created: 2026-01-01T00:00:00Z\n# public key: {made.to_public()}\n{made}\n"
    private(tmp_path / "xdg_config_home" / "age" / "keys.txt", text.encode())
    return made


def test_a_variable_of_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", SECRET)
    assert token(tmp_path, "env:GITHUB_TOKEN") == SECRET


@pytest.mark.parametrize("end", [b"", b"\n", b"\r\n"])
def test_a_file(tmp_path: Path, end: bytes) -> None:
    private(tmp_path / "token", SECRET.encode() + end)
    assert token(tmp_path, "file:token") == SECRET


@pytest.mark.parametrize("armored", [False, True])
def test_an_age_file(tmp_path: Path, identity: x25519.Identity, armored: bool) -> None:
    data = pyrage.encrypt(f"{SECRET}\n".encode(), [identity.to_public()], armored=armored)
    (tmp_path / "token.age").write_bytes(data)
    assert token(tmp_path, "age:token.age") == SECRET


@pytest.mark.parametrize("variable", ["BINDER_AGE_IDENTITY", "SOPS_AGE_KEY_FILE"])
def test_an_identity_that_a_variable_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    first, second = x25519.Identity.generate(), x25519.Identity.generate()
    keys = private(tmp_path / "keys.txt", f"{first}\n\n{second}\n".encode())
    monkeypatch.setenv(variable, str(keys))
    (tmp_path / "token.age").write_bytes(pyrage.encrypt(SECRET.encode(), [second.to_public()]))
    assert token(tmp_path, "age:token.age") == SECRET


def test_the_place_where_sops_has_it(tmp_path: Path) -> None:
    made = x25519.Identity.generate()
    private(tmp_path / "xdg_config_home" / "sops" / "age" / "keys.txt", str(made).encode())
    (tmp_path / "token.age").write_bytes(pyrage.encrypt(SECRET.encode(), [made.to_public()]))
    assert token(tmp_path, "age:token.age") == SECRET


def test_an_ssh_key_as_identity(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    key = ssh_key(tmp_path, passphrase="")
    monkeypatch.setenv("BINDER_AGE_IDENTITY", str(key))
    recipient = pyrage.ssh.Recipient.from_str(key.with_suffix(".pub").read_text())
    (tmp_path / "token.age").write_bytes(pyrage.encrypt(SECRET.encode(), [recipient]))
    assert token(tmp_path, "age:token.age") == SECRET


def ssh_key(folder: Path, passphrase: str) -> Path:
    path = folder / "id_ed25519"
    command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", passphrase, "-f", str(path)]
    subprocess.run(command, check=True, timeout=30)
    return path


def test_a_variable_that_is_not_there(tmp_path: Path) -> None:
    assert refused(tmp_path, "env:GITHUB_TOKEN") == (
        "the environment has no variable GITHUB_TOKEN; "
        "set and export it, as in: read -rs GITHUB_TOKEN && export GITHUB_TOKEN"
    )


def test_nothing_in_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", "")
    assert refused(tmp_path, "env:GITHUB_TOKEN") == "env:GITHUB_TOKEN is empty; it holds the secret alone"


@pytest.mark.parametrize(
    "text", [f"token={SECRET}\nuser=x\n", f" {SECRET}", f"{SECRET}\n\n", "a\x1bb", "a" * 10_001]
)
def test_more_than_the_secret_in_it(tmp_path: Path, text: str) -> None:
    private(tmp_path / "token", text.encode())
    assert refused(tmp_path, "file:token") == (
        "what file:token holds is not one line without blanks around it (it is not shown); "
        "it holds the secret alone: no name, no quotes, no second line"
    )


def test_no_text(tmp_path: Path) -> None:
    private(tmp_path / "token", b"\xff\xfe")
    assert refused(tmp_path, "file:token") == "what file:token holds is not text; it holds the secret alone"


def test_a_file_that_is_gone(tmp_path: Path) -> None:
    assert refused(tmp_path, "file:gone") == (
        '"gone": no such file or directory; make the file, or correct the path'
    )


def test_a_file_that_others_can_read(tmp_path: Path) -> None:
    private(tmp_path / "token", SECRET.encode()).chmod(0o644)
    assert refused(tmp_path, "file:token") == '"token" can be read by other users; chmod 600 token'


def test_no_identity(tmp_path: Path) -> None:
    (tmp_path / "token.age").write_bytes(b"x")
    assert refused(tmp_path, "age:token.age") == (
        "there is no age identity: neither xdg_config_home/age/keys.txt nor "
        "xdg_config_home/sops/age/keys.txt; "
        "make one: age-keygen -o xdg_config_home/age/keys.txt, or name a file in BINDER_AGE_IDENTITY"
    )


def test_an_identity_that_others_can_read(tmp_path: Path, identity: x25519.Identity) -> None:
    (tmp_path / "xdg_config_home" / "age" / "keys.txt").chmod(0o644)
    assert refused(tmp_path, "age:token.age") == (
        'the age identity "xdg_config_home/age/keys.txt" can be read by other users; '
        "chmod 600 xdg_config_home/age/keys.txt"
    )


def test_what_is_no_identity(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = private(tmp_path / "keys.txt", f"# mine\nAGE-SECRET-KEY-1{SECRET}\n".encode())
    monkeypatch.setenv("BINDER_AGE_IDENTITY", str(keys))
    assert refused(tmp_path, "age:token.age") == (
        "keys.txt:2: this is not an age identity (it is not shown); "
        "a line begins with AGE-SECRET-KEY-1 or #; identities of plugins cannot be used"
    )


def test_an_ssh_key_with_a_passphrase(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BINDER_AGE_IDENTITY", str(ssh_key(tmp_path, "passphrase")))
    assert refused(tmp_path, "age:token.age") == (
        "the ssh key id_ed25519 cannot be used as an age identity; "
        "ed25519 and RSA keys without a passphrase can; or make one: age-keygen"
    )


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"not an age file", "failed to fill whole buffer"),
        (pyrage.encrypt(SECRET.encode(), [x25519.Identity.generate().to_public()]), "No matching keys found"),
    ],
)
def test_what_cannot_be_decrypted(tmp_path: Path, identity: x25519.Identity, data: bytes, why: str) -> None:
    (tmp_path / "token.age").write_bytes(data)
    assert refused(tmp_path, "age:token.age") == (
        f"token.age cannot be decrypted: {why}; "
        "is it an age file, and for one of your identities? Encrypt it again: age -r age1… -o FILE"
    )


def test_an_age_file_that_is_gone(tmp_path: Path, identity: x25519.Identity) -> None:
    assert refused(tmp_path, "age:gone.age") == (
        '"gone.age": no such file or directory; make the file, or correct the path'
    )


def test_nothing_is_asked_for_that_the_host_file_does_not_name(tmp_path: Path) -> None:
    (tmp_path / "lab.yaml").write_text("address: a.b\n")
    assert resolve.resolve(config.load(tmp_path / "lab.yaml")) == {}


def test_a_secret_is_not_shown_by_accident(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Neither by repr, nor in the log with its tracebacks, nor by an error that quotes it."""
    from binder_singlenode.cli import main

    monkeypatch.setenv("GITHUB_TOKEN", SECRET)
    found = resolve.resolve(host(tmp_path, "env:GITHUB_TOKEN"))
    assert SECRET not in f"{found} {found!r} {host(tmp_path, 'env:GITHUB_TOKEN')!r}"
    log = base_log.start("test")
    try:
        raise ValueError(f"unauthorized: {SECRET}")
    except ValueError as error:
        logging.getLogger("binder_singlenode").exception("it failed with %s", SECRET)
        main.unexpected_error(error, ["up"])
    main.expected_error(ConfigError(f"helm said {SECRET}", hint=SECRET))
    shown = capsys.readouterr()
    everything = shown.out + shown.err + "".join(path.read_text() for path in log.parent.iterdir())
    assert "helm said ********" in everything
    assert SECRET not in everything

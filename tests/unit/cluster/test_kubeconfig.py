"""The operator's kubeconfig: ours in, everything else untouched."""

import shlex
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ruamel.yaml import YAML

from binder_singlenode.cluster import kubeconfig, kubeconfig_file
from binder_singlenode.errors import ClusterError
from binder_singlenode.ssh import sudo

from ..servers.played_session import Play, PlayedSession, answer, noted

K3S = """\
apiVersion: v1
clusters:
- cluster: {certificate-authority-data: Q0E=, server: "https://127.0.0.1:6443"}
  name: default
contexts:
- context: {cluster: default, user: default}
  name: default
current-context: default
kind: Config
users:
- name: default
  user: {client-certificate-data: Q0VSVA==, client-key-data: U0VDUkVU}
"""
OTHERS = """\
# mine
apiVersion: v1
kind: Config
current-context: work
clusters:
- name: work  # the big one
  cluster: {server: "https://work.example.org"}
contexts:
- name: work
  context: {cluster: work, user: me}
users:
- name: me
  user: {token: t0ken}
"""


def a_host(name: str = "alpha", user: str = "root") -> Any:
    return SimpleNamespace(name=name, ssh=SimpleNamespace(user=user))


GOOD = answer(K3S)


@dataclass(frozen=True)
class Played(PlayedSession):
    """A session that notes whether its tunnel is open."""

    opened: list[bool] = field(default_factory=lambda: [False])

    @contextmanager
    def tunnel(self, remote_port: int = 6443) -> Iterator[int]:
        self.opened[0] = True
        with super().tunnel(remote_port) as port:
            yield port
        self.opened[0] = False


def session(host: Any = None, port: int = 40001, play: Play = GOOD) -> Played:
    return Played(host or a_host(), play=play, port=port)


def parsed(path: Path) -> dict[str, Any]:
    return dict(YAML(typ="safe").load(path.read_text()))


def names(document: dict[str, Any], section: str) -> list[str]:
    return [entry["name"] for entry in document[section]]


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("KUBECONFIG", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path / ".kube" / "config"


def test_root_reads_the_file_and_others_ask_sudo() -> None:
    script = f"sh -c {shlex.quote(sudo.BEFORE + 'cat /etc/rancher/k3s/k3s.yaml')}"
    for user, password, command, text in [
        ("root", None, script, ""),
        ("admin", None, f"sudo -n -- {script}", ""),
        ("admin", "pw", f"sudo -k -S -p '' -- {script}", "pw\n"),
    ]:
        asked: list[tuple[str, ...]] = []
        kubeconfig.fetch(PlayedSession(a_host(user=user), password, noted(answer(K3S), asked)))
        assert asked == [(command, text)]


@pytest.mark.parametrize(
    ("stderr", "words", "hint"),
    [
        ("cat: /etc/rancher/k3s/k3s.yaml: No such file or directory", "there is no cluster", "up"),
        ("sudo: a password is required", "sudo refused", "root"),
        ("cat: /etc/rancher/k3s/k3s.yaml: Permission denied", "cannot be read", "status"),
    ],
)
def test_a_file_that_cannot_be_fetched(stderr: str, words: str, hint: str) -> None:
    with pytest.raises(ClusterError, match=words) as error:
        kubeconfig.fetch(session(play=answer("", 1, stderr)))
    assert error.value.where == "alpha:/etc/rancher/k3s/k3s.yaml" and hint in (error.value.hint or "")


@pytest.mark.parametrize(
    "text", ["", "]", "[]", "a: b", K3S.replace("users:", "nobody:"), "client-key-data: {SECRET"]
)
def test_what_is_no_kubeconfig_is_refused_without_quoting_it(text: str) -> None:
    with pytest.raises(ClusterError, match="not a kubeconfig") as error:
        kubeconfig.fetch(session(play=answer(text)))
    assert "SECRET" not in str(error.value)


def test_the_first_entry_makes_the_file(path: Path) -> None:
    played = session()
    with kubeconfig.serve(played) as served:
        assert played.opened == [True] and served.path == path and served.context == "binder-alpha"
        assert served.command == "kubectl --context binder-alpha get nodes"
    assert played.opened == [False]
    document = parsed(path)
    assert document["current-context"] == "binder-alpha"
    assert document["clusters"][0]["cluster"] == {
        "certificate-authority-data": "Q0E=",
        "server": "https://127.0.0.1:40001",
    }
    assert document["contexts"][0]["context"] == {"cluster": "binder-alpha", "user": "binder-alpha"}
    assert stat.S_IMODE(path.stat().st_mode) == 0o600 and stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def serve_once(name: str, port: int = 40001) -> None:
    with kubeconfig.serve(session(a_host(name), port)):
        pass


def test_everything_else_in_the_file_stays(path: Path) -> None:
    path.parent.mkdir()
    path.write_text(OTHERS)
    path.chmod(0o644)
    serve_once("alpha")
    document = parsed(path)
    assert names(document, "contexts") == ["work", "binder-alpha"]
    assert document["current-context"] == "work"
    assert "# mine" in path.read_text() and "# the big one" in path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    backup = path.with_name("config" + kubeconfig_file.BACKUP_SUFFIX)
    assert backup.read_text() == OTHERS and stat.S_IMODE(backup.stat().st_mode) == 0o600


def test_fetching_again_replaces_ours_alone(path: Path) -> None:
    path.parent.mkdir()
    path.write_text(OTHERS)
    for name, port in [("alpha", 1), ("beta", 2), ("alpha", 3)]:
        serve_once(name, port)
    document = parsed(path)
    for section in ("clusters", "contexts"):
        assert names(document, section) == ["work", "binder-alpha", "binder-beta"]
    servers = [entry["cluster"]["server"] for entry in document["clusters"]]
    assert servers == ["https://work.example.org", "https://127.0.0.1:3", "https://127.0.0.1:2"]
    backup = path.with_name("config" + kubeconfig_file.BACKUP_SUFFIX)
    assert backup.read_text() == OTHERS


def test_removing_ours_restores_the_rest(path: Path) -> None:
    assert not kubeconfig_file.remove_entries(path, "binder-alpha")
    serve_once("alpha")
    serve_once("beta")
    assert kubeconfig_file.remove_entries(path, "binder-alpha")
    document = parsed(path)
    assert names(document, "users") == ["binder-beta"] and document["current-context"] == ""
    assert not kubeconfig_file.remove_entries(path, "binder-alpha")


def test_a_host_that_is_no_more_is_forgotten(path: Path) -> None:
    path.parent.mkdir()
    path.write_text(OTHERS)
    assert kubeconfig.forget("alpha") is None
    serve_once("alpha")
    assert kubeconfig.forget("alpha") == path
    assert names(parsed(path), "contexts") == ["work"]


def test_a_link_stays_a_link(path: Path, tmp_path: Path) -> None:
    real = tmp_path / "real"
    real.write_text(OTHERS)
    path.parent.mkdir()
    path.symlink_to(real)
    serve_once("alpha")
    assert path.is_symlink() and "binder-alpha" in real.read_text()


def test_of_several_files_the_one_that_has_us_is_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    monkeypatch.setenv("KUBECONFIG", f"{one}:{two}")
    assert kubeconfig_file.current_file("binder-alpha") == one
    two.write_text(OTHERS)
    kubeconfig_file.merge_file(
        two, kubeconfig.rewrite(YAML(typ="safe").load(K3S), "binder-alpha", 1), "binder-alpha"
    )
    assert kubeconfig_file.current_file("binder-alpha") == two


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: [", r"not YAML \(line \d\)"),
        ("- a", "not a kubeconfig"),
        ("clusters: 3", "not a kubeconfig"),
        ("users: [a]", "not a kubeconfig"),
    ],
)
def test_a_broken_file_is_left_alone(path: Path, text: str, words: str) -> None:
    path.parent.mkdir()
    path.write_text(text)
    with pytest.raises(ClusterError, match=words + "; nothing was changed"):
        serve_once("alpha")
    assert path.read_text() == text and [each.name for each in path.parent.iterdir()] == ["config"]


def test_a_file_that_cannot_be_read_or_written(path: Path) -> None:
    path.mkdir(parents=True)
    with pytest.raises(ClusterError, match="cannot be read"):
        serve_once("alpha")
    path.rmdir()
    path.parent.rmdir()
    path.parent.write_text("a file where a folder should be")
    with pytest.raises(ClusterError, match="cannot be "):
        serve_once("alpha")


def test_one_command_gets_a_file_of_its_own(path: Path) -> None:
    show = "import os, sys; sys.exit('40001' in open(os.environ['KUBECONFIG']).read() and 7)"
    assert kubeconfig.run_command(session(), [sys.executable, "-c", show]) == 7
    assert not path.exists()


def test_a_command_that_is_not_there(path: Path) -> None:
    with pytest.raises(ClusterError, match="kubectl-nonesuch: no such command") as error:
        kubeconfig.run_command(session(), ["kubectl-nonesuch"])
    assert "k3s kubectl" in (error.value.hint or "")


def test_odd_host_names_make_plain_context_names() -> None:
    assert kubeconfig.context_name("2001:db8::1") == "binder-2001-db8--1"

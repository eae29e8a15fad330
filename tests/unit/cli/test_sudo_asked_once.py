"""With sign-in, `warm` and `launch` need root of the host for their token: one prompt a run all the same."""

import getpass
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from binder_singlenode import ssh
from binder_singlenode.binderhub import account, warm
from binder_singlenode.binderhub.launch import stream
from binder_singlenode.binderhub.launch.stages import Timings
from binder_singlenode.binderhub.pins import Pin
from binder_singlenode.cli import main
from binder_singlenode.config import Host
from binder_singlenode.ssh import contact

HOST_FILE = """address: 192.0.2.7
ssh: {user: debian}
sign_in: {provider: github, client_id: a, client_secret: env:A, allowed: {users: [alice]}}
"""
CONTACT = f"""
##binder typed
{contact.TYPED}
##binder shell
/bin/bash
##binder sudo
sudo: a password is required
##binder end
"""


@pytest.fixture
def prompts(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A person at a terminal, and a host whose sudo wants the password each time; what was asked for."""
    asked: list[str] = []

    def run(host: Host, command: str, input: str | None = None, **_: object) -> SimpleNamespace:
        if input == f"{contact.TYPED}\n":
            return SimpleNamespace(returncode=contact.CODE, stdout=CONTACT, stderr="##binder errors\n")
        refused = not ("sudo -k" in command and (input or "").startswith("pass word\n"))
        return SimpleNamespace(args=[], returncode=int(refused), stdout="", stderr="")

    monkeypatch.setattr(ssh, "run", run)
    monkeypatch.setattr(ssh, "known", lambda host: True)
    monkeypatch.setattr(ssh, "open_connection", lambda host: None)
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(isatty=lambda: True))
    monkeypatch.setattr(getpass, "getpass", lambda prompt: asked.append(prompt) or "pass word")
    monkeypatch.setattr(account, "token", lambda hub_url, secret: "t0k")
    return asked


@pytest.fixture
def host_file(tmp_path: Path) -> str:
    (tmp_path / "lab.yaml").write_text(HOST_FILE)
    return str(tmp_path / "lab.yaml")


def test_warm(prompts: list[str], host_file: str, monkeypatch: pytest.MonkeyPatch) -> None:
    tokens: list[object] = []

    def warmed(*given: object) -> warm.Warmed:
        tokens.append(given[-1])
        return warm.Warmed("o/r", None, "image", True, Timings(), Pin("image", 0))

    monkeypatch.setattr(warm, "warm", warmed)
    assert main.run(["warm", host_file, "o/r", "o/s"]) == 0
    assert prompts == ["sudo password of debian on 192.0.2.7: "]
    assert tokens == ["t0k", "t0k"]


def test_launch(prompts: list[str], host_file: str, monkeypatch: pytest.MonkeyPatch) -> None:
    tokens: list[object] = []

    def launched(*given: object) -> stream.Ready:
        tokens.append(given[-1])
        return stream.Ready(
            "ready", "", {}, 1.0, stream.Stage.POD, "http://h/", "t", "image", True, Timings()
        )

    monkeypatch.setattr(stream, "launch_to_ready", launched)
    monkeypatch.setattr(stream, "answers_or_stops", lambda url, token: "2.0")
    assert main.run(["launch", host_file, "o/r"]) == 0
    assert prompts == ["sudo password of debian on 192.0.2.7: "]
    assert tokens == ["t0k"]

"""Somebody who did not accept a host's key is told a command that shows it, and that can accept it."""

from pathlib import Path

import pytest
from typer.main import get_command

from binder_singlenode import config
from binder_singlenode.base import invocation
from binder_singlenode.cli.app import app
from binder_singlenode.errors import ConnectError
from binder_singlenode.ssh import host_keys, login
from binder_singlenode.ssh.login import Asking


def test_the_way_to_accept_a_host_key_is_a_command_that_has_the_option(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "inventories" / "lab.yaml"
    path.parent.mkdir()
    path.write_text("apiVersion: binder/v1\naddress: 192.0.2.7\n")
    monkeypatch.chdir(tmp_path)
    host = config.load(path)
    monkeypatch.setattr(login.ssh, "known", lambda host: False)
    monkeypatch.setattr(login.ssh, "first_contact", lambda host: [])
    with pytest.raises(ConnectError) as refused:
        login.open_access(host, Asking(confirm=lambda question: False, password=lambda prompt: None))
    assert refused.value.hint and host_keys.how_to_accept(host) in refused.value.hint
    program, verb, word = host_keys.how_to_accept(host).split()[:3]
    assert (program, word) == (invocation.PROGRAM, "lab")
    command = get_command(app).built(verb)  # type: ignore[attr-defined]
    assert "--trust-host-key" in {option for each in command.params for option in each.opts}

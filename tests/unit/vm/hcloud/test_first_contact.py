"""First contact: only the VM that was made can prove its host keys. And what comes from the environment."""

import hashlib
import hmac
import io
import re
import subprocess
import sys
from contextlib import redirect_stdout
from pathlib import Path

import pytest

from binder_singlenode.errors import VmError
from binder_singlenode.vm import provider
from binder_singlenode.vm.hcloud import first_contact as hcloud_first_contact
from binder_singlenode.vm.hcloud import local_state
from binder_singlenode.vm.hcloud.api import Api, endpoint_from, token_from
from binder_singlenode.vm.hcloud.first_contact import (
    PROOF,
    Answer,
    fingerprint,
    first_contact,
    ssh_attempt,
    user_data,
)
from binder_singlenode.vm.hcloud.settings import Settings, settings_from

from .hcloud_faults import TOKEN, FakeClock

CHALLENGE = "ab" * 32
KEYS = ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGtleQ==", "ssh-rsa AAAAB3NzaC1yc2EAAAADAQAB"]


def meet(answer: Answer) -> tuple[str, ...]:
    return first_contact("192.0.2.7", "root", Path("key"), CHALLENGE, FakeClock(), lambda *_: answer)


def proof(keys: list[str], challenge: str = CHALLENGE) -> str:
    return hmac.new(bytes.fromhex(challenge), "\n".join(keys).encode(), hashlib.sha256).hexdigest()


def test_what_runs_on_the_vm_proves_what_is_asked(tmp_path):
    (tmp_path / "user-data.txt").write_text(user_data(CHALLENGE))
    for key in KEYS:
        (tmp_path / f"ssh_host_{key.split()[0]}_key.pub").write_text(f"{key} root@demo\n")
    script = PROOF.replace("/var/lib/cloud/instance", str(tmp_path)).replace("/etc/ssh", str(tmp_path))
    with redirect_stdout(io.StringIO()) as out:
        exec(compile(script, "proof", "exec"), {})
    assert meet(Answer(0, out.getvalue(), "", KEYS[1])) == tuple(KEYS)


@pytest.mark.parametrize(
    "answer",
    [
        Answer(0, "\n".join([*KEYS, proof(KEYS, "cd" * 32)]), "", KEYS[0]),  # does not know the challenge
        Answer(0, "\n".join([*KEYS, proof(KEYS[:1])]), "", KEYS[0]),  # a proof for other keys
        Answer(
            0, "\n".join([*KEYS, proof(KEYS)]), "", "ssh-ed25519 AAAA"
        ),  # relayed: shows another key itself
        Answer(0, "", "", KEYS[0]),
        Answer(0, "\xff\n", "", ""),
    ],
)
def test_an_impostor_is_refused_and_its_fingerprint_shown(answer):
    with pytest.raises(
        VmError, match=r"could not prove to be the VM that was made \(its host key: "
    ) as caught:
        meet(answer)
    assert "another network" in caught.value.hint


def test_an_impostor_gets_no_vm_and_nothing_is_left(world):
    world.ssh = [Answer(0, "\n".join([*KEYS, "00"]), "", KEYS[0])]
    with pytest.raises(VmError, match="could not prove"):
        world.create()
    assert world.double.left() == {}


def test_the_host_keys_are_recorded_and_shown(world):
    vm = world.create()
    assert vm.known_hosts[0].startswith("192.0.2.7 ssh-ed25519 AAAA")
    assert vm.known_hosts == world.provider().get("demo").known_hosts
    assert world.said[-1].startswith("host keys proven and recorded: SHA256:")


def test_a_changed_host_key_is_refused_and_the_vm_stays(world):
    world.create()
    world.ssh = [Answer(0, "", "", KEYS[0])]
    with pytest.raises(VmError, match=r"the host key has changed: it is SHA256:.*, and was SHA256:"):
        world.create()
    assert world.double.left()["servers"] == ["binder-demo"]


def test_the_options_of_the_first_ssh_are_ones_that_ssh_has():
    answer = ssh_attempt("127.0.0.1:", "root", Path("key"))  # no host has this name
    assert answer.code == 255 and "option" not in answer.stderr.lower(), answer.stderr


def test_the_provider_takes_all_from_the_environment(world, monkeypatch):
    monkeypatch.setenv("HCLOUD_TOKEN", TOKEN)
    monkeypatch.setenv("HCLOUD_ENDPOINT", world.double.endpoint)
    monkeypatch.setenv("BINDER_HCLOUD_TYPES", "cax21")
    hetzner = provider("hcloud")
    assert hetzner.list() == []
    assert hetzner.plan("demo", world.spec)[0].startswith("cax21 in fsn1")


def test_the_fingerprint_is_that_of_ssh_keygen(tmp_path):
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", tmp_path / "k"], check=True)
    shown = subprocess.run(
        ["ssh-keygen", "-lf", tmp_path / "k.pub"], capture_output=True, text=True, check=True
    ).stdout
    assert fingerprint((tmp_path / "k.pub").read_text()) == shown.split()[1]


def test_the_first_ssh_offers_nothing_and_knows_no_token(monkeypatch, tmp_path):
    ssh = tmp_path / "ssh"
    ssh.write_text(
        f"#!{sys.executable}\nimport json, os, sys\nprint(json.dumps([sys.argv, dict(os.environ)]))\n"
    )
    ssh.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("HCLOUD_TOKEN", TOKEN)
    answer = ssh_attempt("192.0.2.7", "root", Path("key"))
    assert answer.code == 0 and TOKEN not in answer.stdout
    for option in (
        "ForwardAgent=no",
        "IdentityAgent=none",
        "IdentitiesOnly=yes",
        "PasswordAuthentication=no",
    ):
        assert option in answer.stdout
    assert re.search(r'"-F", "none"', answer.stdout)


def test_without_ssh_the_package_is_named(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(VmError, match="ssh could not be started") as caught:
        ssh_attempt("192.0.2.7", "root", Path("key"))
    assert caught.value.hint == "install openssh-client"


def test_the_token_comes_from_the_environment_only(monkeypatch):
    assert token_from({"HCLOUD_TOKEN": f"{TOKEN}\n"}) == TOKEN
    with pytest.raises(VmError, match="the environment variable HCLOUD_TOKEN is not set") as caught:
        token_from({})
    assert "Read & Write" in caught.value.hint
    with pytest.raises(VmError, match="HCLOUD_TOKEN contains a space or line break") as caught:
        token_from({"HCLOUD_TOKEN": "se cret"})
    assert "se cret" not in str(caught.value)
    monkeypatch.delenv("HCLOUD_TOKEN", raising=False)
    with pytest.raises(VmError, match="HCLOUD_TOKEN"):
        provider("hcloud").list()


def test_the_token_is_in_no_repr(world):
    api = Api(TOKEN, endpoint=world.double.endpoint)
    assert TOKEN not in f"{api!r} {vars(api)!r} {api.client!r} {provider('hcloud')!r}"


def test_the_token_is_never_sent_unencrypted():
    assert endpoint_from({}) == "https://api.hetzner.cloud/v1"
    assert endpoint_from({"HCLOUD_ENDPOINT": "http://127.0.0.1:8080/v1/"}) == "http://127.0.0.1:8080/v1"
    with pytest.raises(VmError, match="would send the token unencrypted"):
        endpoint_from({"HCLOUD_ENDPOINT": "http://127.0.0.1.example.org/v1"})


def test_the_library_still_has_what_is_switched_off():
    """Api relies on two private names of hcloud; without them it would repeat POSTs behind our back."""
    import hcloud

    base = hcloud.Client(token="x")._client
    assert base._retry_max_retries > 0 and callable(base.request)
    assert hcloud.Client(token="x").servers._client.__class__ is base.__class__


def test_settings_from_the_environment():
    assert settings_from({}) == Settings()
    found = settings_from({
        "BINDER_HCLOUD_TYPES": "cx33, cpx31,", "BINDER_HCLOUD_LOCATIONS": "nbg1",
        "BINDER_HCLOUD_TTL_HOURS": "1.5",
    })  # fmt: skip
    assert found == Settings(("cx33", "cpx31"), ("nbg1",), 1.5)
    for bad in ("0", "nan", "9999", "day"):
        with pytest.raises(
            VmError, match=f"BINDER_HCLOUD_TTL_HOURS={bad} is not a number between 0 and 8784"
        ):
            settings_from({"BINDER_HCLOUD_TTL_HOURS": bad})


def test_one_command_at_a_time_works_on_a_vm(world):
    with (
        local_state.locked("demo"),
        pytest.raises(VmError, match="another command is at work on the VM 'demo'"),
    ):
        world.create()
    assert world.create().state == "running"


def test_the_hcloud_library_is_imported_only_when_needed():
    code = (
        "import sys, binder_singlenode.vm.hcloud.provider;"
        " print('hcloud' in sys.modules, 'requests' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]
    assert hcloud_first_contact.MARK in user_data(CHALLENGE)

"""What `up` proves its work with."""

import dataclasses
from collections.abc import Callable
from pathlib import Path

import pytest

from binder_singlenode import vm
from binder_singlenode.cli.commands import up
from binder_singlenode.config import Host
from binder_singlenode.deploy.context import Context
from binder_singlenode.errors import VmError
from binder_singlenode.provision import targets
from binder_singlenode.provision.events import Result
from binder_singlenode.provision.targets import Target
from binder_singlenode.releases.versions import Artifact, Release, default_settings
from binder_singlenode.sizing.size import Machine, size
from binder_singlenode.vm import Progress, State, Vm, VmSpec

CHANGED, AS_IT_WAS = Result(3, 39, 1.0), Result(0, 39, 0.0)


def context(sample: str | None) -> Context:
    one = Artifact("k3s", "v1", "0" * 64, path=Path("k3s"))
    host = Host(address="192.0.2.1")
    sized = size(Machine(16 * 1024**3, 4, 100 * 1024**3), host)
    release = Release("amd64", one, one, one, one, (), default_settings(), sample)
    return Context(host=host, sizing=sized, release=release, values_yaml="")


@pytest.mark.parametrize(
    ("sample", "result", "launched"),
    [
        ("https://git.test/a", CHANGED, "https://git.test/a"),
        ("https://git.test/a", AS_IT_WAS, None),
        (None, CHANGED, None),
        ("https://git.test/a", None, None),
    ],
)
def test_a_sample_is_launched_after_a_change_only(
    sample: str | None, result: Result | None, launched: str | None
) -> None:
    assert up.sample(context(sample), result) == launched


@pytest.mark.parametrize(
    ("sentence", "told"),
    [
        (None, "next: binder-singlenode launch 192.0.2.1 REPOSITORY"),
        ("Soon.", "next: to open: take `maintenance`"),
    ],
)
def test_the_next_step_is_one_that_can_be_done(
    sentence: str | None, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    target = Target("lab", Host(address="192.0.2.1", maintenance=sentence), Path("lab.yaml"))
    up.conclude(target, AS_IT_WAS, None, 1.0, as_json=False)
    assert told in capsys.readouterr().err


VM = Vm(
    "lab", "uml", "127.0.0.1", 1, "root", Path("/s/key"), ("ssh-ed25519 A",), 2, "running", internet=False
)


class Vms:
    """A provider that only takes note."""

    def __init__(self, state: State, internet: bool) -> None:
        self.vm = dataclasses.replace(VM, state=state, internet=internet)
        self.done: list[str] = []

    def create(self, name: str, spec: VmSpec, progress: Progress) -> Vm:
        self.done.append(f"create with internet={spec.internet}")
        return dataclasses.replace(self.vm, state="running")

    def start(self, name: str) -> None:
        self.done.append("start")


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> Callable[[Vms, bool], list[str]]:
    """Let `up lab` see to its VM; what was done."""

    def run(vms: Vms, fed: bool) -> list[str]:
        monkeypatch.setattr(targets, "find_vm", lambda name: vms.vm)
        monkeypatch.setattr(vm, "provider", lambda name: vms)
        monkeypatch.setattr(targets, "resolve", lambda name: name)
        up.made("lab", fed)
        return vms.done

    return run


@pytest.mark.parametrize("state", ["running", "stopped"])
def test_a_vm_that_is_cut_off_cannot_download(state: State, made: Callable[[Vms, bool], list[str]]) -> None:
    vms = Vms(state, internet=False)
    with pytest.raises(VmError, match="lab: the VM is cut off from every network") as caught:
        made(vms, False)
    assert vms.done == [], "it fails before anything is done"
    assert caught.value.hint == (
        "use --bundle DIR, or make it again with: vm destroy lab && vm create lab --internet"
    )


@pytest.mark.parametrize(("internet", "fed"), [(False, True), (True, False)])
@pytest.mark.parametrize(
    ("state", "done"), [("running", []), ("stopped", ["start"]), ("dead", ["create with internet={}"])]
)
def test_a_vm_that_can_be_fed_is_switched_on(
    internet: bool, fed: bool, state: State, done: list[str], made: Callable[[Vms, bool], list[str]]
) -> None:
    assert made(Vms(state, internet), fed) == [line.format(not fed) for line in done]

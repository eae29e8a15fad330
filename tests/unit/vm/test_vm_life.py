"""A VM's life with the process side real and qemu faked: create, kill, heal, stop, start, destroy."""

import dataclasses
import json
import multiprocessing
import os
import signal
import socket
import stat
import subprocess
from pathlib import Path
from types import ModuleType

import pytest

from binder_singlenode.errors import VmError
from binder_singlenode.vm import (
    VmSpec,
    access,
    making,
    ports,
    power,
    process,
    provider,
    room,
    seed,
    state,
    watch,
)
from binder_singlenode.vm.qemu import Qemu

pytestmark = pytest.mark.usefixtures("fakes")


@pytest.fixture
def vms() -> Qemu:
    found = provider("qemu")
    assert isinstance(found, Qemu)
    return found


def test_a_vm_from_create_to_destroy(vms: Qemu, spec: VmSpec) -> None:
    talk: list[str] = []
    vm = vms.create("demo", spec, talk.append)
    assert (vm.state, vm.user, vm.address) == ("running", "root", "127.0.0.1")
    assert vms.list() == [vm] == [vms.get("demo")]
    assert any("boots (tcg)" in line for line in talk)
    vms.destroy("demo")
    assert vms.list() == []
    assert power.of_folder("demo") is None
    assert [entry.name for entry in state.root().iterdir()] == [".lock"]


def test_only_the_owner_reads_the_folder_and_the_private_host_key_is_gone(vms: Qemu, spec: VmSpec) -> None:
    vm = vms.create("demo", spec)
    assert stat.S_IMODE(vm.key.parent.stat().st_mode) == 0o700
    assert stat.S_IMODE(vm.key.stat().st_mode) == 0o600
    assert not (vm.key.parent / "host_key").exists()
    assert not (vm.key.parent / "seed").exists()


def test_the_host_key_is_known_before_the_first_boot(vms: Qemu, spec: VmSpec) -> None:
    vm = vms.create("demo", spec)
    known = (vm.key.parent / "known_hosts").read_text()
    assert known == f"[127.0.0.1]:{vm.ssh_port} {vm.host_keys[0]}\n"
    assert vm.host_keys[0].startswith("ssh-ed25519 ")


def test_the_seed_disk_holds_keys_and_name(vms: Qemu, spec: VmSpec) -> None:
    vm = vms.create("demo", spec)
    disk = vm.key.parent / "seed.img"
    read = ["/usr/sbin/debugfs", "-R", "cat /hostname", str(disk)]
    assert subprocess.run(read, capture_output=True, text=True, check=True).stdout == "demo\n"
    read[2] = "cat /authorized_keys"
    assert (
        subprocess.run(read, capture_output=True, text=True, check=True).stdout
        == vm.key.with_suffix(".pub").read_text()
    )
    assert stat.S_IMODE(disk.stat().st_mode) == 0o600


def test_two_vms_side_by_side_share_no_port(vms: Qemu, spec: VmSpec) -> None:
    one, two = vms.create("one", spec), vms.create("two", spec)
    assert (
        len({one.ssh_port, one.http_port, one.https_port, two.ssh_port, two.http_port, two.https_port}) == 6
    )
    assert [vm.name for vm in vms.list()] == ["one", "two"]


def test_create_again_starts_what_is_there(vms: Qemu, spec: VmSpec) -> None:
    vm = vms.create("demo", spec)
    vms.stop("demo", hard=True)
    talk: list[str] = []
    again = vms.create("demo", spec, talk.append)
    assert again == vm
    assert talk == ["VM 'demo' is there already"]


def test_stop_and_start_keep_ports_and_keys(vms: Qemu, spec: VmSpec) -> None:
    vm = vms.create("demo", spec)
    vms.stop("demo")
    assert vms.get("demo") == dataclasses.replace(vm, state="stopped")
    assert vms.start("demo") == vm


def test_start_of_a_running_vm_does_nothing(vms: Qemu, spec: VmSpec) -> None:
    vms.create("demo", spec)
    before = power.of_folder("demo")
    vms.start("demo")
    assert power.of_folder("demo") == before


def test_a_power_cut_needs_no_consent(vms: Qemu, spec: VmSpec, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAKE_QEMU", "deaf")
    monkeypatch.setattr(power, "SHUTDOWN_S", 0.1)
    vms.create("demo", spec)
    with pytest.raises(VmError, match="did not shut down within") as caught:
        vms.stop("demo")
    assert "vm destroy" in str(caught.value.hint)
    assert vms.get("demo").state == "running"
    vms.stop("demo", hard=True)
    assert vms.get("demo").state == "stopped"


def test_a_qemu_that_died_shows_as_dead_and_starts_again(vms: Qemu, spec: VmSpec) -> None:
    vms.create("demo", spec)
    found = power.of_folder("demo")
    assert found is not None
    process.kill(found)
    assert vms.get("demo").state == "dead"
    assert vms.start("demo").state == "running"


def test_a_recycled_process_number_is_not_killed(vms: Qemu, spec: VmSpec) -> None:
    """vm.json may name a number that another program has by now."""
    vms.create("demo", spec)
    found = power.of_folder("demo")
    record = state.read("demo")
    assert found is not None and record is not None
    process.kill(found)
    with subprocess.Popen(["sleep", "100"]) as bystander:
        stranger = process.identify(bystander.pid)
        assert stranger is not None
        recycled = dataclasses.replace(stranger, started=stranger.started - 1)
        state.write(dataclasses.replace(record, process=recycled))
        assert vms.get("demo").state == "dead"
        vms.destroy("demo")
        assert bystander.poll() is None
        bystander.kill()


# Where the kill strikes: the function that does not return.
KILLS = {
    "right after the folder was made": (state, "write"),
    "before the keys": (seed, "keys"),
    "before the disks": (seed, "root_disk"),
    "before qemu": (power, "_spawn"),
    "after qemu started, before that was written": (power, "_started"),
    "while waiting for ssh": (access, "answers"),
}


def killed_create(spec: VmSpec, strike: tuple[ModuleType, str]) -> None:
    """A create, in a process of its own, that is killed when it calls the function."""
    child = multiprocessing.get_context("fork").Process(target=create_until, args=(spec, strike))
    child.start()
    child.join(60)
    assert child.exitcode == -signal.SIGKILL


def create_until(spec: VmSpec, strike: tuple[ModuleType, str]) -> None:
    setattr(*strike, lambda *_: os.kill(os.getpid(), signal.SIGKILL))
    provider("qemu").create("demo", spec)


@pytest.mark.parametrize("moment", KILLS)
@pytest.mark.parametrize("remedy", ["create", "destroy"])
def test_a_create_killed_at_any_moment_is_healed(moment: str, remedy: str, vms: Qemu, spec: VmSpec) -> None:
    killed_create(spec, KILLS[moment])
    assert [(vm.name, vm.state) for vm in vms.list()] == [("demo", "dead")]
    left = power.of_folder("demo")
    if remedy == "destroy":
        vms.destroy("demo")
        assert vms.list() == []
    else:
        assert vms.create("demo", spec).state == "running"
    assert left is None or not left.alive()


def test_a_half_made_vm_cannot_be_started(vms: Qemu) -> None:
    state.folder("demo").mkdir(parents=True)
    with pytest.raises(VmError, match="half-made") as caught:
        vms.start("demo")
    assert "vm destroy demo" in str(caught.value.hint)


def test_a_vm_that_another_program_is_making_is_left_alone(vms: Qemu, spec: VmSpec) -> None:
    with state.locked():
        making.claim("demo", spec, lambda line: None)
    assert vms.get("demo").state == "making"
    with pytest.raises(VmError, match=f"just being made by process {os.getpid()}"):
        vms.create("demo", spec)
    with pytest.raises(VmError, match="just being made"):
        vms.destroy("demo")


def test_a_failing_create_leaves_its_console_log_and_nothing_else(
    vms: Qemu, spec: VmSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(access, "answers", lambda vm: None)
    monkeypatch.setitem(watch.BOOT_S, "tcg", 0.2)
    with pytest.raises(VmError, match=r"(?s)did not answer over ssh.*no login here") as caught:
        vms.create("demo", spec)
    log = state.root() / "demo.failed.log"
    assert str(log) in str(caught.value.hint)
    assert log.read_text().endswith("no login here\n")
    assert vms.list() == []
    assert process.find("-pidfile", str(state.folder("demo") / "qemu.pid")) is None


def test_an_interrupted_create_leaves_nothing(
    vms: Qemu, spec: VmSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(vm: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(access, "answers", interrupt)
    with pytest.raises(KeyboardInterrupt):
        vms.create("demo", spec)
    assert vms.list() == []
    assert [entry.name for entry in state.root().iterdir()] == [".lock"]


def test_qemus_own_words_are_in_the_error(vms: Qemu, spec: VmSpec, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAKE_QEMU", "refuse")
    with pytest.raises(VmError, match="this machine cannot be"):
        vms.create("demo", spec)


def test_a_port_taken_between_choice_and_start_is_chosen_anew(
    vms: Qemu, spec: VmSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as thief:
        thief.bind(("127.0.0.1", 0))
        thief.listen()
        free = ports.pick(())
        stolen = dataclasses.replace(free, ssh=thief.getsockname()[1])
        picks = iter([stolen, free])
        monkeypatch.setattr(power, "pick", lambda taken: next(picks))
        vm = vms.create("demo", spec)
    assert vm.ssh_port != stolen.ssh


def test_a_port_taken_while_switched_off_is_named(vms: Qemu, spec: VmSpec) -> None:
    vm = vms.create("demo", spec)
    vms.stop("demo")
    with socket.socket() as thief:
        thief.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        thief.bind(("127.0.0.1", vm.ssh_port))
        thief.listen()
        with pytest.raises(VmError, match=rf"{vm.ssh_port}.*used by another program") as caught:
            vms.start("demo")
    assert "ss -ltnp" in str(caught.value.hint)


def test_unknown_names(vms: Qemu, spec: VmSpec) -> None:
    with pytest.raises(VmError, match="no VM called 'demo'") as caught:
        vms.get("demo")
    assert "VMs here: none" in str(caught.value.hint)
    vms.create("demo", spec)
    with pytest.raises(VmError) as caught:
        vms.destroy("dmeo")
    assert caught.value.hint == "did you mean 'demo'?"


def test_too_little_memory_says_by_how_much(vms: Qemu, spec: VmSpec, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "available_bytes", lambda: 2 * 1024**3)
    with pytest.raises(VmError, match="256 MiB too little"):
        vms.create("demo", spec)
    assert vms.list() == []


def test_a_snapshot_replaces_the_older_one_of_its_tag(vms: Qemu, spec: VmSpec) -> None:
    vms.create("demo", spec)
    vms.save("demo", "clean")
    vms.save("demo", "clean")
    vms.stop("demo")
    with pytest.raises(VmError, match="not running"):
        vms.save("demo", "clean")


def test_load_goes_on_from_the_tag(vms: Qemu, spec: VmSpec, monkeypatch: pytest.MonkeyPatch) -> None:
    commands: list[tuple[str, ...]] = []
    monkeypatch.setattr(access, "run", lambda vm, *remote: commands.append(remote))
    vms.create("demo", spec)
    vms.load("demo", "clean")
    assert process.find("-loadvm", "clean") == power.of_folder("demo")
    assert commands[0][0].startswith("date -u -s @")


def test_a_tag_that_was_never_saved_costs_nothing(vms: Qemu, spec: VmSpec) -> None:
    vm = vms.create("demo", spec)
    with pytest.raises(VmError, match="no saved state 'dirty'") as caught:
        vms.load("demo", "dirty")
    assert caught.value.hint == "saved states: clean"
    assert vms.get("demo") == vm


def test_a_damaged_record_is_a_dead_vm_that_can_be_removed(vms: Qemu, spec: VmSpec) -> None:
    vms.create("demo", spec)
    (state.folder("demo") / "vm.json").write_text(json.dumps({"name": "demo"}))
    assert vms.get("demo").state == "dead"
    vms.destroy("demo")
    assert vms.list() == []


def test_seeding_says_what_failed(tmp_path: Path) -> None:
    (tmp_path / "key").mkdir()
    with pytest.raises(VmError, match="making a key: ssh-keygen"):
        seed.keys(tmp_path, "demo")

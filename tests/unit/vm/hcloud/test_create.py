"""Making a VM at Hetzner: what is asked for, what comes back, what happens when there is no room."""

import stat
from typing import Any

import pytest

from binder_singlenode.errors import VmError
from binder_singlenode.vm import VmSpec, state_root
from binder_singlenode.vm.hcloud.first_contact import Answer
from binder_singlenode.vm.hcloud.settings import Settings

from .hcloud_faults import TOKEN, Refusal, on

NO_ROOM = Refusal(412, "resource_unavailable", "error during placement")


def posted(world: Any, kind: str) -> list[Any]:
    return [each.body for each in world.double.requests if (each.method, each.path) == ("POST", f"/{kind}")]


def test_a_vm_is_made_with_key_firewall_and_labels_and_nothing_else(world):
    vm = world.create()
    assert (vm.address, vm.user, vm.ssh_port, vm.state, vm.http_port) == (
        "192.0.2.7",
        "root",
        22,
        "running",
        None,
    )
    assert vm.key.read_text().startswith("-----BEGIN OPENSSH PRIVATE KEY")
    (server,) = posted(world, "servers")
    assert (server["server_type"], server["location"], server["image"]) == ("cx33", "fsn1", "debian-13")
    expires = int(world.clock.time - 12) + 24 * 3600
    assert (
        server["labels"].items()
        >= {"managed-by": "binder-singlenode", "binder-singlenode/vm": "demo"}.items()
    )
    assert abs(int(server["labels"]["expires"]) - expires) < 60
    assert (
        server["labels"] == posted(world, "ssh_keys")[0]["labels"] == posted(world, "firewalls")[0]["labels"]
    )
    assert {kind: len(names) for kind, names in world.double.left().items()} == {
        "servers": 1, "ssh_keys": 1, "firewalls": 1, "primary_ips": 2,
    }  # fmt: skip
    assert all(row["labels"] == server["labels"] for row in world.double.tables["primary_ips"].values())


def test_the_firewall_lets_in_ssh_http_https_and_ping_only(world):
    world.create()
    (firewall,) = posted(world, "firewalls")
    rules = {(rule["direction"], rule["protocol"], rule.get("port")) for rule in firewall["rules"]}
    assert rules == {("in", "tcp", "22"), ("in", "tcp", "80"), ("in", "tcp", "443"), ("in", "icmp", None)}
    assert all(rule["source_ips"] == ["0.0.0.0/0", "::/0"] for rule in firewall["rules"])


def test_no_credential_is_in_the_user_data_and_no_token_on_disk(world):
    world.create()
    (server,) = posted(world, "servers")
    assert "PRIVATE" not in server["user_data"] and TOKEN not in server["user_data"]
    files = [path for path in state_root("hcloud").rglob("*") if path.is_file()]
    assert files and all(TOKEN.encode() not in path.read_bytes() for path in files)
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in files if not path.name.endswith(".pub"))
    assert stat.S_IMODE((state_root("hcloud") / "demo").stat().st_mode) == 0o700


def test_a_second_create_finds_the_first_vm(world):
    first = world.create()
    assert world.create() == first
    assert len(posted(world, "servers")) == 1
    assert "is there already" in world.said[-1]


def test_a_second_create_switches_a_stopped_vm_on(world):
    world.create()
    world.provider().stop("demo")
    assert world.provider().get("demo").state == "stopped"
    assert world.create().state == "running"


def test_two_vms_side_by_side(world):
    world.create("one")
    world.create("two")
    assert [vm.name for vm in world.provider().list()] == ["one", "two"]
    world.provider().destroy("one")
    assert world.double.left()["servers"] == ["binder-two"]


def test_without_room_the_next_location_and_then_the_next_type_is_tried(world):
    world.double.fault(on("POST", "/servers"), refuse=NO_ROOM, times=2)
    world.double.fault(
        on("POST", "/servers"), refuse=Refusal(422, "invalid_input", "unsupported location for server type")
    )
    world.create()
    tried = [(body["server_type"], body["location"]) for body in posted(world, "servers")]
    assert tried == [("cx33", "fsn1"), ("cx33", "nbg1"), ("cx33", "hel1"), ("cpx32", "fsn1")]
    assert any("no room: cx33 in fsn1" in line for line in world.said)


def test_a_placement_error_of_the_action_removes_that_server_and_tries_the_next(world):
    world.double.fault(
        on("POST", "/servers"), action_error=("resource_unavailable", "error during placement")
    )
    world.create()
    assert len(posted(world, "servers")) == 2
    assert len(world.double.left()["servers"]) == 1


def test_no_room_anywhere_lists_what_was_tried_and_leaves_nothing(world):
    world.settings = Settings(types=("cx33",), locations=("fsn1", "hel1"))
    world.double.fault(on("POST", "/servers"), refuse=NO_ROOM, times=99)
    with pytest.raises(VmError, match=r"has room:\n    cx33 in fsn1: .*\n    cx33 in hel1: ") as caught:
        world.create()
    assert "other types or locations" in caught.value.hint
    assert world.double.left() == {}
    assert world.provider().list() == []


def test_types_said_to_be_unavailable_are_tried_last(world):
    for offer in next(r for r in world.double.tables["server_types"].values() if r["name"] == "cx33")[
        "locations"
    ]:
        offer["available"] = False
    world.create()
    assert posted(world, "servers")[0]["server_type"] == "cpx32"


def test_named_types_and_locations_are_tried_in_their_order(world):
    world.settings = Settings(types=("cpx31", "cx23"), locations=("ash", "fsn1"))
    assert [line.split(" (")[0] for line in world.provider().plan("demo", world.spec)] == [
        "cpx31 in ash", "cpx31 in fsn1", "cx23 in fsn1",
    ]  # fmt: skip


def test_the_plan_says_what_it_costs(world):
    plan = world.provider().plan("demo", world.spec)
    assert plan[0] == "cx33 in fsn1 (4 CPUs, 8 GB, 80 GB disk): 0.0095 EUR an hour"
    assert len(plan) == 13 and "cax21" not in str(plan)
    assert world.double.left() == {}


@pytest.mark.parametrize(
    ("settings", "spec", "message", "hint"),
    [
        (Settings(types=("cx333",)), VmSpec(),
            "server type 'cx333' is unknown", "did you mean cx33? valid: cx23, cx33"),
        (Settings(locations=("nbg",)), VmSpec(),
            "location 'nbg' is unknown", "mean nbg1? valid: fsn1, nbg1, hel1, ash"),
        (Settings(), VmSpec(release="sarge"),
            "image 'sarge' is unknown", "valid: debian-12, debian-13, ubuntu-24.04"),
        (Settings(types=("cax21",), locations=("ash",)), VmSpec(),
            "none of cax21 is offered in ash", "cax21: fsn1, nbg1"),
        (Settings(), VmSpec(memory_bytes=2**40), "no x86 server type has 1024 GiB, 2 CPUs", "ask for less"),
    ],
)  # fmt: skip
def test_what_the_api_does_not_know_is_said_with_what_it_does(world, settings, spec, message, hint):
    world.settings, world.spec = settings, spec
    with pytest.raises(VmError, match=message) as caught:
        world.create()
    assert hint in caught.value.hint
    assert world.double.left() == {}


def test_the_project_limit_is_said_with_what_to_do(world):
    world.double.limit_servers = 0
    with pytest.raises(VmError, match="server limit exceeded") as caught:
        world.create()
    assert "limit is reached: `vm reap`" in caught.value.hint
    assert world.double.left() == {}


def test_a_failed_action_is_named_with_its_id_and_cleaned_up(world):
    world.double.fault(on("POST", "/servers"), action_error=("server_error", "disk on fire"))
    with pytest.raises(VmError, match=r"action create_server \(id \d+\): disk on fire \(server_error\)"):
        world.create()
    assert world.double.left() == {}


def test_an_action_that_never_ends_is_given_up_and_cleaned_up(world):
    world.double.fault(on("POST", "/servers"), stuck=True)
    with pytest.raises(VmError, match=r"action create_server \(id \d+\): still running after 600 s"):
        world.create()
    assert world.double.left() == {}


def test_ssh_is_waited_for(world):
    world.ssh = [Answer(255, "", "Connection refused", ""), Answer(255, "", "Permission denied", "")]
    assert world.create().state == "running"


def test_ssh_that_never_answers_is_given_up_and_cleaned_up(world):
    world.ssh = [Answer(255, "", "ssh: connect to host: Connection timed out", "")] * 99
    with pytest.raises(
        VmError, match="ssh did not let us in within 300 s: ssh: connect to host: Connection timed"
    ):
        world.create()
    assert world.double.left() == {}


def test_a_name_of_somebody_elses_server_is_refused_and_it_stays(world):
    world.double.add("servers", "binder-demo", status="running", _firewalls=[], volumes=[])
    with pytest.raises(VmError, match="name of the server is taken by one that this run did not make"):
        world.create()
    assert world.double.left() == {"servers": ["binder-demo"]}


def test_a_vm_of_another_computer_is_not_touched(world, monkeypatch, tmp_path):
    world.create()
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "another"))
    before = world.double.left()
    with pytest.raises(VmError, match=r"a VM called 'demo' exists .* its key is not on this computer"):
        world.create()
    assert world.double.left() == before
    assert world.provider().get("demo").state == "dead"


def test_a_bad_name_is_refused_before_any_request(world):
    with pytest.raises(VmError, match="'-demo' cannot be the name of a VM"):
        world.create("-demo")
    assert world.double.requests == []

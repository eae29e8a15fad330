"""Destroying, reaping, listing: ours only, all of ours."""

import pytest

from binder_singlenode.errors import VmError
from binder_singlenode.vm.hcloud.remove import remove
from binder_singlenode.vm.hcloud.settings import Settings

from .hcloud_faults import Refusal, on

OURS = {"managed-by": "binder-singlenode", "binder-singlenode/vm": "old", "run": "0" * 16}


def test_destroy_removes_all_and_leaves_the_rest_of_the_project(world):
    world.double.add("servers", "web", status="running", _firewalls=[], volumes=[])
    world.double.add("ssh_keys", "laptop", public_key="ssh-ed25519 AAAA", fingerprint="x")
    world.create()
    world.provider().destroy("demo")
    assert world.double.left() == {"servers": ["web"], "ssh_keys": ["laptop"]}
    assert world.provider().list() == []


def test_destroy_of_what_is_not_there_says_so_and_what_is(world):
    world.create("demo")
    with pytest.raises(VmError, match="there is no VM called 'demi' at Hetzner") as caught:
        world.provider().destroy("demi")
    assert caught.value.hint == "did you mean demo? VMs: demo; make one: vm create demi"


def test_destroy_refuses_a_server_without_our_labels(world):
    world.double.add("servers", "binder-demo", status="running", _firewalls=[], volumes=[])
    with pytest.raises(
        VmError, match=r"binder-demo \(id \d+\) has no binder-singlenode label; not deleted"
    ) as caught:
        world.provider().destroy("demo")
    assert "Hetzner console" in caught.value.hint
    assert world.double.left() == {"servers": ["binder-demo"]}


def test_addresses_that_outlive_their_server_are_deleted(world):
    world.create()
    world.double.auto_delete_works = False
    world.provider().destroy("demo")
    assert world.double.left() == {}


def test_an_address_somebody_lent_to_the_server_stays(world):
    world.create()
    (server,) = world.double.tables["servers"].values()
    address = next(row for row in world.double.tables["primary_ips"].values() if row["type"] == "ipv4")
    address.update(labels={"team": "web"}, auto_delete=False)
    assert address["assignee_id"] == server["id"]
    world.provider().destroy("demo")
    assert world.double.left() == {"primary_ips": [address["name"]]}


def test_what_is_protected_is_named_with_its_id_and_the_rest_goes(world):
    world.create()
    (firewall,) = world.double.tables["firewalls"].values()
    firewall["protection"] = {"delete": True}
    with pytest.raises(VmError, match=r"firewall binder-demo-\w+ \(id \d+\): .*protected.*turn it off"):
        world.provider().destroy("demo")
    assert list(world.double.left()) == ["firewalls"]
    firewall["protection"] = {"delete": False}
    world.provider().destroy("demo")
    assert world.double.left() == {}


def test_a_firewall_still_in_use_is_waited_for(world):
    world.create()
    world.double.fault(
        on("DELETE", "/firewalls"), refuse=Refusal(422, "resource_in_use", "still in use"), times=3
    )
    world.provider().destroy("demo")
    assert world.double.left() == {}


def test_a_delete_that_fails_is_named(world):
    world.create()
    world.double.fault(on("DELETE", "/servers"), action_error=("server_error", "will not die"))
    with pytest.raises(VmError, match=r"server binder-demo .*action delete_server \(id \d+\): will not die"):
        world.provider().destroy("demo")
    world.double.action_s = 1.0
    world.provider().destroy("demo")
    assert world.double.left() == {}


def test_the_reaper_deletes_a_vm_after_its_time_and_not_before(world):
    world.settings = Settings(ttl_hours=2)
    world.create()
    assert world.provider().reap() == []
    world.later(hours=2.1)
    dry = world.provider().reap(dry_run=True)
    assert world.double.left()["servers"] == ["binder-demo"]
    assert "server binder-demo (id " in dry[0].line() and "VM demo): expired 0.1 h ago" in dry[0].line()
    assert {item.kind for item in dry} == {"server", "ssh key", "firewall", "primary IP"}
    assert set(world.provider().reap()) == set(dry)
    assert world.double.left() == {}


def test_a_server_without_the_expires_label_is_kept(world):
    world.create()
    (server,) = world.double.tables["servers"].values()
    del server["labels"]["expires"]
    world.later(hours=10_000)
    assert world.provider().reap() == []


def test_what_a_server_holds_whose_labels_were_taken_off_is_kept(world):
    world.create()
    (server,) = world.double.tables["servers"].values()
    server["labels"] = {}
    world.later(hours=10_000)
    assert [item.kind for item in world.provider().reap()] == ["ssh key"]  # of use while it was made only
    assert {kind: len(names) for kind, names in world.double.left().items()} == {
        "servers": 1, "firewalls": 1, "primary_ips": 2,
    }  # fmt: skip


def test_labels_taken_off_at_the_last_moment_save_a_server(world):
    world.create()
    world.later(hours=25)
    provider = world.provider()
    found = [item for item in provider.reap(dry_run=True) if item.kind == "server"]
    next(iter(world.double.tables["servers"].values()))["labels"] = {}
    remove(provider.api, found)
    assert world.double.left()["servers"] == ["binder-demo"]


def test_volumes_of_an_expired_server_go_with_it(world):
    world.create()
    (server,) = world.double.tables["servers"].values()
    labels = dict(server["labels"])
    world.double.add("volumes", "data", labels=labels, server=server["id"], size=10, status="available")
    world.later(hours=25)
    world.provider().reap()
    assert world.double.left() == {}


def test_orphans_are_reaped_and_the_young_and_the_foreign_are_not(world):
    for kind, fields in {
        "ssh_keys": {"public_key": "ssh-ed25519 AAAA", "fingerprint": "x"},
        "firewalls": {"rules": [], "applied_to": []},
        "primary_ips": {"assignee_id": None, "type": "ipv4", "ip": "192.0.2.9", "auto_delete": True},
        "volumes": {"server": None, "size": 10, "status": "available"},
    }.items():
        world.double.add(kind, f"orphan-{kind}", labels=OURS, **fields)
        world.double.add(kind, f"foreign-{kind}", labels={"managed-by": "somebody"}, **fields)
    assert world.provider().reap() == []
    world.later(hours=1.1)
    assert {item.name for item in world.provider().reap()} == {
        "orphan-ssh_keys", "orphan-firewalls", "orphan-primary_ips", "orphan-volumes",
    }  # fmt: skip
    assert all(name.startswith("foreign-") for names in world.double.left().values() for name in names)


def test_pages_are_read_to_the_end(world):
    world.double.page = 2
    for number in range(7):
        world.double.add(
            "ssh_keys", f"key-{number}", labels=OURS, public_key=f"ssh-ed25519 AAA{number}", fingerprint="x"
        )
    world.later(hours=1.1)
    assert len(world.provider().reap()) == 7
    assert world.double.left() == {}


def test_a_create_tidies_up_first_and_says_so(world):
    world.create("old")
    world.later(hours=25)
    world.create("new")
    assert world.double.left()["servers"] == ["binder-new"]
    assert any("deleted a leftover: server binder-old" in line for line in world.said)


def test_an_expired_vm_of_the_same_name_is_made_anew_with_a_new_key(world):
    first = world.create()
    key = first.key.read_text()
    world.later(hours=25)
    assert world.create().key.read_text() != key
    assert world.double.left()["servers"] == ["binder-demo"]


def test_leftovers_that_resist_do_not_stop_a_create(world):
    world.create("old")
    (server,) = world.double.tables["servers"].values()
    server["protection"] = {"delete": True, "rebuild": True}
    world.later(hours=25)
    assert world.create("new").state == "running"
    assert any(line.startswith("leftovers remain: not everything could be deleted") for line in world.said)


def test_start_and_stop(world):
    world.create()
    provider = world.provider()
    provider.stop("demo")
    provider.stop("demo")
    assert provider.get("demo").state == "stopped"
    assert provider.start("demo").state == "running"
    provider.stop("demo", hard=True)
    sent = [each.path.rsplit("/", 1)[-1] for each in world.double.requests if each.method == "POST"]
    assert sent[-3:] == ["shutdown", "poweron", "poweroff"]

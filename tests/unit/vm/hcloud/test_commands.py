"""`vm create/list/reap` at Hetzner, from the command line: what costs money is shown and asked first."""

import json
import re
import time

import pytest

from binder_singlenode.cli import main
from binder_singlenode.vm.hcloud import provider


@pytest.fixture
def run(world, monkeypatch, capsys):
    """Run one command on the world's project: exit code, stdout, stderr."""
    world.clock.time = time.time()  # `vm list` counts from now
    monkeypatch.setattr(provider, "provider", world.provider)

    def run(*words):
        code = main.run(["vm", *words])
        return code, *capsys.readouterr()

    return run


def test_a_create_shows_the_prices_and_makes_nothing_unasked(world, run):
    code, out, said = run("create", "demo", "--provider", "hcloud")
    assert (code, out) == (1, "")
    assert "costs money until it is destroyed: cx33 in fsn1 (4 CPUs, 8 GB, 80 GB disk): 0.0095 EUR" in said
    assert "or, where there is no room: cx33 in nbg1" in said
    assert "no terminal to ask on: add --yes" in said
    assert "Nothing was made." in said
    assert world.double.left() == {} and {each.method for each in world.double.requests} == {"GET"}


def test_with_yes_it_is_made_and_the_prices_are_still_shown(world, run):
    code, out, said = run("create", "demo", "--provider", "hcloud", "--yes")
    assert code == 0 and "0.0095 EUR an hour" in said
    assert re.match(r"demo\thcloud\trunning\troot@192\.0\.2\.7:22\t\S+\texpires in (23\.9|24\.0) h\n", out)
    assert world.double.left()["servers"] == ["binder-demo"]


def test_a_vm_that_is_there_costs_nothing_more_and_is_not_asked_about(world, run):
    world.create()
    code, _, said = run("create", "demo", "--provider", "hcloud")
    assert code == 0 and "costs money" not in said


def test_one_whose_time_is_over_is_reaped_and_made_anew_so_it_is_asked(world, run):
    world.create()
    world.later(hours=25)
    code, _, said = run("create", "demo", "--provider", "hcloud")
    assert code == 1 and "costs money" in said
    assert world.double.left()["servers"] == ["binder-demo"]


def test_a_list_says_when_the_time_is_over(world, run):
    world.create("young")
    world.clock.time -= 23 * 3600
    world.create("soon")
    _, out, _ = run("list", "--provider", "hcloud")
    ends = {line.split("\t")[0]: line.split("\t")[-1] for line in out.splitlines()}
    assert ends["young"] in ("expires in 23.9 h", "expires in 24.0 h")
    assert ends["soon"] in ("expires in 0.9 h", "expires in 1.0 h", "expires in 1.1 h")
    data = json.loads(run("list", "--provider", "hcloud", "--json")[1])
    assert all(re.match(r"\d{4}-\d\d-\d\dT.*\+00:00$", vm["expires"]) for vm in data)


def test_an_expired_vm_is_named_with_what_deletes_it(world, run):
    world.clock.time -= 26 * 3600
    world.create("old")
    world.clock.time += 26 * 3600
    assert re.search(r"expired (1\.9|2\.0) h ago: vm reap deletes it", run("list", "--provider", "hcloud")[1])


def test_a_server_kept_by_taking_its_label_off_has_no_end(world, run):
    world.create()
    (server,) = world.double.tables["servers"].values()
    del server["labels"]["expires"]
    assert "expire" not in run("list", "--provider", "hcloud")[1]


def test_leftovers_are_listed_then_deleted(world, run):
    world.create()
    assert run("reap", "--dry-run") == (0, "", "nothing is left over\n")
    world.later(hours=26)
    _, listed, _ = run("reap", "--dry-run")
    assert re.search(r"^server binder-demo \(id \d+, VM demo\): expired 2\.0 h ago$", listed, re.MULTILINE)
    assert world.double.left()["servers"] == ["binder-demo"]
    _, deleted, _ = run("reap", "--json")
    gone = json.loads(deleted)
    [server] = [each for each in gone if each["kind"] == "server"]
    assert (server["name"], server["vm"], server["reason"]) == ("binder-demo", "demo", "expired 2.0 h ago")
    assert server["id"] and server["run"] and len(gone) == len(listed.splitlines())
    assert world.double.left() == {}

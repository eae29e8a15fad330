"""One screen, with everything up and with each part down."""

import json
from contextlib import contextmanager
from subprocess import CompletedProcess
from typing import Any

import pytest

from binder_singlenode.cli.output.status import status_rows
from binder_singlenode.cluster.objects import HelmRelease, Node, Workload
from binder_singlenode.errors import ClusterError, ConnectError
from binder_singlenode.health import host_report
from binder_singlenode.health import status as status_module
from binder_singlenode.health.status import gather, unreached
from binder_singlenode.layout import maintenance

from ..servers.played_session import PlayedSession, answer
from .status_bed import FakeCluster, a_host, hub, opening, session


def test_everything_up(server: Any) -> None:
    hub(server)
    cluster = FakeCluster()
    status = gather(session(server.url), opening(cluster))
    assert status.services == {"binder-firewall.service": "active", "k3s.service": "active"}
    assert status.release is cluster.the_release and status.node is cluster.the_node
    assert (len(status.sessions or ()), status.quota, status.builds) == (1, 3, 1)
    assert status.registry_ok is True and status.versions is not None
    assert [(each.path, each.free_bytes) for each in status.disks] == [("/", 50000), ("/var/lib/dind", 50)]
    assert [(each.name, each.used_bytes, each.days_until_full) for each in status.shares] == [
        ("images", 3000, 3.5),
        ("registry", 4096, 0.0),
    ]
    assert [each.image for each in status.pins or ()] == ["10.43.0.50:5000/i-one:abc"]
    assert (status.certificate_days_left or 0) > 365
    assert status.problems == [
        "the disk is full: 5 % at /var/lib/dind are free, and below 10 % no launch begins",
        "registry takes 4 KiB of the disk, 3.9 KiB is its share",
    ]
    assert not status.ok


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (maintenance.written("Back soon."), "Closed for maintenance. Back soon."),
        ("half", "Closed for maintenance."),
    ],
)
def test_a_closed_entry_is_the_first_thing_to_know(server: Any, answer: str, told: str) -> None:
    hub(server)
    status = gather(session(server.url, f"\n##binder closed\n{answer}"), opening(FakeCluster()))
    assert (status.closed, status.problems[0]) == (told, f"launches are refused: {told}")


def test_no_registry_with_the_shared_store(server: Any) -> None:
    """BinderHub's health then has no line about one."""
    server.on("/health", 200, json.dumps({"ok": True, "checks": [{"service": "JupyterHub API", "ok": True}]}))
    server.on("/versions", body=json.dumps({"binderhub": "1.0", "builder": "r2d"}))
    rows = dict(status_rows(gather(session(server.url), opening(FakeCluster()))))
    assert rows["registry"].startswith("none: built images are in the kubelet's store")


def test_a_unit_that_the_host_file_does_not_want_is_not_missed(server: Any) -> None:
    told = "\n##binder services\nId=binder-homes.service\nActiveState=inactive\n"
    status = gather(session(server.url, told), opening(FakeCluster()))
    assert "binder-homes.service" not in status.services
    assert not any("binder-homes" in line for line in status.problems)


def test_everything_down_is_still_a_screen() -> None:
    def no_ssh(command: str, text: str) -> CompletedProcess[str]:
        raise ConnectError("no route")

    @contextmanager
    def no_cluster() -> Any:
        raise ClusterError("no answer")
        yield

    status = gather(PlayedSession(a_host("http://127.0.0.1:1"), play=no_ssh), no_cluster)
    assert [line.split(":")[0] for line in status.problems] == [
        "the host cannot be queried",
        "Kubernetes cannot be queried",
        "BinderHub cannot be queried",
    ]
    assert status.node is None and status.sessions is None and status.registry_ok is None


def test_a_host_that_ssh_does_not_reach_is_asked_by_http_alone(server: Any) -> None:
    hub(server)
    error = ConnectError("ssh cannot connect: timed out", where="root@10.0.0.1:22", hint="see ssh -v")
    status = unreached(a_host(server.url), error)
    assert (status.unreached, status.next_step) == ("ssh cannot connect: timed out", "see ssh -v")
    assert status.problems == ["the host is not reached: root@10.0.0.1:22: ssh cannot connect: timed out"]
    assert status.quota == 3 and status.node is None and not status.ok


def test_what_is_known_of_a_vm_comes_before_what_ssh_says() -> None:
    error = ConnectError("refused", hint="see ssh -v")
    assert unreached(a_host("http://127.0.0.1:1"), error, "start it").next_step == "start it"


def test_a_script_that_fails_is_a_problem_and_no_end(server: Any) -> None:
    hub(server)
    refused = PlayedSession(a_host(server.url), play=answer("", 1, "sudo: no\n"))
    status = gather(refused, opening(FakeCluster()))
    assert status.problems == ["the host cannot be queried: alpha: exit code 1: sudo: no"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            {"the_node": Node("n", False, "no runtime", False, (), 1, 1, "", "")},
            "the node is not ready: no runtime",
        ),
        ({"the_node": Node("n", True, "", True, (), 1, 1, "", "")}, "the node takes no new pods"),
        (
            {"the_node": Node("n", True, "", False, ("DiskPressure",), 1, 1, "", "")},
            "the node reports DiskPressure",
        ),
        ({"the_release": None}, "there is no release"),
        ({"the_release": HelmRelease("binder", 4, "failed", "", "", "")}, "the release is failed"),
        ({"the_workloads": [Workload("Deployment", "hub", 0, 1, True)]}, "not ready: deployment/hub 0 of 1"),
    ],
)
def test_each_worry_is_one_line(server: Any, change: dict[str, Any], words: str) -> None:
    hub(server)
    cluster = FakeCluster()
    vars(cluster).update(change)
    problems = gather(session(server.url), opening(cluster)).problems
    assert [line for line in problems if words in line]


def test_an_ill_hub_names_what_it_misses(server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    hub(server, ok=False)
    monkeypatch.setattr(status_module, "CERTIFICATE_DAYS", 10**6)
    status = gather(session(server.url), opening(FakeCluster()))
    assert "BinderHub reports trouble with: Docker registry" in status.problems
    assert status.registry_ok is False
    assert [line for line in status.problems if line.startswith("a certificate ends in")]


def test_a_stopped_service_comes_first() -> None:
    facts = host_report.parse("##binder services\nId=k3s.service\nActiveState=failed\n")
    assert facts.services == {"k3s.service": "failed"} and facts.disks == ()

"""Waiting until what runs in the cluster is ready."""

from typing import Any

import pytest

from binder_singlenode.cluster import Cluster, waiting
from binder_singlenode.errors import ClusterError

from .cluster_bed import deployment, pod, put, workloads


def test_workloads_are_ready_when_the_new_pods_are(server: Any, api: Cluster) -> None:
    workloads(server, deployment("hub", 1), deployment("binder", 0), deployment("proxy", 1, observed=0))
    states = {str(each): each.ready for each in api.workloads("binder")}
    assert states == {
        "deployment/hub 1 of 1": True,
        "deployment/binder 0 of 1": False,
        "deployment/proxy 1 of 1": False,
        "daemonset/dind 1 of 1": True,
    }


def test_waiting_tells_what_is_missing_and_ends_when_it_is_there(
    server: Any, api: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waiting, "POLL_S", 0.01)
    workloads(server, deployment("hub", 0))
    lines: list[str] = []

    def told(line: str) -> None:
        lines.append(line)
        workloads(server, deployment("hub", 1))

    api.wait_ready("binder", 30, told)
    assert lines == ["waiting for deployment/hub 0 of 1"]


def test_waiting_in_vain_says_why(server: Any, api: Cluster) -> None:
    workloads(server, deployment("hub", 0))
    stuck = {"waiting": {"reason": "ErrImagePull", "message": "no route"}}
    put(
        server,
        "/api/v1/namespaces/binder/pods",
        [pod("hub-1", "Pending", containerStatuses=[{"state": stuck}])],
    )
    put(server, "/api/v1/namespaces/binder/events", [])
    with pytest.raises(ClusterError) as error:
        api.wait_ready("binder", 0)
    assert str(error.value).splitlines() == [
        "Kubernetes: not ready after 0 s: deployment/hub 0 of 1",
        "  | pod/hub-1 Pending ErrImagePull: no route",
    ]


def test_an_api_server_that_restarts_is_borne_with_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "POLL_S", 0.001)
    answers: list[Any] = [ClusterError("down"), ClusterError("down"), []]

    def missing() -> list[str]:
        answer = answers.pop(0)
        if isinstance(answer, ClusterError):
            raise answer
        return list(answer)

    waiting.wait_until(missing, 30, lambda line: None, list)
    answers = [ClusterError("down")] * 10
    with pytest.raises(ClusterError, match="down"):
        waiting.wait_until(missing, 30, lambda line: None, list)
    assert len(answers) == 4

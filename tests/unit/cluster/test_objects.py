"""What the cluster holds, read through the dynamic client."""

import base64
import gzip
import json
from typing import Any

import pytest

from binder_singlenode.cluster import Cluster, objects
from binder_singlenode.errors import ClusterError

from .cluster_bed import NODE, deployment, pod, put, workloads


def test_the_node(server: Any, api: Cluster) -> None:
    put(server, "/api/v1/nodes", [NODE])
    node = api.node()
    assert node.ready and not node.cordoned and node.pressures == ("DiskPressure",)
    assert (node.allocatable_memory_bytes, node.max_pods) == (8000000 * 1024, 120)
    assert node.kubelet_version == "v1.36.3+k3s1"


def test_whose_the_volumes_are(server: Any, api: Cluster) -> None:
    claim = {"claimRef": {"namespace": "binder", "name": "claim-ada"}}
    volumes = [("v-001", claim), ("v-002", {})]
    put(server, "/api/v1/persistentvolumes", [{"metadata": {"name": n}, "spec": s} for n, s in volumes])
    assert api.claims() == {"v-001": "claim-ada", "v-002": ""}


@pytest.mark.parametrize("nodes", [[], [NODE, NODE]])
def test_a_cluster_has_one_node(server: Any, api: Cluster, nodes: list[Any]) -> None:
    put(server, "/api/v1/nodes", nodes)
    with pytest.raises(ClusterError, match=f"{len(nodes)} nodes, where one is wanted"):
        api.node()


def test_a_node_that_never_reported() -> None:
    node = objects.node_from({"metadata": {"name": "n"}, "status": {}})
    assert not node.ready and node.why == "the kubelet has not reported yet"


def test_pods_with_their_memory_and_what_they_wait_for(server: Any, api: Cluster) -> None:
    waiting_for = {"waiting": {"reason": "ImagePullBackOff", "message": "no such image"}}
    condition = {"type": "PodScheduled", "status": "False", "message": "0/1 nodes: Insufficient memory"}
    items = [
        pod("b", containerStatuses=[{"restartCount": 3, "state": waiting_for}]),
        pod("a", "Pending", conditions=[condition]),
        pod(
            "c",
            conditions=[{"type": "Ready", "status": "True"}],
            containerStatuses=[{"state": {"running": {}}}],
        ),
    ]
    put(server, "/api/v1/namespaces/binder/pods", items)
    first, second, third = api.pods("binder")
    assert (first.name, first.stuck, first.why) == ("a", False, "0/1 nodes: Insufficient memory")
    assert (second.stuck, second.restarts, second.why) == (True, 3, "ImagePullBackOff: no such image")
    assert third.ready and third.why == "" and third.username == "o-r-x"
    assert (third.memory_guarantee_bytes, third.memory_limit_bytes) == (2**30, 2**31)


def test_sessions_and_builds_are_chosen_by_binderhubs_labels(server: Any, api: Cluster) -> None:
    put(server, "/api/v1/namespaces/binder/pods", [pod("jupyter-x")])
    assert [each.name for each in api.sessions("binder")] == ["jupyter-x"]
    assert "labelSelector=app%3Djupyterhub%2Ccomponent%3Dsingleuser-server" in server.seen[-1].path
    api.builds("binder")
    assert "component%3Dbinderhub-build" in server.seen[-1].path


def helm_secret(revision: int, status: str) -> dict[str, Any]:
    record = {
        "name": "binder",
        "version": revision,
        "info": {
            "status": status,
            "last_deployed": "2026-11-22T00:00:00Z",
            "description": "Upgrade complete",
        },
        "chart": {"metadata": {"name": "binderhub", "version": "1.0.0"}},
        "config": {"password": "hunter2"},
    }
    packed = base64.b64encode(base64.b64encode(gzip.compress(json.dumps(record).encode()))).decode()
    name = f"sh.helm.release.v1.binder.v{revision}"
    return {"metadata": {"name": name, "labels": {"version": str(revision)}}, "data": {"release": packed}}


def test_of_helms_revisions_the_newest_counts_and_values_stay_out(server: Any, api: Cluster) -> None:
    put(
        server,
        "/api/v1/namespaces/binder/secrets",
        [helm_secret(10, "deployed"), helm_secret(9, "superseded")],
    )
    release = api.release("binder")
    assert release is not None and "hunter2" not in repr(release)
    assert (release.revision, release.status, release.chart) == (10, "deployed", "binderhub-1.0.0")
    put(server, "/api/v1/namespaces/binder/secrets", [])
    assert api.release("binder") is None


def test_workloads_are_ready_when_the_new_pods_are(server: Any, api: Cluster) -> None:
    workloads(server, deployment("hub", 1), deployment("binder", 0), deployment("proxy", 1, observed=0))
    states = {str(each): each.ready for each in api.workloads("binder")}
    assert states == {
        "deployment/hub 1 of 1": True,
        "deployment/binder 0 of 1": False,
        "deployment/proxy 1 of 1": False,
        "daemonset/dind 1 of 1": True,
    }

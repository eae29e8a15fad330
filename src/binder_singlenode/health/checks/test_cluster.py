"""Kubernetes and the Helm release, queried on the host itself."""

import json
from typing import Any

from binder_singlenode.base.units import human_bytes
from binder_singlenode.cluster.objects import Workload, node_from, workload_from
from binder_singlenode.cluster.pods import Pod, pod_from
from binder_singlenode.health.checks import names
from binder_singlenode.health.checks.remote import Kubectl, output
from binder_singlenode.health.expectations import Expectations
from binder_singlenode.layout.image_store import SNAPSHOTTER

# MemTotal differs slightly between kernels; this much does not change the quota computed from it
ALLOCATABLE_TOLERANCE_BYTES = 64 * 1024**2
UP = "run `binder-singlenode up`"


def test_node(kubectl: Kubectl, expect: Expectations) -> None:
    """Node is ready and takes pods."""
    nodes = kubectl("get", "nodes", "-o", "json")["items"]
    assert len(nodes) == 1, f"there are {len(nodes)} nodes: this is a cluster of one"
    node = node_from(nodes[0])
    assert node.name == expect.node_name, f"the node is called {node.name}, not {expect.node_name}"
    assert node.ready, f"the node is not ready: {node.why}"
    assert not node.cordoned, f"the node takes no new pods: k3s kubectl uncordon {node.name}"
    assert not node.pressures, (
        f"the node reports {', '.join(node.pressures)}: see `status` for memory and disk"
    )


def test_allocatable(kubectl: Kubectl, expect: Expectations) -> None:
    """Node offers the memory that the quota is computed from."""
    node = node_from(kubectl("get", "node", expect.node_name, "-o", "json"))
    short = expect.allocatable_bytes - node.allocatable_memory_bytes
    assert abs(short) <= ALLOCATABLE_TOLERANCE_BYTES, (
        f"the node offers {human_bytes(node.allocatable_memory_bytes)} to pods,"
        f" {human_bytes(abs(short))} {'less' if short > 0 else 'more'} than computed: {UP}"
    )
    assert node.max_pods == expect.max_pods, (
        f"the node takes {node.max_pods} pods, not {expect.max_pods}: {UP}"
    )


def test_workloads(kubectl: Kubectl, expect: Expectations) -> None:
    """Deployments and daemon sets are ready."""
    kinds = "deployments,statefulsets,daemonsets"
    items = kubectl("get", kinds, "-n", expect.namespace, "-o", "json")["items"]
    workloads: list[Workload] = [workload_from(item["kind"], item) for item in items]
    assert workloads, f"namespace {expect.namespace} is empty: {UP}"
    late = [str(each) for each in workloads if not each.ready]
    assert not late, f"not ready: {'; '.join(late)}: see `binder-singlenode logs`"


def test_pods(kubectl: Kubectl) -> None:
    """No pod crashes again and again, or waits for an image."""
    pods: list[Pod] = [pod_from(item) for item in kubectl("get", "pods", "-A", "-o", "json")["items"]]
    stuck = [f"{each.namespace}/{each.name} ({each.why})" for each in pods if each.stuck]
    assert not stuck, f"stuck: {'; '.join(stuck)}"


def test_image_store(host: Any, expect: Expectations) -> None:
    """Built images have a place: the registry answers, or the builder works in the kubelet's store."""
    if expect.store == "shared":
        _builder_shares(host, expect)
    else:
        _registry_answers(host, expect)


def _registry_answers(host: Any, expect: Expectations) -> None:
    done = host.run("curl -sS -m 10 -o /dev/null -w '%%{http_code}' %s", f"{expect.registry_url}/v2/")
    assert (done.rc, done.stdout) == (0, "200"), (
        f"{expect.registry_url}/v2/ answers {done.stdout or 'nothing'} {done.stderr.strip()}:"
        " builds cannot push and sessions cannot start"
    )


def _builder_shares(host: Any, expect: Expectations) -> None:
    told = output(host, "curl -sS -m 10 --unix-socket %s http://docker/info", expect.docker_socket)
    driver = json.loads(told).get("Driver")
    assert driver == SNAPSHOTTER, f"the builder keeps images with {driver}, not with {SNAPSHOTTER}: {UP}"


def test_release(host: Any, expect: Expectations) -> None:
    """Helm release is deployed."""
    text = output(
        host,
        "k3s kubectl get secrets -n %s -l %s -o %s",
        expect.namespace,
        f"owner=helm,name={expect.release}",
        'jsonpath={range .items[*]}{.metadata.labels.version} {.metadata.labels.status}{"\\n"}{end}',
    )
    revisions = sorted((int(number), status) for number, status in map(str.split, text.splitlines()))
    assert revisions, f"there is no Helm release {expect.release}: {UP}"
    number, status = revisions[-1]
    assert status == "deployed", f"revision {number} of the release is {status}: {UP}, which repairs it"


def test_names(host: Any) -> None:
    """Pods, the cluster's DNS and builds get the host's name servers, and no search domain of the host."""
    wrong = names.verdict(output(host, names.SCRIPT))
    assert not wrong, wrong


def test_docker_socket(host: Any, expect: Expectations) -> None:
    """Builder's docker socket is a socket."""
    assert host.run("test -e %s", expect.docker_socket).rc == 0, (
        f"{expect.docker_socket} is not there: the dind pod does not run"
    )
    assert host.run("test -S %s", expect.docker_socket).rc == 0, (
        f"{expect.docker_socket} is a directory: a pod was there before the docker daemon; remove it and {UP}"
    )

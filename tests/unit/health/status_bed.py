"""A host, a cluster and a hub for `status` to ask, with everything up."""

import json
from collections.abc import Callable
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

from binder_singlenode.cluster.objects import HelmRelease, Node, Workload
from binder_singlenode.cluster.pods import Pod

from ..servers.played_session import PlayedSession, answer

CERTIFICATE = """-----BEGIN CERTIFICATE-----
MIIBHDCBw6ADAgECAgEBMAoGCCqGSM49BAMCMA4xDDAKBgNVBAMMA2szczAeFw0yMDAxMDEwMDAwMDBaFw00OTAxMDEwMDAwMDBa
-----END CERTIFICATE-----
"""
ANSWER = f"""##binder services
Id=binder-firewall.service
ActiveState=active

ActiveState=active
Id=k3s.service
##binder disks
Filesystem 1-blocks Used Available Capacity Mounted on
/dev/vda1 100000 50000 50000 50% /
/dev/vda1 100000 50000 50000 50% /
/dev/vdb 1000 950 50 95% /var/lib/dind
##binder budget
IMAGES="/var/lib/rancher/k3s/agent/containerd"
IMAGES_BYTES=10000
REGISTRY_BYTES=4000
##binder use
1700000000 images=1000 registry=4000
1700086400 images=3000 registry=4096
oops
##binder cleaning
LoadState=loaded
Result=success
now=1700086460
##binder pins
10.43.0.50:5000/i-one:abc 0
##binder certificates
# /var/lib/rancher/k3s/server/tls/a.crt
{CERTIFICATE}"""


def a_host(base_url: str) -> Any:
    release = SimpleNamespace(namespace="binder")
    ssh = SimpleNamespace(user="root")
    more = {"network": SimpleNamespace(firewall=True), "persistent": False}
    return SimpleNamespace(
        name="alpha", address="10.0.0.1", base_url=base_url, release=release, ssh=ssh, **more
    )


def session(base_url: str, more: str = "") -> PlayedSession:
    """A host that gives ANSWER, and then `more`."""
    return PlayedSession(a_host(base_url), play=answer(ANSWER + more))


def a_pod(name: str, phase: str) -> Pod:
    return Pod(name, "binder", phase, True, 0, False, "", "i", None, None, "2026", {}, {})


class FakeCluster:
    """Cluster, as far as status asks it."""

    def __init__(self) -> None:
        self.the_node = Node("binder", True, "", False, (), 2**33, 110, "v1.36.3+k3s1", "Debian 12")
        self.the_release: HelmRelease | None = HelmRelease("binder", 4, "deployed", "binderhub-1", "", "")
        self.the_workloads = [Workload("Deployment", "hub", 1, 1, True)]

    def node(self) -> Node:
        return self.the_node

    def release(self, namespace: str) -> HelmRelease | None:
        return self.the_release

    def workloads(self, namespace: str) -> list[Workload]:
        return self.the_workloads

    def sessions(self, namespace: str) -> list[Pod]:
        return [a_pod("jupyter-x", "Running")]

    def builds(self, namespace: str) -> list[Pod]:
        return [a_pod("build-x", "Running"), a_pod("build-y", "Succeeded")]


def opening(cluster: FakeCluster) -> Callable[[], Any]:
    @contextmanager
    def open_cluster() -> Any:
        yield cluster

    return open_cluster


def hub(server: Any, ok: bool = True) -> None:
    checks = [{"service": "Docker registry", "ok": ok}, {"service": "Pod quota", "ok": True, "quota": 3}]
    server.on("/health", 200 if ok else 503, json.dumps({"ok": ok, "checks": checks}))
    server.on("/versions", body=json.dumps({"binderhub": "1.0", "builder": "r2d"}))

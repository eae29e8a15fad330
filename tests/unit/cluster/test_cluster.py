"""The cluster through the dynamic client, against a small API server on loopback."""

import base64
import gzip
import json
import stat
from contextlib import contextmanager
from datetime import UTC, datetime
from ipaddress import IPv4Address
from pathlib import Path
from subprocess import CompletedProcess
from types import SimpleNamespace
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from binder_singlenode import cluster
from binder_singlenode import kube_objects as objects
from binder_singlenode import kube_quantity as quantity
from binder_singlenode.cluster import Cluster, waiting
from binder_singlenode.cluster.client import open_client
from binder_singlenode.errors import ClusterError

VERBS = ["get", "list", "delete", "patch"]


def resource(name: str, kind: str, namespaced: bool = True) -> dict[str, Any]:
    return {
        "name": name,
        "kind": kind,
        "namespaced": namespaced,
        "verbs": VERBS,
        "singularName": kind.lower(),
    }


V1 = [
    resource("nodes", "Node", False),
    resource("namespaces", "Namespace", False),
    resource("pods", "Pod"),
    resource("events", "Event"),
    resource("secrets", "Secret"),
    resource("configmaps", "ConfigMap"),
    resource("persistentvolumes", "PersistentVolume", False),
]
APPS = [
    resource("deployments", "Deployment"),
    resource("statefulsets", "StatefulSet"),
    resource("daemonsets", "DaemonSet"),
]
NODE = {
    "metadata": {"name": "n1"},
    "spec": {},
    "status": {
        "allocatable": {"memory": "8000000Ki", "pods": "120"},
        "conditions": [
            {"type": "MemoryPressure", "status": "False"},
            {"type": "DiskPressure", "status": "True"},
            {"type": "Ready", "status": "True", "message": "kubelet is posting ready status"},
        ],
        "nodeInfo": {"kubeletVersion": "v1.36.3+k3s1", "osImage": "Debian 12"},
    },
}


def pod(
    name: str, phase: str = "Running", labels: dict[str, str] | None = None, **status: Any
) -> dict[str, Any]:
    memory = {"requests": {"memory": "1073741824"}, "limits": {"memory": "2Gi"}}
    return {
        "metadata": {
            "name": name,
            "namespace": "binder",
            "labels": labels or {},
            "annotations": {"hub.jupyter.org/username": "o-r-x"},
            "creationTimestamp": "2026-11-22T00:00:00Z",
        },
        "spec": {"containers": [{"name": "notebook", "image": "reg/i:1", "resources": memory}]},
        "status": {"phase": phase, **status},
    }


def deployment(name: str, ready: int, wanted: int = 1, observed: int = 1) -> dict[str, Any]:
    status = {"readyReplicas": ready, "updatedReplicas": ready, "observedGeneration": observed}
    return {"metadata": {"name": name, "generation": 1}, "spec": {"replicas": wanted}, "status": status}


def put(server: Any, path: str, items: list[dict[str, Any]]) -> None:
    server.on(path, body=json.dumps({"kind": "List", "apiVersion": "v1", "metadata": {}, "items": items}))


def kubeconfig_for(url: str, ca: str | None = None) -> dict[str, Any]:
    where: dict[str, Any] = {"server": url}
    if ca:
        where["certificate-authority-data"] = base64.b64encode(ca.encode()).decode()
    return {
        "current-context": "c",
        "clusters": [{"name": "c", "cluster": where}],
        "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
        "users": [{"name": "u", "user": {"token": "t0ken"}}],
    }


def discovery(server: Any) -> None:
    group = {"name": "apps", "versions": [{"groupVersion": "apps/v1", "version": "v1"}]}
    group["preferredVersion"] = group["versions"][0]  # type: ignore[index]
    server.on("/version", body='{"major": "1", "minor": "36"}')
    server.on("/apis", body=json.dumps({"kind": "APIGroupList", "groups": [group]}))
    for path, group_version, resources in [("/api/v1", "v1", V1), ("/apis/apps/v1", "apps/v1", APPS)]:
        body = {"kind": "APIResourceList", "groupVersion": group_version, "resources": resources}
        server.on(path, body=json.dumps(body))


@pytest.fixture
def api(server: Any, tmp_path: Path) -> Cluster:
    discovery(server)
    return Cluster(open_client(kubeconfig_for(server.url), tmp_path / "kube"))


def test_the_node(server: Any, api: Cluster) -> None:
    put(server, "/api/v1/nodes", [NODE])
    node = api.node()
    assert node.ready and not node.cordoned and node.pressures == ("DiskPressure",)
    assert (node.allocatable_memory_bytes, node.max_pods) == (8000000 * 1024, 120)
    assert api.node_allocatable() == 8000000 * 1024
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


def test_requests_carry_our_credentials_and_the_cache_is_private(
    server: Any, api: Cluster, tmp_path: Path
) -> None:
    assert server.seen[0].headers["authorization"] == "Bearer t0ken"
    folder = tmp_path / "kube"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / "discovery.json").stat().st_mode) == 0o600


def test_a_half_written_cache_is_made_anew(
    server: Any, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    discovery(server)
    (tmp_path / "kube").mkdir()
    (tmp_path / "kube" / "discovery.json").write_text('{"library')
    open_client(kubeconfig_for(server.url), tmp_path / "kube")
    assert json.loads((tmp_path / "kube" / "discovery.json").read_text())
    assert capfd.readouterr().err == ""


def test_the_environments_proxy_never_sees_the_tunnel(
    server: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    discovery(server)
    put(server, "/api/v1/pods", [])
    assert Cluster(open_client(kubeconfig_for(server.url), tmp_path / "kube")).pods() == []


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


def test_events_oldest_first(server: Any, api: Cluster) -> None:
    def an_event(at: str, kind: str) -> dict[str, Any]:
        about = {"kind": "Pod", "name": "x"}
        return {
            "metadata": {"name": at, "creationTimestamp": at},
            "lastTimestamp": at,
            "type": kind,
            "reason": "R",
            "message": "m\n",
            "involvedObject": about,
        }

    put(server, "/api/v1/namespaces/binder/events", [an_event("2", "Warning"), an_event("1", "Normal")])
    assert [each.at for each in api.events("binder")] == ["1", "2"]
    assert [each.about for each in api.events("binder", warnings_only=True)] == ["pod/x"]


def workloads(server: Any, *deployments: dict[str, Any]) -> None:
    put(server, "/api/v1/nodes", [NODE])
    base = "/apis/apps/v1/namespaces/binder"
    put(server, f"{base}/deployments", list(deployments))
    put(server, f"{base}/statefulsets", [])
    status = {
        "numberReady": 1,
        "updatedNumberScheduled": 1,
        "desiredNumberScheduled": 1,
        "observedGeneration": 1,
    }
    put(server, f"{base}/daemonsets", [{"metadata": {"name": "dind", "generation": 1}, "status": status}])


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


def test_a_log_is_text(server: Any, api: Cluster) -> None:
    server.on("/api/v1/namespaces/binder/pods/hub-1/log", body="one\ntwo é\n", kind="text/plain")
    assert api.pod_logs("binder", "hub-1", container="hub", tail=2, previous=True) == "one\ntwo é\n"
    assert server.seen[-1].path.endswith("?tailLines=2&container=hub&previous=true")


def test_apply_is_server_side_and_ours(server: Any, api: Cluster) -> None:
    server.on("/api/v1/namespaces/binder/configmaps/c", body='{"kind": "ConfigMap"}')
    manifest = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c", "namespace": "binder"}}
    api.apply([manifest], dry_run=True)
    seen = server.seen[-1]
    assert seen.method == "PATCH" and seen.headers["content-type"] == "application/apply-patch+yaml"
    assert seen.path.endswith("?dryRun=All&fieldManager=binder-singlenode&force=true")
    assert json.loads(seen.body) == manifest


def test_deleting_what_is_gone_is_no_error(server: Any, api: Cluster) -> None:
    assert api.delete("v1", "ConfigMap", "c", "binder") is False
    server.on("/api/v1/namespaces/binder/configmaps/c", body='{"kind": "ConfigMap"}')
    assert api.delete("v1", "ConfigMap", "c", "binder") is True


@pytest.mark.parametrize(
    ("status", "hint"),
    [(401, "fetch the kubeconfig again"), (403, "admin"), (404, "up"), (500, "journalctl"), (418, "status")],
)
def test_errors_show_status_reason_and_sentence_and_no_token(
    server: Any, api: Cluster, status: int, hint: str
) -> None:
    server.on("/api/v1/nodes", status, json.dumps({"message": "says the server"}), X_Secret="hunter2")
    with pytest.raises(ClusterError) as error:
        api.node()
    assert str(error.value).startswith(f"Kubernetes: listing nodes: {status} ")
    assert str(error.value).endswith(": says the server") and hint in (error.value.hint or "")
    assert "hunter2" not in str(error.value) and "t0ken" not in str(error.value)


def test_an_error_whose_body_is_no_json(server: Any, api: Cluster) -> None:
    server.on("/api/v1/nodes", 502, "bad gateway " * 200, "text/html")
    with pytest.raises(ClusterError) as error:
        api.node()
    assert "502" in str(error.value) and len(str(error.value)) < 800


def test_an_unknown_kind_is_told_from_an_absent_object(api: Cluster) -> None:
    with pytest.raises(ClusterError, match="does not know that kind of object"):
        api.delete("v1", "Certificate", "x", "binder")


def test_nobody_listening(tmp_path: Path) -> None:
    with pytest.raises(ClusterError, match="connecting: no answer from the API server") as error:
        open_client(kubeconfig_for("http://127.0.0.1:1"), tmp_path / "kube")
    assert "object at 0x" not in str(error.value) and "k3s runs" in (error.value.hint or "")


@pytest.mark.parametrize("broken", [{}, {"current-context": "c"}, kubeconfig_for("x") | {"users": "SECRET"}])
def test_a_kubeconfig_that_cannot_be_used(tmp_path: Path, broken: dict[str, Any]) -> None:
    with pytest.raises(ClusterError, match="the kubeconfig cannot be used") as error:
        open_client(broken, tmp_path / "kube")
    assert "SECRET" not in str(error.value)


def certificate(folder: Path) -> Path:
    """A self-signed certificate for 127.0.0.1 with its key, as one PEM file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "k3s")])
    usage = x509.KeyUsage(True, False, False, False, False, True, True, False, False)
    built = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2049, 1, 1, tzinfo=UTC))
        .add_extension(x509.BasicConstraints(True, None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, SHA256())
    )
    plain = PrivateFormat.PKCS8, NoEncryption()
    path = folder / "tls.pem"
    path.write_bytes(built.public_bytes(Encoding.PEM) + key.private_bytes(Encoding.PEM, *plain))
    return path


def connected(server: Any, tmp_path: Path, ca: str) -> Any:
    """cluster.connect as the commands call it, with ssh played by the test."""
    port = int(server.url.rsplit(":", 1)[1])
    text = json.dumps(kubeconfig_for("https://127.0.0.1:6443", ca))

    @contextmanager
    def tunnel(host: Any, remote_port: int) -> Any:
        assert remote_port == 6443
        yield port

    def run(host: Any, command: str, input: str | None = None) -> Any:
        return CompletedProcess([], 0, text, "")

    host: Any = SimpleNamespace(name="alpha", ssh=SimpleNamespace(user="root"))
    return cluster.connect(host, tunnel, run, tmp_path)


def test_connect_goes_through_the_tunnel_with_tls_verified(server: Any, tmp_path: Path) -> None:
    pem = certificate(tmp_path)
    server.serve_tls(pem)
    discovery(server)
    put(server, "/api/v1/nodes", [NODE])
    with connected(server, tmp_path, pem.read_text()) as api:
        assert api.node().name == "n1"
    (tmp_path / "other").mkdir()
    other = certificate(tmp_path / "other").read_text()
    with (
        pytest.raises(ClusterError, match="certificate verify failed"),
        connected(server, tmp_path, other) as api,
    ):
        api.node()


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1073741824", 2**30),
        ("1Gi", 2**30),
        ("16393244Ki", 16393244 * 1024),
        ("2G", 2 * 10**9),
        ("1500m", 1),
        ("1e3", 1000),
    ],
)
def test_quantities(text: str, number: int) -> None:
    assert quantity.whole(text) == number


@pytest.mark.parametrize("text", ["", "Gi", "1GiB", "one"])
def test_what_is_no_quantity(text: str) -> None:
    with pytest.raises(ValueError, match="not a Kubernetes quantity"):
        quantity.parse(text)


def test_a_node_that_never_reported() -> None:
    node = objects.node_from({"metadata": {"name": "n"}, "status": {}})
    assert not node.ready and node.why == "the kubelet has not reported yet"

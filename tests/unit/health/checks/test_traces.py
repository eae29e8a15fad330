"""What an ended session may have left behind: the script on real folders, the claims on the API's JSON."""

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from binder_singlenode.cluster.pods import USERNAME_ANNOTATION, pod_from
from binder_singlenode.health.checks import traces
from binder_singlenode.layout import paths
from binder_singlenode.layout.names import HOME_STORAGE_CLASS

K3S = """#!/bin/sh
echo "$*" >> {folder}/asked
cat {folder}/containers
"""


def session(name: str = "jupyter-x", uid: str = "u-1", *volumes: dict[str, Any]) -> Any:
    metadata = {"name": name, "namespace": "binder", "uid": uid, "annotations": {USERNAME_ANNOTATION: "x"}}
    return pod_from({"metadata": metadata, "spec": {"containers": [], "volumes": list(volumes)}})


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The kubelet's folders, and a k3s that knows of containers."""
    for name in ("POD_LOGS", "CONTAINER_LOGS", "KUBELET_DATA"):
        (tmp_path / name).mkdir()
        monkeypatch.setattr(paths, name, str(tmp_path / name))
    (tmp_path / "containers").touch()
    (tmp_path / "k3s").write_text(K3S.format(folder=tmp_path))
    (tmp_path / "k3s").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    return tmp_path


def found(*pods: Any) -> list[str]:
    done = subprocess.run(["sh", "-c", traces.script(pods)], capture_output=True, text=True, check=True)
    return [word.rpartition("/")[2] for word in done.stdout.split()]


def test_nothing_is_left(machine: Path) -> None:
    (machine / "POD_LOGS" / "binder_hub-1_u-9").mkdir()
    assert found(session(), session("jupyter-y", "u-2")) == []
    wanted = 'labels."io.kubernetes.pod.name"==jupyter-'
    asked = (machine / "asked").read_text().splitlines()
    assert asked == [f"ctr -n k8s.io containers ls -q {wanted}{name}" for name in "xy"]
    assert found() == []


def test_everything_that_is_left_is_named(machine: Path) -> None:
    (machine / "POD_LOGS" / "binder_jupyter-x_u-1").mkdir()
    (machine / "CONTAINER_LOGS" / "jupyter-x_binder_notebook-c0ffee.log").symlink_to("/nowhere")
    (machine / "KUBELET_DATA" / "pods" / "u-2").mkdir(parents=True)
    (machine / "containers").write_text("c0ffee\n")
    assert sorted(found(session(uid="u-2"))) == [
        "binder_jupyter-x_u-1",
        "c0ffee",
        "jupyter-x_binder_notebook-c0ffee.log",
        "u-2",
    ]


def test_a_containerd_that_does_not_answer_is_no_proof(machine: Path) -> None:
    (machine / "k3s").write_text("#!/bin/sh\nexit 1\n")
    assert subprocess.run(["sh", "-c", traces.script([session()])], check=False).returncode == 1


def claim(name: str, storage_class: str | None = None, user: str = "") -> dict[str, Any]:
    annotations = {USERNAME_ANNOTATION: user} if user else None
    metadata = {"name": name, "namespace": "binder", "annotations": annotations}
    return {
        "kind": "PersistentVolumeClaim",
        "metadata": metadata,
        "spec": {"storageClassName": storage_class},
    }


def volume(name: str, of_claim: str, namespace: str = "binder", storage_class: str = "") -> dict[str, Any]:
    given = {"claimRef": {"name": of_claim, "namespace": namespace}, "storageClassName": storage_class}
    return {"kind": "PersistentVolume", "metadata": {"name": name}, "spec": given}


MOUNTED = {"name": "data", "persistentVolumeClaim": {"claimName": "mine"}}
MADE_FOR_IT = {"name": "scratch", "ephemeral": {"volumeClaimTemplate": {}}}


@pytest.mark.parametrize(
    ("item", "left"),
    [
        (claim("mine"), True),
        (claim("jupyter-x-scratch"), True),
        (claim("of-its-user", user="x"), True),
        (claim("hub-db-dir"), False),
        (claim("of-another-user", user="y"), False),
        (claim("mine", HOME_STORAGE_CLASS, user="x"), False),
        (volume("pvc-1", "mine"), True),
        (volume("pvc-1", "mine", "elsewhere"), False),
        (volume("pvc-1", "hub-db-dir"), False),
        (volume("binder-home-001", "mine", storage_class=HOME_STORAGE_CLASS), False),
        ({"kind": "PersistentVolume", "metadata": {"name": "free"}, "spec": {}}, False),
    ],
)
def test_claims_and_volumes_but_not_homes(item: dict[str, Any], left: bool) -> None:
    def kubectl(*words: str) -> Any:
        return {"items": [item]}

    pods = [session("jupyter-x", "u-1", MOUNTED, MADE_FOR_IT, {"name": "tmp", "emptyDir": {}})]
    told = traces.claims(pods, kubectl, "binder")
    assert told == ([f"{item['kind'].lower()}/{item['metadata']['name']}"] if left else [])

"""Objects of k3s' manifests that somebody deletes or edits: `up` makes them again, without a restart."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from binder_singlenode.deploy.context import Context
from binder_singlenode.deploy.operations import manifests
from binder_singlenode.deploy.operations.files import File
from binder_singlenode.deploy.steps import entry, registry

from .api_bed import Api
from .conftest import Seen


@pytest.fixture
def files(make: Any, tmp_path: Path) -> list[File]:
    """All manifests of a host."""
    context: Context = make(tmp_path, "address: 192.0.2.7\n")
    return [*registry.files(context), registry.manifest(context), entry.manifest(context)]


def up(api: Api, seen: Seen, files: list[File]) -> None:
    """What the steps do with them, in one go."""
    for file in files:
        api.path(file.path).write_text(file.content)
    edited = seen().edited
    api.run(manifests.apply_script([file.path for file in files], "binder", edited))


@pytest.fixture
def applied(api: Api, seen: Seen, files: list[File]) -> list[tuple[str, str]]:
    """Kind and name of each object."""
    up(api, seen, files)
    told = seen()
    assert not told.edited
    assert {name: told.applied[name] for name in map(_name, files)} == {_name(f): f.sha256 for f in files}
    texts = "\n---\n".join(file.content for file in files)
    return re.findall(r'^kind: (\w+)\nmetadata:\n  name: "?([\w-]+)', texts, re.MULTILINE)


def _name(file: File) -> str:
    return file.path.rpartition("/")[2]


def test_each_object_is_missed_and_made_again(
    api: Api, seen: Seen, files: list[File], applied: list[tuple[str, str]]
) -> None:
    assert {kind for kind, _ in applied} >= {"Namespace", "Service", "Deployment", "NetworkPolicy"}
    single = [(kind, name) for kind, name in applied if kind != "Namespace"]
    api.kubectl("delete -n binder --wait " + " ".join(f"{kind}/{name}" for kind, name in single))
    assert {f"{each}" for each in seen().edited} == {f"{kind} {name} is gone" for kind, name in single}
    up(api, seen, files)
    assert not seen().edited
    for kind, name in single:
        api.kubectl(f"get -n binder {kind} {name} -o name")


def test_a_deleted_namespace_comes_back_with_all_in_it(
    api: Api, seen: Seen, files: list[File], applied: list[tuple[str, str]]
) -> None:
    """Also while it is still being deleted: what is applied then would be lost."""
    api.kubectl("delete namespace binder --wait=false")
    assert "Namespace binder is gone" in {f"{each}" for each in seen().edited}
    up(api, seen, files)
    assert not seen().edited
    assert api.kubectl("get namespace binder -o jsonpath='{.status.phase}'") == "Active"
    api.kubectl("get deployment binder-registry -n binder -o name")


EDITS = {
    "scale deployment binder-registry -n binder --replicas=0": "spec.replicas was changed",
    "set selector -n binder service/binder-entry app=other": "spec.selector was set by kubectl-set",
    "label namespace binder pod-security.kubernetes.io/enforce=restricted": (
        "metadata.labels.pod-security.kubernetes.io/enforce was added by kubectl-label"
    ),
}


def test_an_edited_object_is_as_written_again(
    api: Api, seen: Seen, files: list[File], applied: list[tuple[str, str]]
) -> None:
    for edit in EDITS:
        api.kubectl(edit)
    told = "\n".join(f"{each}" for each in seen().edited)
    assert "Deployment binder-registry: spec.replicas was changed" in told
    assert "Service binder-entry: spec.selector" in told and "kubectl-set" in told
    assert EDITS["label namespace binder pod-security.kubernetes.io/enforce=restricted"] in told
    up(api, seen, files)
    assert not seen().edited
    labels = json.loads(api.kubectl("get namespace binder -o json"))["metadata"]["labels"]
    assert "pod-security.kubernetes.io/enforce" not in labels
    replicas = api.kubectl("get deployment binder-registry -n binder -o jsonpath='{.spec.replicas}'")
    assert replicas == "1"


def test_an_address_that_cannot_be_changed_back_is_made_again(
    api: Api, seen: Seen, files: list[File], applied: list[tuple[str, str]]
) -> None:
    before = api.kubectl("get service hub-entry -n binder -o jsonpath='{.spec.clusterIP}'")
    api.kubectl("delete service hub-entry -n binder")
    api.kubectl("create service clusterip hub-entry -n binder --tcp=80 --clusterip=10.43.77.77")
    (found,) = seen().edited
    assert "Service hub-entry: " in str(found) and "spec.clusterIP" in str(found)
    up(api, seen, files)
    assert not seen().edited
    assert api.kubectl("get service hub-entry -n binder -o jsonpath='{.spec.clusterIP}'") == before

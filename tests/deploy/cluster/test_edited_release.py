"""What somebody changes in the release is noticed, named and taken back: with a genuine API server."""

import json
from pathlib import Path
from typing import Any

import pytest

from binder_singlenode.deploy.operations import helm_upgrade
from binder_singlenode.layout import paths

from .api_bed import Api
from .conftest import Seen

NAMESPACE = "binder"
CONTAINER = "spec.template.spec.containers[binder]"


def upgrade(api: Api, seen: Seen) -> str:
    """What the release step does."""
    edited = seen().edited_of(paths.RELEASE_OBJECTS)
    return api.run(helm_upgrade.upgrade_script("binder", NAMESPACE, "label", edited))


def contents(api: Api) -> dict[str, Any]:
    """Every object of the release without its status and notes."""
    names = " ".join(f"{kind}/{name}" for kind, name in OBJECTS.items())
    items = json.loads(api.kubectl(f"get -n {NAMESPACE} {names} -o json"))["items"]
    found = {}
    for item in items:
        part = {key: value for key, value in item.items() if key not in ("metadata", "status")}
        found[item["kind"]] = part | {"labels": item["metadata"].get("labels")}
    return found


@pytest.fixture(scope="module")
def installed(api: Api, chart: Path) -> dict[str, Any]:
    api.run(helm_upgrade.upgrade_script("binder", NAMESPACE, "label"))
    return contents(api)


PATCH = "patch -n binder"
REMOVE = """--type=json -p '[{"op":"remove","path":"/spec/template/spec/containers/0/ports"}]'"""
ARGS = """--type=json -p '[{"op":"replace","path":"/spec/template/spec/containers/0/args","value":["x"]}]'"""
VERBS = """--type=json -p '[{"op":"add","path":"/rules/0/verbs/-","value":"delete"}]'"""
SELECTOR = """-p '{"spec":{"template":{"spec":{"nodeSelector":{"a":"b"}}}}}'"""
EDITS = {
    "set resources -n binder deployment/binder --limits=memory=1Gi": (
        f"{CONTAINER}.resources.limits.memory was set by kubectl-set"
    ),
    "set image -n binder deployment/binder binder=example/other": (
        f"{CONTAINER}.image was set by kubectl-set"
    ),
    "set env -n binder deployment/binder DEBUG=1": f"{CONTAINER}.env[DEBUG] was added by kubectl-set",
    "set env -n binder deployment/binder HUB-": f"{CONTAINER}.env[HUB] was removed",
    "scale -n binder deployment/binder --replicas=0": "spec.replicas was changed",
    "rollout pause -n binder deployment/binder": "spec.paused was added by kubectl-rollout",
    f"{PATCH} deployment/binder {SELECTOR}": ("spec.template.spec.nodeSelector was added by kubectl-patch"),
    f"{PATCH} deployment/binder {REMOVE}": f"{CONTAINER}.ports was removed",
    f"{PATCH} deployment/binder {ARGS}": f"{CONTAINER}.args was set by kubectl-patch",
    "label -n binder --overwrite deployment/binder part=2": ("metadata.labels.part was set by kubectl-label"),
    f"""{PATCH} configmap/settings --field-manager=Lens -p '{{"data":{{"colour":"red"}}}}'""": (
        "data.colour was set by Lens"
    ),
    f"""{PATCH} configmap/settings --field-manager=dashboard -p '{{"data":{{"x":"y"}}}}'""": (
        "data.x was added by dashboard"
    ),
    f"""{PATCH} secret/keys -p '{{"data":{{"key":"eHg="}}}}'""": "data was set by kubectl-patch",
    "set selector -n binder service/binder app=other": "spec.selector.app was set by kubectl-set",
    f"{PATCH} role/binder {VERBS}": "rules[0].verbs was set by kubectl-patch",
}
"""What somebody types -> what is said about the field."""
OBJECTS = {
    "Deployment": "binder",
    "ConfigMap": "settings",
    "Secret": "keys",
    "Service": "binder",
    "Role": "binder",
}


def test_as_installed_nothing_is_edited(installed: dict[str, Any], seen: Seen) -> None:
    told = seen()
    assert told.answered and not told.edited
    assert "release-objects.yaml" in told.applied


def test_edits_are_named_and_taken_back(api: Api, installed: dict[str, Any], seen: Seen) -> None:
    api.kubectl("version >/dev/null; " + "; ".join(f"{api.folder}/k3s kubectl {edit}" for edit in EDITS))
    edited = seen().edited_of(paths.RELEASE_OBJECTS)
    assert {f"{change}" for each in edited for change in each.changes} == set(EDITS.values())
    assert {each.key[0] for each in edited} == set(installed)
    upgrade(api, seen)
    assert not seen().edited
    assert contents(api) == installed


def test_deleted_objects_are_named_and_made_again(api: Api, installed: dict[str, Any], seen: Seen) -> None:
    api.kubectl(f"delete -n binder {' '.join(f'{kind}/{name}' for kind, name in OBJECTS.items())}")
    assert sorted(f"{each}" for each in seen().edited) == sorted(
        f"{kind} {name} is gone" for kind, name in OBJECTS.items()
    )
    upgrade(api, seen)
    assert not seen().edited
    assert contents(api).keys() == installed.keys()


def test_restarting_pods_is_no_edit(api: Api, installed: dict[str, Any], seen: Seen) -> None:
    api.kubectl("rollout restart -n binder deployment/binder")
    assert not seen().edited


def test_a_failed_upgrade_rolls_back_over_an_edit(api: Api, installed: dict[str, Any], seen: Seen) -> None:
    api.kubectl("set resources -n binder deployment/binder --limits=memory=1Gi")
    api.path(paths.VALUES).write_text("tag: a\nbroken: true\n")
    try:
        with pytest.raises(AssertionError) as failed:
            upgrade(api, seen)
    finally:
        api.path(paths.VALUES).write_text("tag: a\n")
    assert "Rolling back to revision" in str(failed.value)
    assert "The rollback failed too." not in str(failed.value).splitlines()
    assert contents(api)["Deployment"]["spec"]["replicas"] == 1
    memory = "{.spec.template.spec.containers[0].resources.limits.memory}"
    assert api.kubectl(f"get -n binder deployment/binder -o jsonpath='{memory}'") == "512Mi"
    assert "release-objects.yaml" not in seen().applied, "the next `up` upgrades again"
    upgrade(api, seen)
    assert not seen().edited


def test_no_secret_leaves_the_host(api: Api, installed: dict[str, Any]) -> None:
    record = api.path(f"{paths.APPLIED}/release-objects.yaml")
    assert "aGlkZGVuLWZyb20tZXZlcnlib2R5" not in record.read_text()
    assert record.stat().st_mode & 0o077 == 0

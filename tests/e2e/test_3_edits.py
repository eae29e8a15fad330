"""What a hand has changed is named by `verify` and `plan`, and one `up` takes it back."""

from typing import Any

import pytest

from binder_singlenode.layout import paths

from .helpers.bed import UP_TIMEOUT_S, Origin, Tool, end, launch, no_sessions, up

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(2 * UP_TIMEOUT_S + 600)]

KUBECTL = "k3s kubectl"
OBJECTS = {
    "deployment/binder-registry": "registry: Apply",
    "service/binder-registry": "registry: Apply",
    "networkpolicy/binder-registry": "registry: Apply",
    "networkpolicy/binder-builds": "registry: Apply",
    "service/binder-entry": "entry: Apply",
    "service/hub-entry": "entry: Apply",
}
"""The objects of the manifests, and the operation that makes each again."""


def planned(tool: Tool, origin: Origin) -> list[str]:
    plan = tool.json("plan", "e2e", *origin.up_options)
    return [f"{each['step']}: {each['name']}" for each in plan["operations"] if each["change"]]


def healed(tool: Tool, origin: Origin) -> None:
    """Nothing is left to do, `verify` passes, and a session starts."""
    assert planned(tool, origin) == []
    tool("verify", "e2e", timeout_s=1200)
    end(tool, launch(tool, origin.repository))


@pytest.mark.long
@pytest.mark.parametrize("name", OBJECTS)
def test_a_deleted_object_of_a_manifest(
    name: str, tool: Tool, origin: Origin, provisioned: dict[str, Any]
) -> None:
    tool.ssh(f"{KUBECTL} delete -n binder {name} --wait")
    single = name.rpartition("/")[2]
    found = tool("verify", "e2e", timeout_s=1200, check=False)
    assert found.returncode != 0 and f"{single} is gone" in found.stdout + found.stderr
    (line,) = planned(tool, origin)
    assert line.startswith(OBJECTS[name]) and f"{single} is gone" in line
    up(tool, origin, "--no-verify")
    tool.ssh(f"{KUBECTL} get -n binder {name}")
    assert planned(tool, origin) == []


def test_all_of_them_and_a_launch(tool: Tool, origin: Origin, provisioned: dict[str, Any]) -> None:
    tool.ssh(f"{KUBECTL} delete -n binder {' '.join(OBJECTS)} --wait")
    up(tool, origin, "--no-verify")
    healed(tool, origin)


def test_edited_fields_of_the_release(tool: Tool, origin: Origin, provisioned: dict[str, Any]) -> None:
    """Fields that were set, added and removed; a paused Deployment would otherwise never be rolled out."""
    tool.ssh(
        f"{KUBECTL} set resources -n binder deployment/binder --limits=memory=777Mi"
        f" && {KUBECTL} set env -n binder deployment/binder ADDED=1"
        f" && {KUBECTL} rollout pause -n binder deployment/binder"
    )
    (line,) = planned(tool, origin)
    assert "limits.memory was set by kubectl-set" in line and "spec.paused was added" in line
    assert up(tool, origin, "--no-verify")["changes"] == [line]
    text = tool.ssh(f"{KUBECTL} get deployment binder -n binder -o yaml")
    assert "777Mi" not in text and "ADDED" not in text and "paused" not in text
    healed(tool, origin)


@pytest.mark.long
def test_a_deleted_namespace(tool: Tool, origin: Origin, provisioned: dict[str, Any]) -> None:
    """Also when it is still being deleted as `up` begins."""
    no_sessions(tool)
    tool.ssh(f"{KUBECTL} delete namespace binder --wait=false")
    up(tool, origin, "--no-verify")
    healed(tool, origin)


def test_masked_stopped_and_overridden_units(tool: Tool, origin: Origin, provisioned: dict[str, Any]) -> None:
    override = f"/etc/systemd/system/{paths.ENTRY_UNIT}.d/override.conf"
    tool.ssh(
        f"systemctl disable --now {paths.UPKEEP_TIMER}"
        f" && ln -sf /dev/null /etc/systemd/system/{paths.CLEAN_TIMER} && systemctl daemon-reload"
        f" && systemctl stop {paths.CLEAN_TIMER}"
        f" && mkdir -p {override.rpartition('/')[0]}"
        f" && printf '[Service]\\nExecStart=\\nExecStart=/bin/sleep 1d\\n' > {override}"
        f" && systemctl daemon-reload && systemctl restart --no-block {paths.ENTRY_UNIT}"
    )
    lines = "\n".join(planned(tool, origin))
    assert override in lines and paths.CLEAN_TIMER in lines and "hourly upkeep" in lines
    up(tool, origin, "--no-verify")
    told = tool.ssh(f"systemctl is-active {paths.CLEAN_TIMER} {paths.UPKEEP_TIMER} {paths.ENTRY_UNIT}")
    assert told.split() == ["active"] * 3
    tool.ssh(f"test -f {override}.moved-by-binder && rm {override}.moved-by-binder")
    healed(tool, origin)


def test_deleted_images(tool: Tool, origin: Origin, provisioned: dict[str, Any]) -> None:
    """Images of the bundle that no pod uses any more: a host without internet access could not start one."""
    if not origin.up_options:
        pytest.skip("without a bundle the kubelet pulls images again")
    names = tool.ssh(f"sed 1d {paths.IMPORTED}").split()
    assert names
    tool.ssh(f"k3s ctr -n k8s.io images rm {' '.join(names)}")
    (line,) = planned(tool, origin)
    assert line.startswith("k3s: Import images that are gone") and names[0] in line
    up(tool, origin, "--no-verify")
    assert set(names) <= set(tool.ssh("k3s ctr -n k8s.io images ls -q").split())
    healed(tool, origin)

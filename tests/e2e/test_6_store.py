"""The shared image store on the VM: nothing is pushed or pulled, and nothing stays behind on the way back."""

import contextlib
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from .helpers.bed import (
    UP_TIMEOUT_S,
    Origin,
    Tool,
    empty_disk,
    end,
    eventually,
    fill_disk,
    launch,
    pods,
    steps_of,
    up,
)
from .helpers.group import Group
from .test_5_persistent import MOUNTED

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(2 * UP_TIMEOUT_S + 600)]

CUT = """table inet cut {
  chain out { type filter hook postrouting priority 0; oifname "eth0" ct state new counter drop; }
}"""
"""No new connection leaves the machine. Answers to ssh and to visitors do: they came from outside. (At the
output hook what goes to a Service still seems to leave by eth0.)"""
CLOSED_REGISTRY = "http://gitserver.binder:8080/closed-registry"
"""Its RUN fails when it reaches the registry, to which the builder then pushes."""
IMAGES = "k3s ctr -n k8s.io images ls -q"
LEASES = "k3s ctr -n k8s.io leases ls | grep gc.flat | grep -v gc.expire || true"


@pytest.fixture
def repository(origin: Origin) -> str:
    return origin.repository if origin.internet else CLOSED_REGISTRY


@contextlib.contextmanager
def network_cut(tool: Tool, origin: Origin) -> Iterator[None]:
    """The machine alone in the world; not where BinderHub asks a site for the newest commit."""
    if origin.internet:
        yield
        return
    tool.ssh(f"nft -f - <<'EOF'\n{CUT}\nEOF")
    try:
        tool.ssh("timeout 3 bash -c '</dev/tcp/10.0.2.2/9' 2>/dev/null; true")
        assert " packets 0 " not in tool.ssh("nft list chain inet cut out"), "the cut stops nothing"
        yield
    finally:
        tool.ssh("nft delete table inet cut")


def exists(tool: Tool, path: str) -> bool:
    return tool.ssh(f"test -e {path} && echo yes || echo no").strip() == "yes"


def _launched(group: Group, repository: str) -> dict[str, Any]:
    """A session that has answered, and is gone."""
    session = group.launch(repository)
    group.ask(session, "GET", "api")
    group.end(session)
    return session


def test_the_registry_and_its_images_are_gone(tool: Tool, grouped: dict[str, Any]) -> None:
    assert any(each.startswith("release: Bring the release up to date") for each in grouped["changes"])
    assert pods(tool, "app=binder-registry") == []
    assert not exists(tool, "/var/lib/binder-singlenode/registry")
    assert not exists(tool, "/var/lib/dind")


def test_what_is_built_is_the_kubelets_at_once_and_then_needs_no_network(
    tool: Tool, origin: Origin, grouped: dict[str, Any], group: Group, repository: str
) -> None:
    first = _launched(group, repository)
    assert first["found_image"] is False
    assert first["image"].startswith("binder.invalid/")
    assert first["image"] in tool.ssh(IMAGES).splitlines()
    with network_cut(tool, origin):
        second = _launched(group, repository)
    assert second["found_image"] is True
    assert second["image"] == first["image"]


def test_the_kubelet_collects_what_nobody_uses_and_keeps_what_the_bundle_brought(
    tool: Tool, grouped: dict[str, Any], group: Group, repository: str
) -> None:
    """Nothing else cleans up here. It looks every five minutes."""
    image = _launched(group, repository)["image"]
    pinned = {each for each in tool.ssh(IMAGES).splitlines() if each.startswith("docker.io/")}
    fill_disk(tool, 12)  # fuller than all shares together, and launches are not refused yet
    try:
        eventually("the image is gone", lambda: image not in tool.ssh(IMAGES).splitlines(), 900)
    finally:
        empty_disk(tool)
    assert pinned <= set(tool.ssh(IMAGES).splitlines())
    assert _launched(group, repository)["found_image"] is False


def _launched_without_sign_in(tool: Tool, repository: str) -> dict[str, Any]:
    """The same where nobody signs in."""
    session = launch(tool, repository)
    token = {"token": session["token"]}
    assert httpx.get(session["url"] + "api", params=token, timeout=60).status_code == 200
    end(tool, session)
    return session


@pytest.mark.long
def test_the_way_back_leaves_nothing_but_the_homes(
    tool: Tool, origin: Origin, vm: dict[str, Any], grouped: dict[str, Any], repository: str
) -> None:
    back = up(tool, origin, "--no-verify")
    assert steps_of(back) == {"k3s", "registry", "release", "store", "entry", "cleaning", "upkeep"}
    assert {"store: Remove /var/lib/dind-shared", "entry: Start the entry"} <= set(back["changes"])
    answer = httpx.get(f"http://127.0.0.1:{vm['http_port']}/versions", timeout=60)
    assert answer.status_code == 200
    assert not exists(tool, "/var/lib/dind-shared")
    assert not exists(tool, "/run/docker.sock")
    assert tool.ssh(LEASES) == ""
    assert len(tool.ssh(MOUNTED).split()) == 2
    launched = _launched_without_sign_in(tool, repository)
    assert launched["found_image"] is False
    assert ":5000/" in launched["image"]
    with network_cut(tool, origin):
        assert _launched_without_sign_in(tool, repository)["found_image"] is True
    again = up(tool, origin, "--no-verify")
    assert again["changed"] == 0, again["changes"]

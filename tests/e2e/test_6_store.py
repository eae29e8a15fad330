"""The host with the shared image store, and back: nothing is pushed or pulled, and nothing stays behind."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from binder_singlenode import config

from .conftest import LAUNCH_TIMEOUT_S, UP_TIMEOUT_S, Origin, Tool, end, pods

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


def up(tool: Tool, origin: Origin) -> dict[str, Any]:
    result: dict[str, Any] = tool.json(
        "up", "e2e", "--yes", "--no-verify", *origin.up_options, timeout_s=UP_TIMEOUT_S
    )
    return result


def use_store(tool: Tool, store: str) -> None:
    """Edit the VM's host file, as its operator would."""
    path = Path(tool.environment["XDG_STATE_HOME"]) / "binder-singlenode" / "hosts" / "e2e.yaml"
    config.edit(path, {"images": {"store": store}})


def launch_and_end(tool: Tool, repository: str) -> dict[str, Any]:
    """A session that has answered, and is gone."""
    launched: dict[str, Any] = tool.json("launch", "e2e", repository, timeout_s=LAUNCH_TIMEOUT_S)
    token = {"token": launched["token"]}
    assert httpx.get(launched["url"] + "api", params=token, timeout=60).status_code == 200
    end(tool, launched)
    return launched


@contextlib.contextmanager
def network_cut(tool: Tool) -> Iterator[None]:
    """The machine alone in the world."""
    tool.ssh(f"nft -f - <<'EOF'\n{CUT}\nEOF")
    try:
        tool.ssh("timeout 3 bash -c '</dev/tcp/10.0.2.2/9' 2>/dev/null; true")
        assert " packets 0 " not in tool.ssh("nft list chain inet cut out"), "the cut stops nothing"
        yield
    finally:
        tool.ssh("nft delete table inet cut")


def exists(tool: Tool, path: str) -> bool:
    return tool.ssh(f"test -e {path} && echo yes || echo no").strip() == "yes"


@pytest.fixture(scope="module")
def shared(tool: Tool, origin: Origin, provisioned: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The host with the shared store; afterwards its host file says registry again."""
    use_store(tool, "shared")
    yield up(tool, origin)
    use_store(tool, "registry")


@pytest.fixture(scope="module")
def first(tool: Tool, origin: Origin, shared: dict[str, Any]) -> dict[str, Any]:
    return launch_and_end(tool, origin.repository)


def test_the_registry_and_its_images_are_gone(tool: Tool, shared: dict[str, Any]) -> None:
    assert "release: Bring the release up to date" in shared["changes"]
    assert pods(tool, "app=binder-registry") == []
    assert not exists(tool, "/var/lib/binder-singlenode/registry")
    assert not exists(tool, "/var/lib/dind")


def test_what_is_built_is_the_kubelets_at_once(tool: Tool, first: dict[str, Any]) -> None:
    assert first["found_image"] is False
    assert first["image"].startswith("binder.invalid/")
    assert first["image"] in tool.ssh(IMAGES).splitlines()


def test_a_cached_launch_needs_no_network(tool: Tool, origin: Origin, first: dict[str, Any]) -> None:
    if not origin.vm_options:
        pytest.skip("the repository is on the internet, where BinderHub asks for its newest commit")
    with network_cut(tool):
        second = launch_and_end(tool, origin.repository)
    assert second["found_image"] is True
    assert second["image"] == first["image"]


def test_a_second_up_changes_nothing(tool: Tool, origin: Origin, shared: dict[str, Any]) -> None:
    again = up(tool, origin)
    assert again["changed"] == 0, again["changes"]


def test_and_back_to_the_registry(tool: Tool, origin: Origin, first: dict[str, Any]) -> None:
    use_store(tool, "registry")
    assert "store: Remove /var/lib/dind-shared" in up(tool, origin)["changes"]
    assert not exists(tool, "/var/lib/dind-shared")
    assert not exists(tool, "/run/docker.sock")
    assert tool.ssh(LEASES) == ""
    repository = CLOSED_REGISTRY if origin.vm_options else origin.repository
    launched = launch_and_end(tool, repository)
    assert launched["found_image"] is False
    assert ":5000/" in launched["image"]
    if origin.vm_options:
        with network_cut(tool):
            assert launch_and_end(tool, repository)["found_image"] is True
    again = up(tool, origin)
    assert again["changed"] == 0, again["changes"]

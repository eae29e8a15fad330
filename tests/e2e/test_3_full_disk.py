"""The disk is filled for real: launches fail with a sentence, the node stays up, and nothing is lost."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from binder_singlenode.layout import paths

from .helpers.bed import UP_TIMEOUT_S, Origin, Tool, empty_disk, eventually, fill_disk, launch, refused

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(UP_TIMEOUT_S + 1800)]

SENTENCE = "The disk of this BinderHub is full"
PRESSURE_LIMIT_S = 600
"""The kubelet reports the end of a pressure five minutes late."""
RECOVERY_LIMIT_S = 1500


def end_sessions(tool: Tool) -> None:
    """A small machine has room for one session of a repository."""
    tool.ssh("k3s kubectl delete pods -n binder -l component=singleuser-server --wait --timeout=100s")


@pytest.fixture
def room_again(tool: Tool, provisioned: dict[str, Any]) -> Iterator[None]:
    """No session of an earlier test is there; whatever the test finds, the disk has room after it."""
    end_sessions(tool)
    yield
    empty_disk(tool)
    end_sessions(tool)
    eventually("the node has room", lambda: condition(tool, "DiskPressure") == "False", PRESSURE_LIMIT_S)


def condition(tool: Tool, kind: str) -> str:
    """The node's condition: True, False or Unknown."""
    path = f'{{.items[0].status.conditions[?(@.type=="{kind}")].status}}'
    return tool.ssh(f"k3s kubectl get nodes -o jsonpath='{path}'").strip()


def treasure(tool: Tool) -> dict[str, str]:
    """What must not be lost: the images' names, volumes, and the cluster's own database."""
    store = f"{paths.REGISTRY_DATA}/docker/registry/v2/repositories"
    return {
        "images": tool.ssh(f"cd {store} && find . -path '*/_manifests/tags/*/current/link' | sort"),
        "volumes": tool.ssh("find /var/lib/rancher/k3s/storage -type f -printf '%P\\n' 2>/dev/null | sort"),
        "cluster": tool.ssh("k3s kubectl get namespace binder -o jsonpath='{.metadata.uid}'"),
    }


@pytest.mark.usefixtures("room_again")
def test_a_full_disk_refuses_launches_and_harms_nobody(
    tool: Tool, origin: Origin, provisioned: dict[str, Any]
) -> None:
    session = launch(tool, origin.repository)
    fill_disk(tool, 7)
    said = refused(tool, origin.repository)
    assert SENTENCE in said and "`status`" in said
    status = tool.json("status", "e2e", check=False)
    assert any(line.startswith("the disk is full: ") for line in status["problems"]), status["problems"]
    answer = httpx.get(session["url"] + "api", params={"token": session["token"]}, timeout=60)
    assert answer.status_code == 200, "the session that runs is not bothered"
    assert (condition(tool, "Ready"), condition(tool, "DiskPressure")) == ("True", "False")
    end_sessions(tool)
    empty_disk(tool)
    again = launch(tool, origin.repository)
    assert again["found_image"] is True


@pytest.mark.long
@pytest.mark.usefixtures("room_again")
def test_a_disk_filled_to_the_brim_loses_nothing(
    tool: Tool, origin: Origin, provisioned: dict[str, Any]
) -> None:
    before = treasure(tool)
    assert before["images"]
    fill_disk(tool, 2)
    eventually(
        "the node reports DiskPressure", lambda: condition(tool, "DiskPressure") == "True", PRESSURE_LIMIT_S
    )
    refused(tool, origin.repository)  # by then BinderHub, or the git server, may have been evicted
    assert condition(tool, "Ready") == "True"
    empty_disk(tool)
    tool.ssh("systemctl start binder-clean.service", timeout_s=900)
    eventually("the node has room", lambda: condition(tool, "DiskPressure") == "False", PRESSURE_LIMIT_S)

    def verified() -> bool:
        return tool("verify", "e2e", timeout_s=1200, check=False).returncode == 0

    eventually("verify passes", verified, RECOVERY_LIMIT_S)
    assert treasure(tool) == before
    launched = launch(tool, origin.repository)
    assert launched["found_image"] is True


def test_the_disk_is_told_share_by_share(tool: Tool, provisioned: dict[str, Any]) -> None:
    tool.ssh("systemctl start binder-clean.service", timeout_s=900)
    status = tool.json("status", "e2e")
    shares = {each["name"]: each for each in status["shares"]}
    assert set(shares) == {"images", "registry", "build-cache", "logs", "state"}
    assert all(0 < each["used_bytes"] <= each["budget_bytes"] for each in shares.values()), shares
    assert shares["images"]["days_until_full"] is None, "less than a day of history says nothing"

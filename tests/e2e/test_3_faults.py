"""What breaks is repaired by `up`; a greedy build and a reboot break nothing."""

from typing import Any

import pytest

from .helpers.bed import LAUNCH_TIMEOUT_S, UP_TIMEOUT_S, Origin, Tool, end, eventually, launch, reboot, up

RELEASE = "release: Bring the release up to date"

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(UP_TIMEOUT_S + 600)]


def test_a_deleted_deployment_is_repaired(tool: Tool, origin: Origin, provisioned: dict[str, Any]) -> None:
    tool.ssh("k3s kubectl delete deployment binder -n binder --wait")
    plan = tool.json("plan", "e2e", *origin.up_options)
    planned = [f"{each['step']}: {each['name']}" for each in plan["operations"] if each["change"]]
    repaired = up(tool, origin, "--no-verify")
    assert repaired["changes"] == planned == [f"{RELEASE} (Deployment binder is gone)"]
    tool("verify", "e2e", timeout_s=1200)


def oom_kills(tool: Tool, of: str) -> int:
    """How many processes the kernel has ended for their memory, in one group or on the whole node."""
    return int(tool.ssh(f"awk '$1 == \"oom_kill\" {{print $2}}' {of}"))


def test_a_greedy_build_ends_alone(tool: Tool, origin: Origin, provisioned: dict[str, Any]) -> None:
    """Its process is killed in the builds' own group: no other one on the node is."""
    if not origin.up_options:
        pytest.skip("the repository is the test bed's")
    everywhere = oom_kills(tool, "/proc/vmstat")
    greedy = "http://gitserver.binder:8080/greedy-build"
    failed = tool("launch", "e2e", greedy, timeout_s=LAUNCH_TIMEOUT_S, check=False)
    assert failed.returncode == 1
    builds = oom_kills(tool, "/sys/fs/cgroup/binderbuilds.slice/memory.events")
    assert builds > 0
    assert oom_kills(tool, "/proc/vmstat") - everywhere == builds


def test_all_of_it_is_true_after_a_reboot(tool: Tool, origin: Origin, provisioned: dict[str, Any]) -> None:
    reboot(tool)

    def verified() -> bool:
        return tool("verify", "e2e", timeout_s=1200, check=False).returncode == 0

    eventually("verify passes", verified, 1200)
    again = up(tool, origin, "--no-verify")
    assert again["changed"] == 0, again["changes"]
    launched = launch(tool, origin.repository)
    assert launched["found_image"] is True
    end(tool, launched)

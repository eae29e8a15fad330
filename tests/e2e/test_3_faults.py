"""What breaks is repaired by `up`; a reboot breaks nothing."""

from typing import Any

import pytest

from .conftest import LAUNCH_TIMEOUT_S, UP_TIMEOUT_S, Origin, Tool, eventually

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(UP_TIMEOUT_S + 600)]


def test_a_deleted_deployment_is_repaired(tool: Tool, origin: Origin, provisioned: dict[str, Any]) -> None:
    tool.ssh("k3s kubectl delete deployment binder -n binder --wait")
    repaired = tool.json("up", "e2e", "--yes", "--no-verify", *origin.up_options, timeout_s=UP_TIMEOUT_S)
    assert repaired["changes"] == ["release: Bring the release up to date"]
    tool("verify", "e2e", timeout_s=1200)


def test_all_of_it_is_true_after_a_reboot(tool: Tool, origin: Origin, provisioned: dict[str, Any]) -> None:
    boot = tool.ssh("cat /proc/sys/kernel/random/boot_id")
    tool("vm", "ssh", "e2e", "--", "systemctl reboot", check=False)

    def rebooted() -> bool:
        told = tool("vm", "ssh", "e2e", "--", "cat /proc/sys/kernel/random/boot_id", check=False)
        return told.returncode == 0 and told.stdout != boot

    eventually("the VM has booted anew", rebooted, 600)

    def verified() -> bool:
        return tool("verify", "e2e", timeout_s=1200, check=False).returncode == 0

    eventually("verify passes", verified, 1200)
    again = tool.json("up", "e2e", "--yes", "--no-verify", *origin.up_options, timeout_s=UP_TIMEOUT_S)
    assert again["changed"] == 0, again["changes"]
    launched = tool.json("launch", "e2e", origin.repository, timeout_s=LAUNCH_TIMEOUT_S)
    assert launched["found_image"] is True

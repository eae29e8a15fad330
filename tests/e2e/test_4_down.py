"""`down`: the machine is as before."""

from typing import Any

import pytest

from binder_singlenode.deploy.down_script import removals

from .conftest import UP_TIMEOUT_S, Tool

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(UP_TIMEOUT_S + 600)]


def test_down_leaves_nothing(tool: Tool, provisioned: dict[str, Any]) -> None:
    tool("down", "e2e", "--yes", timeout_s=1200)
    paths = [line for line in removals(keep_data=False) if line.startswith("/")]
    assert paths
    assert tool.ssh(f"ls -d {' '.join(paths)} 2>/dev/null || true") == ""
    assert tool.ssh("pgrep -af 'k3s|containerd|caddy|kube' | grep -v pgrep || true") == ""
    assert tool.ssh("grep -E 'kubelet|k3s|dind|binder' /proc/mounts | grep -v binder-seed || true") == ""
    assert "binder" not in tool.ssh("nft list ruleset; ip -o link")
    units = tool.ssh("systemctl list-unit-files --no-legend --no-pager 'k3s*' 'binder*'").split("\n")
    assert [unit for unit in units if unit and not unit.startswith("binder-seed")] == []  # the VM's own


def test_down_again_finds_nothing_to_do(tool: Tool, vm: dict[str, Any]) -> None:
    tool("down", "e2e", "--yes", timeout_s=600)

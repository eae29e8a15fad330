"""`down`: the machine is as before."""

from typing import Any

import pytest

from .conftest import UP_TIMEOUT_S, Tool, later

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(UP_TIMEOUT_S + 600)]


@later
def test_down_leaves_nothing(tool: Tool, provisioned: dict[str, Any]) -> None:
    tool("down", "e2e", "--yes", timeout_s=1200)
    from binder_singlenode.deploy.down_script import removals

    paths = [line.split()[0] for line in removals(False) if line.startswith("/")]
    assert paths
    left = tool.ssh(f"ls -d {' '.join(paths)} 2>/dev/null || true")
    assert left == ""
    assert tool.ssh("pgrep -af 'k3s|containerd|caddy|kube' | grep -v pgrep || true") == ""
    assert tool.ssh("grep -E 'kubelet|k3s|binder' /proc/mounts || true") == ""
    assert "binder" not in tool.ssh("nft list ruleset; ip -o link; systemctl list-unit-files --no-pager")

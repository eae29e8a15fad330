"""Our kernel settings hold although a file sorts behind ours: tried with those of a network namespace."""

import subprocess
from pathlib import Path

import pytest

from binder_singlenode.deploy.context import Context
from binder_singlenode.deploy.steps import k3s, kernel, retention
from binder_singlenode.layout import paths

COMMAND = f"/usr/sbin/sysctl -q -p {paths.SYSCTL}"


def units(context: Context) -> dict[str, str]:
    files = (*kernel.files(context), *k3s.files(context), *retention.files(context))
    return {file.path: file.content for file in files}


def test_ours_are_applied_behind_the_systems_own_service_before_k3s_and_each_hour(context: Context) -> None:
    texts = units(context)
    assert f"[Service]\nExecStart=-{COMMAND}\n" in texts[paths.SYSCTL_AGAIN]
    assert paths.SYSCTL_AGAIN.startswith("/etc/systemd/system/systemd-sysctl.service.d/")
    assert f"ExecStartPre=-{COMMAND}\n" in texts[paths.unit_path(paths.K3S_UNIT)]
    assert f"ExecStart=-{COMMAND}\n" in texts[paths.unit_path(paths.UPKEEP_SERVICE)]


@pytest.mark.parametrize(
    "other",
    ["net.ipv4.ip_forward=0", "net.ipv4.conf.all.forwarding=0", "net.ipv4.conf.default.forwarding=0"],
)
def test_interfaces_that_are_made_later_forward(other: str, context: Context, tmp_path: Path) -> None:
    lines = [line for line in units(context)[paths.SYSCTL].splitlines() if line.startswith("net.ipv4.")]
    (tmp_path / "ours").write_text("\n".join(lines) + "\n")
    script = (
        f"sysctl -q -w net.ipv4.ip_forward=1 && sysctl -q -w {other} && sysctl -q -p ours"
        " && ip link add cni0 type bridge"
        " && cat /proc/sys/net/ipv4/ip_forward /proc/sys/net/ipv4/conf/cni0/forwarding"
    )
    done = subprocess.run(
        ["unshare", "-n", "sh", "-c", script],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
        cwd=tmp_path,
    )
    if "not permitted" in done.stderr or "Unknown device type" in done.stderr:
        pytest.skip("needs root and bridges: a network namespace")
    assert done.stdout.split() == ["1", "1"], done.stderr

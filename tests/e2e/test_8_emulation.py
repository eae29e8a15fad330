"""One smoke test with Debian's own kernel, on an emulated CPU: what user-mode Linux cannot show.

The kernel, its modules, the initial RAM disk and the virtio devices are those of a real machine.
"""

from collections.abc import Iterator
from typing import Any

import pytest

from .helpers.bed import UP_TIMEOUT_S, VM_TIMEOUT_S, Origin, Tool, eventually, healthy, launch, up

pytestmark = [pytest.mark.e2e, pytest.mark.long, pytest.mark.timeout(2 * UP_TIMEOUT_S)]

NAME = "smoke"
BOOT_ID = ("vm", "ssh", NAME, "--", "cat /proc/sys/kernel/random/boot_id")


@pytest.fixture(scope="module")
def smoke(
    tool: Tool, vm: dict[str, Any], origin: Origin, request: pytest.FixtureRequest
) -> Iterator[dict[str, Any]]:
    """A VM in qemu; not where all of the chapters before ran in one."""
    if vm["provider"] == "qemu":
        pytest.skip(f"the chapters before ran in {vm['how']}")
    if request.config.getoption("--provider") == "uml":
        pytest.skip("--provider uml")
    words = ("vm", "create", NAME, "--provider", "qemu", "--memory", "6G", *origin.vm_options)
    yield tool.json(*words, timeout_s=VM_TIMEOUT_S)
    tool("vm", "destroy", NAME, "--yes")


def test_debians_own_kernel_boots_serves_and_reboots(
    tool: Tool, origin: Origin, smoke: dict[str, Any]
) -> None:
    assert tool("vm", "ssh", NAME, "--", "uname -r").stdout.strip().endswith("-amd64")
    made = up(tool, origin, "--no-verify", host=NAME)
    assert made["changed"] > 20
    launched = launch(tool, origin.repository, host=NAME)
    assert launched["found_image"] is False
    boot = tool(*BOOT_ID).stdout
    tool("vm", "ssh", NAME, "--", "systemctl reboot", check=False)

    def rebooted() -> bool:
        told = tool(*BOOT_ID, check=False)
        return told.returncode == 0 and told.stdout != boot

    eventually("the VM has booted again", rebooted, 900)
    healthy(smoke["http_port"], 1200)
    assert launch(tool, origin.repository, host=NAME)["found_image"] is True

"""A boot with Kubernetes held back: what is for pods and Services stays inside; visitors read a sentence."""

import json
import shlex
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from binder_singlenode.layout import paths

from .helpers.bed import UP_TIMEOUT_S, Tool, eventually, reboot

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(UP_TIMEOUT_S + 600)]

VISITS = 20
QUICK_S = 5.0
HEALTHY_S = 1500
HOLD, TABLE, VISITOR = (f"/etc/boot-test.{end}" for end in ("hold", "nft", "sh"))
LOG = "/run/boot-test.visits"
UNITS = "/etc/systemd/system"
FILES = {
    HOLD: "",
    TABLE: """table inet boot_test {
    counter left { }
    chain last {
        type filter hook postrouting priority 400; policy accept;
        oifname != { "lo", "cni0" } ip daddr { 10.42.0.0/16, 10.43.0.0/16 } counter name left
    }
}
""",
    VISITOR: f"""told='%{{http_code}} %{{time_total}}\\n'
while sleep 0.5; do
    curl -so /dev/null -m 30 -H 'Accept: text/html' -w "$told" http://127.0.0.1/ >>{LOG}
done
""",
    f"{UNITS}/{paths.K3S_UNIT}.d/boot-test.conf": f"[Unit]\nConditionPathExists=!{HOLD}\n",
    f"{UNITS}/boot-test-count.service": f"""[Unit]
DefaultDependencies=no
After=local-fs.target
Before=network-pre.target
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/usr/sbin/nft -f {TABLE}
[Install]
WantedBy=multi-user.target
""",
    f"{UNITS}/boot-test-visits.service": f"""[Unit]
After={paths.ENTRY_UNIT}
[Service]
ExecStart=/bin/sh {VISITOR}
[Install]
WantedBy=multi-user.target
""",
}
SERVICES = "boot-test-count.service boot-test-visits.service"


@pytest.fixture
def held_back(tool: Tool, provisioned: dict[str, Any]) -> Iterator[None]:
    """From the next boot on: k3s does not start, what leaves is counted, and there are visitors."""
    for path, text in FILES.items():
        folder = path.rpartition("/")[0]
        tool.ssh(f"mkdir -p {folder} && printf %s {shlex.quote(text)} > {path}")
    tool.ssh(f"systemctl daemon-reload && systemctl enable --quiet {SERVICES}")
    yield
    tool.ssh(
        f"systemctl disable --now {SERVICES}; rm -f {' '.join(FILES)} {LOG};"
        f" rmdir {UNITS}/{paths.K3S_UNIT}.d; nft delete table inet boot_test; systemctl daemon-reload;"
        " systemctl start k3s",
        timeout_s=1800,
    )


def left(tool: Tool) -> int:
    """Packets for pods and Services that have left by a card that is not the cluster's, since the boot."""
    told = json.loads(tool.ssh("nft -j list counter inet boot_test left"))
    packets: int = told["nftables"][1]["counter"]["packets"]
    return packets


def visits(tool: Tool) -> list[tuple[str, float]]:
    """Status and duration of each, since the boot."""
    lines = [line.split() for line in tool.ssh(f"cat {LOG} 2>/dev/null || true").splitlines()]
    return [(status, float(seconds)) for status, seconds in lines]


@pytest.mark.usefixtures("held_back")
def test_nothing_leaves_before_kubernetes_has_rules(tool: Tool, vm: dict[str, Any]) -> None:
    page = f"http://127.0.0.1:{vm['http_port']}"
    reboot(tool)
    eventually("the entry had visitors", lambda: len(visits(tool)) >= VISITS)
    early = visits(tool)
    assert tool.ssh("systemctl is-active k3s || true").strip() == "inactive"
    assert {status for status, _ in early} == {"502"}
    assert max(seconds for _, seconds in early) < QUICK_S
    read = httpx.get(page, headers={"Accept": "text/html"}, timeout=60)
    assert (read.status_code, "Binder does not answer" in read.text) == (502, True)
    assert left(tool) == 0
    tool.ssh(f"rm {HOLD}; systemctl start --no-block k3s")

    def healthy() -> bool:
        return httpx.get(f"{page}/health", timeout=60).status_code == 200

    eventually("BinderHub is healthy", healthy, HEALTHY_S)
    assert visits(tool)[-1][0] == "200"
    assert left(tool) == 0

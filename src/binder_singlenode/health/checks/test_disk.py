"""The disk: there is room, each share keeps to its budget, and the clean-up works."""

import json
from typing import Any

import pytest

from binder_singlenode.base.units import human_bytes
from binder_singlenode.health import disk_shares
from binder_singlenode.health.checks.remote import output
from binder_singlenode.health.expectations import Expectations
from binder_singlenode.layout import paths
from binder_singlenode.layout.shares import Share
from binder_singlenode.sizing import disk_record
from binder_singlenode.sizing.disk import BUDGET_PERCENT, FULL_FREE_PERCENT

ROUND_LIMIT_S = 900  # counting a million files takes long when none is in the page cache
UP = "run `binder-singlenode up`"
FOLDERS = ["/", paths.K3S_DATA, paths.VAR]


@pytest.mark.parametrize("path", FOLDERS)
def test_room(host: Any, path: str) -> None:
    """Disk has room."""
    sizes = output(host, "df -PB1 %s", path).splitlines()[-1].split()
    inodes = output(host, "df -Pi %s", path).splitlines()[-1].split()
    whole, free = int(sizes[1]), int(sizes[3])
    assert free * 100 >= whole * FULL_FREE_PERCENT, (
        f"{human_bytes(free)} of {human_bytes(whole)} are free at {sizes[5]}:"
        f" below {FULL_FREE_PERCENT} % no launch begins, and below 5 % sessions are evicted"
    )
    total, left = (int(value) if value.isdigit() else 0 for value in (inodes[1], inodes[3]))
    assert left * 100 >= total * FULL_FREE_PERCENT, f"{left} of {total} inodes are left at {sizes[5]}"


def test_cleaning(host: Any) -> None:
    """Cleaning of the disk works."""
    # Wait for the first cleaning: on a new host the timer has just started it.
    ended = f"systemctl show -p ExecMainExitTimestamp --value {paths.CLEAN_UNIT} | grep -q ."
    host.run(f"{ended} || timeout {ROUND_LIMIT_S} systemctl start {paths.CLEAN_UNIT}")
    result = output(host, f"systemctl show -p Result --value {paths.CLEAN_UNIT}").strip()
    said = output(host, f"journalctl -u {paths.CLEAN_UNIT} -n 3 --no-pager -o cat").strip()
    assert result == "success", f"the last round failed ({result}), its last words: {said}"


def test_power_cut(host: Any) -> None:
    """After a boot without a shutdown, all stored images were checked."""
    pending = f"ls -A {paths.CHECKS} 2>/dev/null || true"
    if output(host, pending).split():
        host.run(f"timeout {ROUND_LIMIT_S} systemctl start {paths.CLEAN_UNIT}")
    left = output(host, pending).split()
    assert not left, (
        f"no shutdown before the last boot, and the check of {', '.join(left)} has not ended: it goes on"
        f" every ten minutes, and removes what is damaged; see `journalctl -u {paths.CLEAN_UNIT}` on the host"
    )


def test_shares(host: Any) -> None:
    """Each share of the disk keeps to its budget."""
    lines = output(host, "tail -n 1 %s", paths.DISK_USE).splitlines()
    budget = output(host, "cat %s", paths.DISK_BUDGET)
    shares = disk_shares.shares(budget, disk_record.parse(lines))
    counted = {use.name for use in shares}
    assert Share.IMAGES in counted and counted == set(disk_shares.budgets(budget)), (
        f"not all shares are counted: {UP}"
    )
    sizes = output(host, "df -PB1 %s", paths.K3S_DATA).splitlines()[-1].split()
    free_percent = 100 * int(sizes[3]) / int(sizes[1])
    wrong = disk_shares.worries(shares, None, free_percent)
    assert not wrong, f"{'; '.join(wrong)}: see `binder-singlenode status`"


def test_image_collection(host: Any, expect: Expectations) -> None:
    """Kubelet collects images before launches are refused."""
    path = f"/api/v1/nodes/{expect.node_name}/proxy/configz"
    config = json.loads(output(host, "k3s kubectl get --raw %s", path))["kubeletconfig"]
    high = config["imageGCHighThresholdPercent"]
    assert high <= BUDGET_PERCENT + 1, (
        f"images are collected from {high} % on, not from the budget's end: {UP}"
    )


def test_journal(host: Any) -> None:
    """Journal has a size and an age."""
    shown = output(host, "systemd-analyze cat-config systemd/journald.conf")
    lines = [line.strip() for line in shown.splitlines() if "=" in line and not line.startswith(("#", ";"))]
    settings = dict(line.split("=", 1) for line in lines)  # the last one wins, as for systemd
    ours = output(host, "cat %s", paths.JOURNALD).splitlines()
    wrong = [line for line in ours if "=" in line and settings.get(line.split("=")[0]) != line.split("=")[1]]
    assert not wrong, f"another file in journald.conf.d wins over {', '.join(wrong)}"

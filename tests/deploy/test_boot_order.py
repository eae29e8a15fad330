"""The unit that loads the rules, before any network, beside what clouds put at the same place of the boot."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from binder_singlenode.deploy.context import Context
from binder_singlenode.deploy.steps import firewall
from binder_singlenode.layout import paths

EARLY = "DefaultDependencies=no\nBefore=shutdown.target\nConflicts=shutdown.target\n"
OTHERS = {
    # What orders them, as in Debian 12's packages cloud-init 22.4.2, ifupdown 0.8.41 and nftables 1.0.6.
    "networking.service": EARLY + "After=local-fs.target network-pre.target\nWants=network.target\n"
    "Before=network.target network-online.target\n",
    "cloud-init-local.service": EARLY
    + "Wants=network-pre.target\nBefore=network-pre.target sysinit.target\n",
    "cloud-init.service": EARLY
    + "Wants=cloud-init-local.service\nBefore=network-online.target sysinit.target\n"
    "After=cloud-init-local.service networking.service\n",
    "nftables.service": EARLY + "Wants=network-pre.target\nBefore=network-pre.target\n",
}


def said(folder: Path, unit: str) -> str:
    """What systemd says of a boot with this unit and the others."""
    wants = folder / "multi-user.target.wants"
    wants.mkdir()
    run = "\n[Service]\nType=oneshot\nExecStart=/bin/true\n"
    units = {name: f"[Unit]\nDescription={name}\n{lines}{run}" for name, lines in OTHERS.items()}
    for name, text in {**units, paths.FIREWALL_UNIT: unit.replace("/usr/sbin/nft -f", "/bin/true")}.items():
        (folder / name).write_text(text)
        (wants / name).symlink_to(folder / name)
    done = subprocess.run(
        ["systemd-analyze", "--man=no", "verify", "multi-user.target"],
        env={**os.environ, "SYSTEMD_UNIT_PATH": f"{folder}:", "SYSTEMD_LOG_LEVEL": "info"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.stdout + done.stderr


@pytest.fixture
def unit(context: Context) -> str:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("needs systemd-analyze: apt-get install systemd")
    (file,) = [each for each in firewall.files(context) if each.path == paths.unit_path(paths.FIREWALL_UNIT)]
    return file.content


def test_no_part_of_the_boot_is_left_out(unit: str, tmp_path: Path) -> None:
    assert "cycle" not in said(tmp_path, unit)


def test_the_default_dependencies_are_a_cycle(unit: str, tmp_path: Path) -> None:
    """cloud-init has the network before sysinit.target, and this has the rules before the network."""
    assert "Found ordering cycle" in said(tmp_path, unit.replace("DefaultDependencies=no", ""))

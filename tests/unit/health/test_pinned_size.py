"""Pinned images that are more than their share of the disk: told by `warm` and `status`."""

import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from binder_singlenode.health import host_report, pinned_size
from binder_singlenode.layout import paths

from ..servers.played_session import PlayedSession, answer, noted

ONE, TWO = "10.43.0.50:5000/i-one:abc", "10.43.0.50:5000/i-two:def"
TABLES = {
    ONE: "KEY          SIZE      INODES \nsha256:0b1  1.5 GiB   345    \nsha256:0a0  500.0 MiB 12     \n",
    TWO: "KEY          SIZE      INODES \nsha256:0c2  2.0 KiB   3      \nsha256:0a0  500.0 MiB 12     \n",
}
TOGETHER = round(1.5 * 2**30) + 500 * 2**20 + 2 * 2**10
"""With their common layer once."""


def test_each_layer_counts_once() -> None:
    assert pinned_size.layers_bytes("".join(TABLES.values())) == TOGETHER
    assert pinned_size.layers_bytes("sha256:0d 12 B 1\nsha256:0e 0.0 B 1\n") == 12
    assert pinned_size.layers_bytes("") == 0


def test_every_pinned_image_is_asked_for(tmp_path: Path) -> None:
    (tmp_path / "pins").write_text(f"{ONE} 0\n{TWO} 1798761600\n10.43.0.50:5000/i-gone:1 0\n")
    for image, table in TABLES.items():
        (tmp_path / image.replace("/", "_")).write_text(table)
    (tmp_path / "k3s").write_text(
        '#!/bin/sh\n[ "$*" = "ctr -n k8s.io images usage --snapshotter overlayfs $8" ] || exit 9\n'
        f'cat "{tmp_path}/$(echo "$8" | tr / _)"\n'
    )
    (tmp_path / "k3s").chmod(0o755)
    script = pinned_size.LAYERS.replace(paths.PINS, str(tmp_path / "pins"))
    script = script.replace(paths.K3S, str(tmp_path / "k3s"))
    done = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("".join(TABLES.values()), "")


@pytest.mark.parametrize(("share_bytes", "count"), [(TOGETHER, 0), (TOGETHER - 1, 1)])
def test_more_than_the_share_is_told(share_bytes: int, count: int) -> None:
    told = pinned_size.worries(f"IMAGES_BYTES={share_bytes}\n", "".join(TABLES.values()))
    assert len(told) == count
    assert all("pinned images take 2 GiB of the disk, and 2 GiB is the share" in each for each in told)


def test_a_host_without_a_budget_is_not_judged() -> None:
    assert pinned_size.worries("", TABLES[ONE]) == []


def test_warm_asks_once_for_both() -> None:
    asked: list[tuple[str, ...]] = []
    play = noted(answer(f"IMAGES_BYTES=1000\n{TABLES[ONE]}"), asked)
    host: Any = SimpleNamespace(name="alpha", ssh=SimpleNamespace(user="root"))
    (told,) = pinned_size.ask(PlayedSession(host, play=play))
    assert told.startswith("pinned images take 2 GiB of the disk") and len(asked) == 1


def test_status_tells_it_too() -> None:
    facts = host_report.parse(
        f"##binder budget\nIMAGES_BYTES=1000\n##binder pinned layers\n{TABLES[TWO]}##binder homes\n"
    )
    assert len(facts.pin_worries) == 1
    assert host_report.script().count("images usage") == 1
    assert host_report.parse("##binder budget\nIMAGES_BYTES=1000\n").pin_worries == []

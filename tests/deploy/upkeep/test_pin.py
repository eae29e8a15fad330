"""The script that keeps images from clean-up, run for real against a stand-in for k3s."""

import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from binder_singlenode.base.render import render

IMAGE = "10.43.0.50:5000/i-one:abc"
OTHER = "10.43.0.50:5000/i-two:def"
NOW = int(time.time())

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def pins(tmp_path: Path) -> Path:
    return tmp_path / "pins"


@pytest.fixture
def labelled(tmp_path: Path) -> Callable[[], dict[str, str]]:
    """What the kubelet's store was told last, by image."""

    def read() -> dict[str, str]:
        lines = (tmp_path / "labels").read_text().splitlines() if (tmp_path / "labels").exists() else []
        return dict(line.split(" io.cri-containerd.pinned=") for line in lines)

    return read


@pytest.fixture
def run(tmp_path: Path, pins: Path) -> Run:
    k3s = tmp_path / "k3s"
    k3s.write_text(
        f'#!/bin/sh\n[ "$1 $2 $3 $4 $5" = "ctr -n k8s.io images label" ] || exit 9\n'
        f'case $6 in *gone*) exit 1 ;; esac\necho "$6 $7" >> {tmp_path}/labels\n'
    )
    k3s.chmod(0o755)
    script = tmp_path / "pin.sh"
    script.write_text(
        render("retention/pin-images.sh.j2", pins=pins, k3s=k3s, other_store="binder.invalid/i-")
    )

    def act(*words: str) -> "subprocess.CompletedProcess[str]":
        environment = {**os.environ, "LC_ALL": "C"}
        return subprocess.run(
            ["sh", script, *words], capture_output=True, text=True, env=environment, check=False
        )

    return act


def test_a_pinned_image_is_on_the_list_and_labelled(run: Run, pins: Path, labelled: Any) -> None:
    assert run(IMAGE, "0").returncode == 0
    assert run(OTHER, str(NOW + 100_000)).returncode == 0
    assert pins.read_text() == f"{IMAGE} 0\n{OTHER} {NOW + 100_000}\n"
    assert labelled() == {IMAGE: "pinned", OTHER: "pinned"}


def test_pinned_twice_it_is_there_once_with_the_later_word(run: Run, pins: Path) -> None:
    for expiry in ("0", str(NOW + 500_000)):
        run(IMAGE, expiry)
    assert pins.read_text() == f"{IMAGE} {NOW + 500_000}\n"


def test_when_its_time_is_over_it_is_let_go(run: Run, pins: Path, labelled: Any) -> None:
    pins.write_text(f"{IMAGE} {NOW - 1}\n{OTHER} 0\n")
    assert run().returncode == 0
    assert pins.read_text() == f"{OTHER} 0\n"
    assert labelled() == {IMAGE: "", OTHER: "pinned"}


def test_an_expiry_that_is_past_unpins(run: Run, pins: Path, labelled: Any) -> None:
    run(IMAGE, "0")
    assert run(IMAGE, "1").returncode == 0
    assert pins.read_text() == "" and labelled() == {IMAGE: ""}


def test_an_image_that_is_not_there_is_refused_and_not_noted(run: Run, pins: Path) -> None:
    done = run("10.43.0.50:5000/i-gone:1", "0")
    assert done.returncode == 1 and "not among the kubelet's images" in done.stderr
    assert pins.read_text() == ""


def test_one_that_has_gone_stays_on_the_list(run: Run, pins: Path) -> None:
    """The registry still has it: pulled anew, it is pinned anew."""
    pins.write_text("10.43.0.50:5000/i-gone:1 0\n")
    assert run().returncode == 0
    assert pins.read_text() == "10.43.0.50:5000/i-gone:1 0\n"


def test_nothing_pinned_is_nothing_to_do(run: Run, pins: Path) -> None:
    assert run().returncode == 0
    assert pins.read_text() == ""

"""The builder's clean-up, against a docker socket that notes what it is asked."""

import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from binder_singlenode.deploy.context import Context
from binder_singlenode.deploy.steps import disk_cleanup
from binder_singlenode.layout import paths

from .docker_bed import Docker

MB = 10**6
OLD = "2020-01-01T00:00:00.123456789Z"
PULLED = "0001-01-01T00:00:00Z"
PREFIX = "10.43.0.50:5000"


def now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@pytest.fixture
def docker(tmp_path: Path) -> Iterator[Docker]:
    running = Docker(tmp_path / "docker.sock")
    yield running
    running.stop()


class Cleaner:
    """The script as `up` places it, with a share of 10 MB."""

    def __init__(self, context: Context, folder: Path) -> None:
        (script,) = (file for file in disk_cleanup.files(context) if file.path == paths.CLEAN_BUILDER)
        self.folder = folder
        self.text = script.content
        self.cache = folder / "dind"
        self.cache.mkdir()
        self.k3s("")
        self.full_free_percent = 0

    def fill(self, size: int) -> None:
        (self.cache / "layer").write_bytes(b"x" * size)

    def k3s(self, body: str) -> None:
        tools = self.folder / "bin"
        tools.mkdir(exist_ok=True)
        (tools / "k3s").write_text(f"#!/bin/sh\n{body}\n")
        (tools / "k3s").chmod(0o755)

    def __call__(self) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            ["sh", "-c", self.text],
            env={
                "PATH": f"{self.folder}/bin:/usr/bin:/bin",
                "BUILD_CACHE": str(self.cache),
                "BUILD_CACHE_BYTES": str(10 * MB),
                "HIGH_PERCENT": "90",
                "LOW_PERCENT": "75",
                "GRACE_S": "4200",
                "FULL_FREE_PERCENT": str(self.full_free_percent),
                "DOCKER_SOCKET": str(self.folder / "docker.sock"),
                "PINS": str(self.folder / "pins"),
            },
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )


@pytest.fixture
def clean(context: Context, tmp_path: Path) -> Cleaner:
    return Cleaner(context, tmp_path)


def test_below_its_share_the_builder_is_left_alone(clean: Cleaner, docker: Docker) -> None:
    clean.fill(8 * MB)
    docker.images = {f"{PREFIX}/i-a:1": OLD}
    assert clean().returncode == 0
    assert docker.asked == []


def test_above_it_old_images_go_and_the_cache_is_pruned_by_used_space(clean: Cleaner, docker: Docker) -> None:
    clean.fill(10 * MB)
    docker.images = {f"{PREFIX}/i-old:1": OLD, "base:24.04": PULLED, f"{PREFIX}/i-new:1": now()}
    docker.on_prune = lambda: clean.fill(1 * MB)
    done = clean()
    assert (done.returncode, done.stderr) == (0, "")
    assert list(docker.images) == [f"{PREFIX}/i-new:1"], "the new one may still wait for its push"
    assert docker.asked[-1] == "POST /v1.44/build/prune"
    assert docker.options["/v1.44/build/prune"] == ["1", str(10 * MB // 100 * 75)]
    assert docker.options["/v1.44/images/prune"] == ['{"until":["4200s"]}']


def test_an_image_that_a_build_stands_on_is_no_failure(clean: Cleaner, docker: Docker) -> None:
    clean.fill(10 * MB)
    docker.images = {"busy:1": OLD, f"{PREFIX}/i-old:1": OLD}
    docker.busy = {"busy:1"}
    assert clean().returncode == 0
    assert list(docker.images) == ["busy:1"]


def test_a_pinned_image_stays_until_its_pin_expires(clean: Cleaner, docker: Docker) -> None:
    clean.fill(10 * MB)
    docker.images = {f"{PREFIX}/i-pin:1": OLD, f"{PREFIX}/i-was:1": OLD}
    (clean.folder / "pins").write_text(f"{PREFIX}/i-pin:1 0\n{PREFIX}/i-was:1 1000\n")
    assert clean().returncode == 0
    assert list(docker.images) == [f"{PREFIX}/i-pin:1"]


def test_a_builder_that_is_down_keeps_its_cache_while_the_disk_has_room(clean: Cleaner) -> None:
    clean.fill(10 * MB)
    assert clean().returncode == 0
    assert (clean.cache / "layer").exists()


def test_on_a_full_disk_a_builder_that_cannot_start_is_emptied(clean: Cleaner) -> None:
    clean.fill(10 * MB)
    clean.full_free_percent = 101
    assert clean().returncode == 0
    assert list(clean.cache.iterdir()) == []


@pytest.mark.parametrize(("body", "code"), [("echo 4711", 0), ("exit 1", 1)])
def test_a_builder_that_runs_or_may_run_is_not_emptied(clean: Cleaner, body: str, code: int) -> None:
    clean.fill(10 * MB)
    clean.full_free_percent = 101
    clean.k3s(body)
    assert clean().returncode == code
    assert (clean.cache / "layer").exists()

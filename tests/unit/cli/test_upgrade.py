"""Moving a host to newer versions: what is told before, when the lock file moves, and what is refused."""

import dataclasses
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import typer

from binder_singlenode import config
from binder_singlenode.cli import options
from binder_singlenode.cli.commands import up
from binder_singlenode.provision import run_lock, workflow
from binder_singlenode.provision.events import Plan, PlannedOperation, Result
from binder_singlenode.provision.targets import Target
from binder_singlenode.releases import lock_file, resolve, versions
from binder_singlenode.releases.versions import Artifact, Release, is_older

HOST = config.loads("apiVersion: binder/v1\naddress: 192.0.2.1\n", "host.yaml")
NEW_K3S = "v9.36.3+k3s1"


def a_file(name: str, version: str) -> Artifact:
    return Artifact(name, version, "0" * 64, url=f"https://get.test/{name}")


@pytest.fixture
def release() -> Release:
    """What a lock file of today says."""
    found = versions.pinned()
    files = {name: a_file(name, found[name]) for name in ("k3s", "helm", "caddy", "chart")}
    return Release(arch="amd64", images=(), settings=versions.default_settings(), **files)


@pytest.fixture
def target(tmp_path: Path, release: Release, monkeypatch: pytest.MonkeyPatch) -> Target:
    """A host with that lock file; since then this program has moved on."""
    target = Target("lab", HOST, tmp_path / "lab.yaml")
    workflow.keep(target, release)
    monkeypatch.setattr(versions, "K3S", NEW_K3S)
    monkeypatch.setattr(versions, "DIND_IMAGE", "docker:99")
    newer = dataclasses.replace(release, k3s=a_file("k3s", NEW_K3S), settings=versions.default_settings())
    monkeypatch.setattr(resolve, "resolve", lambda arch: newer)
    return target


def locked_k3s(target: Target) -> str:
    return lock_file.load(lock_file.lock_path(target.path), "amd64").k3s.version


def test_without_being_told_a_host_keeps_its_versions_and_hears_of_newer_ones(
    target: Target, release: Release
) -> None:
    assert workflow.release_for(target, None, "amd64").k3s.version == release.k3s.version
    assert workflow.moves(target, "amd64") == [
        f"k3s {release.k3s.version} → {NEW_K3S}",
        f"dind_image {release.settings['dind_image']} → docker:99",
    ]


def test_a_lock_file_of_a_newer_program_is_no_news(target: Target, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(versions, "K3S", "v1.0.0+k3s1")
    assert workflow.moves(target, "amd64") == []


def test_a_host_without_a_lock_file_has_nothing_to_move(tmp_path: Path) -> None:
    assert workflow.moves(Target("lab", HOST, tmp_path / "other.yaml"), "amd64") == []


def test_a_plan_to_upgrade_leaves_the_lock_file_alone(target: Target, release: Release) -> None:
    assert workflow.release_for(target, None, "amd64", upgrade=True).k3s.version == NEW_K3S
    assert locked_k3s(target) == release.k3s.version


class Bench:
    """`up` from the lock on the host to its release, on a host that is as it is told to be."""

    def __init__(self, target: Target, monkeypatch: pytest.MonkeyPatch, change: bool = True) -> None:
        self.lock_at_apply = ""
        self.target = target
        log = SimpleNamespace(note=lambda text: None)
        monkeypatch.setattr(run_lock, "locked", lambda *_: nullcontext(log))
        connection = SimpleNamespace(
            plan=lambda context: Plan([PlannedOperation("k3s", "Install k3s", change)]), apply=self.apply
        )
        self.work: Any = SimpleNamespace(target=target, connection=connection, session=None)

    def apply(self, progress: Any) -> Result:
        self.lock_at_apply = locked_k3s(self.target)
        return Result(1, 1, 1.0)

    def up(self, yes: bool, upgrade: bool) -> Result | None:
        context: Any = SimpleNamespace(release=workflow.release_for(self.target, None, "amd64", upgrade))
        return up.applied(self.work, context, yes, upgrade)


def test_the_lock_file_moves_before_the_first_change(target: Target, monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(target, monkeypatch)
    assert bench.up(yes=True, upgrade=True)
    assert bench.lock_at_apply == NEW_K3S


def test_the_lock_file_stays_when_the_answer_is_no(
    target: Target, release: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert Bench(target, monkeypatch).up(yes=False, upgrade=True) is None
    assert locked_k3s(target) == release.k3s.version


def test_an_up_without_upgrade_leaves_the_lock_file_alone(
    target: Target, release: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert Bench(target, monkeypatch).up(yes=True, upgrade=False)
    assert locked_k3s(target) == release.k3s.version


def test_an_upgrade_that_changes_nothing_on_the_host_moves_the_lock_file_too(
    target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert Bench(target, monkeypatch, change=False).up(yes=True, upgrade=True)
    assert locked_k3s(target) == NEW_K3S


def test_a_bundle_has_its_own_versions() -> None:
    with pytest.raises(typer.BadParameter, match="a bundle brings its own versions"):
        options.one_source(Path("bundle"), True)


@pytest.mark.parametrize(
    ("one", "other", "older"),
    [
        ("v1.36.1+k3s1", "v1.36.3+k3s1", True),
        ("v1.36.3+k3s1", "v1.36.3+k3s2", True),
        ("v1.9.9+k3s1", "v1.10.0+k3s1", True),
        ("v1.36.3+k3s1", "v1.36.3+k3s1", False),
        ("v1.37.0+k3s1", "v1.36.3+k3s2", False),
        ("v1.36.3+k3s-standin", "v1.36.3+k3s1", True),
        ("v1.36.3+k3s1", "", False),
        ("nightly", "v1.36.3+k3s1", False),
    ],
)
def test_which_k3s_is_older(one: str, other: str, older: bool) -> None:
    assert is_older(one, than=other) is older

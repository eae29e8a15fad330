"""images.store: a host of either kind needs nothing, and a switch does the right things in order."""

import subprocess
from pathlib import Path
from typing import Any

import pytest

from binder_singlenode.deploy import steps
from binder_singlenode.deploy.context import Context
from binder_singlenode.layout import image_store, paths

from .conftest import HOST_FILE, finished

SHARED = f"{HOST_FILE}images: {{store: shared}}\n"
BUDGET = [f"Write {paths.DISK_BUDGET}", "Start the timer"]
PINS = [f"Write {paths.PIN}", "Start the hourly upkeep"]
"""Which pins are the other store's is in the script."""
RELEASE = [f"Write {paths.VALUES}", "Bring the release up to date"]
TO_SHARED = [
    *RELEASE,
    f"Write {paths.REGISTRY_MANIFEST}",
    "Apply the registry without pods",
    "Wait until the registry has ended",
    f"Remove {paths.REGISTRY_DATA}",
    "Remove /var/lib/dind",
    *BUDGET,
    *PINS,
]
TO_REGISTRY = [
    f"Make {paths.REGISTRY_DATA}",
    f"Write {paths.REGISTRY_MANIFEST}",
    "Apply the namespace, its policies and the registry",
    "Wait until the registry runs as written",
    *RELEASE,
    "Remove /var/lib/dind-shared",
    *BUDGET,
    *PINS,
]


def everything(context: Context) -> None:
    for step in steps.in_order():
        step(context)


@pytest.fixture
def shared(make: Any, tmp_path: Path) -> Context:
    """The host of `context` with the other store; only the values would differ, which `make` has none of."""
    made: Context = make(tmp_path, SHARED)
    return Context(made.host, made.sizing, made.release, made.values_yaml + "# shared\n")


def test_a_finished_host_with_the_shared_store_needs_nothing(shared: Context, play: Any) -> None:
    assert play(everything, shared, finished(shared)).changed == []


def test_a_bare_host_gets_no_registry(shared: Context, play: Any) -> None:
    walk = play(everything, shared, {})
    touched = (paths.REGISTRY_DATA, paths.REGISTRY_MANIFEST, "the registry")
    assert [name for name in walk.changed if name.endswith(touched)] == []
    assert "binder-registry.yaml" not in walk.text()


def test_from_registry_to_shared(context: Context, shared: Context, play: Any) -> None:
    """The release first: until it is done, sessions start from the registry."""
    walk = play(everything, shared, finished(context))
    assert walk.changed == TO_SHARED
    assert "replicas: 0" in "\n".join(walk.of(f"Write {paths.REGISTRY_MANIFEST}").commands)


def test_from_shared_to_registry(context: Context, shared: Context, play: Any) -> None:
    """The registry first: the release that pushes comes when it answers."""
    assert play(everything, context, finished(shared)).changed == TO_REGISTRY


def test_a_switch_that_was_killed_goes_on(context: Context, shared: Context, play: Any) -> None:
    told = finished(shared)
    told["files"] += [line for line in finished(context)["files"] if paths.REGISTRY_DATA in line]
    assert play(everything, shared, told).changed == [f"Remove {paths.REGISTRY_DATA}"]


def test_a_registry_at_nought_is_ended(context: Context, shared: Context, play: Any) -> None:
    """After a switch there and back and there: the Deployment is there, with no pod."""
    from binder_singlenode.deploy.steps import registry

    told = finished(shared)
    at_nought = registry.manifest(shared, replicas=0)
    told["files"] += [
        f"stat\t{at_nought.path}\t600\troot:root\t7\t1700000000\t42\tregular file",
        f"sum\t{at_nought.sha256}  {at_nought.path}",
    ]
    told["cluster"].append(f"was\tbinder-registry.yaml\t#\t{at_nought.sha256}")
    label = registry.digest(shared, replicas=0)
    told["cluster"].insert(1, f"Deployment\tbinder\tbinder-registry\t{label}\t\t4\t4\t0\t/")
    assert play(everything, shared, told).changed == []


LEASES = """ID CREATED AT LABELS
47n58l8ahoq1zvlt5ltm9niv5 2026-11-22T09:05:38Z containerd.io/gc.flat=2026-11-22T09:05:38Z
ldavnq9e77pdn6ik3raclfoix-variants 2026-11-22T09:05:38Z -
123-of-a-pull 2026-11-22T09:05:38Z containerd.io/gc.expire=2026-11-23T09:05:38Z
0f0f0f-of-a-sandbox 2026-11-22T09:05:38Z -
"""
IMAGES = """REF TYPE DIGEST SIZE PLATFORMS LABELS
binder.invalid/i-minimal:abc application/vnd.oci sha256:1 1.1 MiB linux/amd64 -
docker.io/library/registry:3.1.2 application/vnd.oci sha256:2 1.1 MiB linux/amd64 -
"""
STAND_IN = """#!/bin/sh
[ "$1 $2 $3" = "ctr -n k8s.io" ] || exit 9
[ "$5" = ls ] && exec cat {folder}/$4
echo "$*" >> {folder}/calls
"""


def shell_of(command: str, folder: Path) -> "subprocess.CompletedProcess[str]":
    """Run it with our paths in a folder of the test's, and a stand-in for k3s."""
    for path in ("/var/lib/dind-shared", image_store.STRAY_SOCKET, paths.K3S):
        command = command.replace(path, f"{folder}{path}")
    return subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=False)


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """What a host with the shared store has."""
    for name in ("var/lib/dind-shared/buildkit", "run/docker.sock", "usr/local/bin"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "leases").write_text(LEASES)
    (tmp_path / "images").write_text(IMAGES)
    k3s = Path(f"{tmp_path}{paths.K3S}")
    k3s.write_text(STAND_IN.format(folder=tmp_path))
    k3s.chmod(0o755)
    return tmp_path


def test_what_the_shared_builder_holds_in_containerd_is_let_go(
    context: Context, shared: Context, play: Any, machine: Path
) -> None:
    """Its leases and its images' names: neither those of pulls and sandboxes, nor other images."""
    (command,) = play(everything, context, finished(shared)).of("Remove /var/lib/dind-shared").commands
    assert shell_of(command, machine).returncode == 0
    assert (machine / "calls").read_text().splitlines() == [
        "ctr -n k8s.io leases rm 47n58l8ahoq1zvlt5ltm9niv5 ldavnq9e77pdn6ik3raclfoix-variants",
        "ctr -n k8s.io images rm binder.invalid/i-minimal:abc",
    ]
    assert not (machine / "var/lib/dind-shared").exists() and not (machine / "run/docker.sock").exists()


def test_the_folder_stays_until_containerd_has_been_asked(
    context: Context, shared: Context, play: Any, machine: Path
) -> None:
    """The folder is what tells the next run that there is something left to do."""
    (command,) = play(everything, context, finished(shared)).of("Remove /var/lib/dind-shared").commands
    (machine / "images").unlink()
    assert shell_of(command, machine).returncode != 0
    assert (machine / "var/lib/dind-shared").exists()

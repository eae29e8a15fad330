"""images.store: a host of either kind needs nothing, and a switch does the right things in order."""

from typing import Any

import pytest

from binder_singlenode import deploy, image_store
from binder_singlenode.deploy import paths
from binder_singlenode.deploy.context import Context
from conftest import HOST_FILE, finished

SHARED = f"{HOST_FILE}images: {{store: shared}}\n"
RELEASE = [f"Write {paths.VALUES}", "Bring the release up to date"]
TO_SHARED = [
    *RELEASE,
    f"Write {paths.REGISTRY_MANIFEST}",
    "Wait until the registry has ended",
    f"Remove {paths.REGISTRY_DATA}",
    "Remove /var/lib/dind",
]
TO_REGISTRY = [
    f"Make {paths.REGISTRY_DATA}",
    f"Write {paths.REGISTRY_MANIFEST}",
    "Wait until the registry runs as written",
    *RELEASE,
    "Remove /var/lib/dind-shared",
]


def everything(context: Context) -> None:
    for step in deploy.steps():
        step(context)


@pytest.fixture
def shared(make: Any, tmp_path: Any) -> Context:
    """The host of `context` with the other store; only the values would differ, which `make` has none of."""
    made: Context = make(tmp_path, SHARED)
    return Context(made.host, made.sizing, made.release, made.values_yaml + "# shared\n")


def test_a_finished_host_with_the_shared_store_needs_nothing(shared: Context, play: Any) -> None:
    assert play(everything, shared, finished(shared)).changed == []


def test_a_bare_host_gets_no_registry(shared: Context, play: Any) -> None:
    walk = play(everything, shared, {})
    assert [name for name in walk.changed if "egistry" in name] == []
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
    from binder_singlenode.deploy import registry

    told = finished(shared)
    at_nought = registry.manifest(shared, replicas=0)
    told["files"] += [
        f"stat\t{at_nought.path}\t600\troot:root\t7\t1700000000\t42\tregular file",
        f"sum\t{at_nought.sha256}  {at_nought.path}",
    ]
    label = registry.digest(shared, replicas=0)
    told["cluster"].insert(1, f"Deployment\tbinder\tbinder-registry\t{label}\t\t4\t4\t0\t/")
    assert play(everything, shared, told).changed == []


def test_leases_of_the_build_cache_go_before_its_folder(context: Context, shared: Context, play: Any) -> None:
    (command,) = play(everything, context, finished(shared)).of("Remove /var/lib/dind-shared").commands
    assert command.index("leases rm") < command.index(image_store.BUILDER_FOLDERS["shared"])
    assert "rm -rf --one-file-system -- /var/lib/dind-shared" in command

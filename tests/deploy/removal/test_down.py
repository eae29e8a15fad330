"""`down`: nothing on a bare host; everything that is left on any other, in an order that works."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from binder_singlenode.deploy.context import Context
from binder_singlenode.deploy.removal import down, inventory
from binder_singlenode.layout import paths

EVERYTHING = {
    "units": ["active", "enabled"],
    "processes": ["populated 1"],
    "mounts": ["/run/k3s/containerd/x"],
    "links": ["cni0"],
    "namespaces": ["cni-1"],
    "table": ["inet binder_singlenode"],
    "chains": ["iptables KUBE-SERVICES"],
    "ipsets": ["KUBE-SRC-23456723456723AB"],
    "paths": inventory.removed_paths(keep_data=False),
    "users": [paths.ENTRY_USER],
}


def words_of(command: str) -> list[str]:
    return re.findall("[^ ;]+", command)


def step(keep_data: bool) -> Callable[[Context], Any]:
    return lambda context: down.down(keep_data)


def test_a_bare_host_is_left_alone(context: Context, play) -> None:  # type: ignore[no-untyped-def]
    assert play(step(False), context, {}).changed == []


def test_everything_goes_in_order(context: Context, play) -> None:  # type: ignore[no-untyped-def]
    walk = play(step(False), context, EVERYTHING)
    assert [operation for operation, change in walk.plan.items() if change] == walk.changed
    words = (
        "Stop and disable",
        "End the containers",
        "Remove the nftables",
        "Remove the user",
        "Remove files",
    )
    assert len(walk.changed) == len(words)
    for name, start in zip(walk.changed, words, strict=True):
        assert name.startswith(start)
    [removal] = walk.of("Remove files").commands
    assert "-xdev" in words_of(removal)
    assert all(path in words_of(removal) for path in inventory.removed_paths(keep_data=False))


@pytest.mark.parametrize("left", EVERYTHING)
def test_a_second_run_does_the_rest(left: str, context: Context, play) -> None:  # type: ignore[no-untyped-def]
    assert len(play(step(False), context, {left: EVERYTHING[left]}).changed) == 1


def test_kept_data_is_no_reason_to_remove_anything(context: Context, play) -> None:  # type: ignore[no-untyped-def]
    told = {"paths": ["/etc/rancher", "/var/lib/rancher", paths.VAR]}
    assert play(step(True), context, told).changed == []
    assert len(play(step(False), context, told).changed) == 1


def test_with_kept_data_the_commands_name_none_of_it(context: Context, play) -> None:  # type: ignore[no-untyped-def]
    told = {"paths": inventory.removed_paths(keep_data=True)}
    [removal] = play(step(True), context, told).of("Remove files").commands
    words = words_of(removal)
    for path in inventory.kept_paths():
        assert not any(path == word or path.startswith(f"{word}/") for word in words), path

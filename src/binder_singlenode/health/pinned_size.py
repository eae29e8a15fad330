"""Disk space of pinned images. If it exceeds the images' share, clean-up cannot make room.

The size is not known before an image is there, so `warm` and `status` only report it; neither refuses.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from binder_singlenode.base.units import human_bytes
from binder_singlenode.binderhub import pins
from binder_singlenode.health import disk_shares
from binder_singlenode.layout import image_store, paths
from binder_singlenode.layout.shares import Share

if TYPE_CHECKING:
    from binder_singlenode.ssh.session import Session

# A line of `ctr images usage`: "sha256:… 12.3 MiB 345". Like other Go tools, ctr divides by 1024.
_LAYER = re.compile(r"^(sha256:[0-9a-f]+)\s+([0-9.]+) ?([KMGT]i)?B\b", re.MULTILINE)
_UNIT = {"": 1, "Ki": 1024, "Mi": 1024**2, "Gi": 1024**3, "Ti": 1024**4}

LAYERS = (
    f"cut -d ' ' -f 1 {paths.PINS} 2>/dev/null | while read -r image; do"
    f" {paths.K3S} ctr -n {image_store.CONTAINERD_NAMESPACE} images usage"
    f' --snapshotter {image_store.SNAPSHOTTER} "$image" </dev/null 2>/dev/null; done'
)
"""Shell that prints a line for each layer of each pinned image."""


def layers_bytes(text: str) -> int:
    """Size of the unpacked layers in the output of LAYERS, each counted once; without the packed layers."""
    sizes = {key: float(number) * _UNIT[unit] for key, number, unit in _LAYER.findall(text)}
    return round(sum(sizes.values()))


def worries(budget_text: str, layers_text: str) -> list[str]:
    """One sentence when the pinned images exceed the images' share, else none."""
    pinned, share = layers_bytes(layers_text), disk_shares.budgets(budget_text).get(Share.IMAGES)
    if share is None or pinned <= share:
        return []
    return [
        f"pinned images take {human_bytes(pinned)} of the disk, and {human_bytes(share)} is the share of all"
        " images: clean-up cannot free space, so unpin some (`binder-singlenode warm HOST --unpin IMAGE`)"
    ]


def ask(session: Session) -> list[str]:
    """Query a host and return its worries(). Raises ConnectError, StepError."""
    told = pins.as_root_there(session, f"cat {paths.DISK_BUDGET} 2>/dev/null; {LAYERS}; true")
    return worries(told, told)

"""The shares of the disk budget."""

from __future__ import annotations

from enum import StrEnum


class Share(StrEnum):
    """A share of the disk budget. layout/paths.py has the folders of each."""

    IMAGES = "images"
    """containerd's images; the kubelet deletes unused ones."""
    REGISTRY = "registry"
    BUILD_CACHE = "build-cache"
    """The builder's (dind) build cache and built images."""
    LOGS = "logs"
    STATE = "state"
    """k3s' database, volumes, binaries."""

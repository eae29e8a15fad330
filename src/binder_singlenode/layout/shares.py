"""The parts that the disk is split over."""

from __future__ import annotations

from enum import StrEnum


class Share(StrEnum):
    """What the disk is split over. layout/paths.py knows where each of them lies."""

    IMAGES = "images"
    """containerd's images, which the kubelet collects."""
    REGISTRY = "registry"
    BUILD_CACHE = "build-cache"
    """dind: build cache and images built."""
    LOGS = "logs"
    STATE = "state"
    """k3s' database, volumes, binaries."""

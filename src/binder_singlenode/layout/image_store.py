"""Where built images are kept: what both values of `images.store` mean to values, steps, checks and `down`.

registry  the builder has a store of its own, pushes to the registry, and the kubelet pulls from there
shared    the builder works in the kubelet's store: one copy, no push, no pull (docs/adr/1003)
"""

from __future__ import annotations

SHARED_PREFIX = "binder.invalid/i-"
"""Prefix of images in the shared store. Nothing can be pulled from .invalid (RFC 2606): an image that the
kubelet has collected is missing, and never fetched from a stranger who took its name."""

BUILDER_FOLDERS = {"registry": "/var/lib/dind", "shared": "/var/lib/dind-shared"}
"""The builder's own folder on the host, by store: two, so that what the other one left can be told apart."""

CONTAINERD_SOCKET_FOLDER = "/run/k3s/containerd"
CONTAINERD_ROOT = "/var/lib/rancher/k3s/agent/containerd"
CONTAINERD_NAMESPACE = "k8s.io"
"""Where the kubelet's images are, in containerd's own sense of a namespace."""
SNAPSHOTTER = "overlayfs"
"""k3s' default. Builder and kubelet must use the same, or each unpacks the images for itself."""

STRAY_SOCKET = "/run/docker.sock"
"""With the shared store the chart mounts it into the binder pod whatever the builder's socket is; as nothing
is there, an empty folder of this name comes into being."""

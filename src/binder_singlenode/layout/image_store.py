"""Constants of the two image stores (`images.store`), for values, steps, checks and `down`.

registry  the builder has a separate store and pushes to the registry; the kubelet pulls from the registry
shared    the builder uses the kubelet's store: one copy, no push, no pull (docs/adr/1003)
"""

from __future__ import annotations

SHARED_PREFIX = "binder.invalid/i-"
"""Prefix of images in the shared store. Nothing can be pulled from .invalid (RFC 2606): an image that the
kubelet has deleted is missing, and never replaced by one that a third party published under its name."""

BUILDER_FOLDERS = {"registry": "/var/lib/dind", "shared": "/var/lib/dind-shared"}
"""The builder's folder on the host, for each store. They differ, so that files left by the other store are
recognised."""

CONTAINERD_SOCKET_FOLDER = "/run/k3s/containerd"
CONTAINERD_ROOT = "/var/lib/rancher/k3s/agent/containerd"
CONTAINERD_NAMESPACE = "k8s.io"
"""The containerd namespace (not a Kubernetes namespace) of the kubelet's images."""
CTR = f"/usr/local/bin/k3s ctr -n {CONTAINERD_NAMESPACE}"
"""containerd's command line, as part of k3s."""
SNAPSHOTTER = "overlayfs"
"""k3s' default. Builder and kubelet must use the same one, or each unpacks the images separately."""

STRAY_SOCKET = "/run/docker.sock"
"""With the shared store, the chart mounts this path into the binder pod, although the builder's socket is
elsewhere. As the path does not exist, an empty folder is created there."""

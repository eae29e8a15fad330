"""Launch quota that refuses launches on a full disk, with a message, before the kubelet evicts sessions."""

from __future__ import annotations

from typing import Any

from binder_singlenode.layout.names import DISK_FULL
from binder_singlenode.sizing.disk import FULL_FREE_PERCENT

_QUOTA = f'''\
from binderhub.quota import KubernetesLaunchQuota, LaunchQuotaExceeded


class DiskLaunchQuota(KubernetesLaunchQuota):
    FREE_PERCENT = {FULL_FREE_PERCENT}
    SENTENCE = "{DISK_FULL}: no launch begins until there is room again. Please tell its operators."

    async def check_repo_quota(self, *args, **kwargs):
        import os

        # The container's own files lie on the images' file system, and this one on the kubelet's.
        for path in ("/", "/etc/hosts"):
            disk = os.statvfs(path)
            free = 100 * disk.f_bavail / disk.f_blocks
            if free < self.FREE_PERCENT:
                self.log.error(f"The disk is full: {{free:.1f}} % free")
                raise LaunchQuotaExceeded(
                    self.SENTENCE, quota=100 - self.FREE_PERCENT, used=int(100 - free), status="disk_quota"
                )
        return await super().check_repo_quota(*args, **kwargs)


c.BinderHub.launch_quota_class = DiskLaunchQuota
'''
"""BinderHub checks its quota before a build, and again before it creates the session's pod."""


def disk_values() -> dict[str, Any]:
    """binder-singlenode's launch quota class, as BinderHub's configuration."""
    return {"extraConfig": {"02-disk": _QUOTA}}

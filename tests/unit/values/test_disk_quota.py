"""The quota class that refuses launches on a full disk: its Python runs on stand-ins of BinderHub's."""

import asyncio
import logging
import sys
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from binder_singlenode.layout.names import DISK_FULL
from binder_singlenode.values.disk_quota import disk_values


class LaunchQuotaExceeded(Exception):
    """As in binderhub/quota.py."""

    def __init__(self, message: str, *, quota: int, used: int, status: str) -> None:
        self.message, self.quota, self.used, self.status = message, quota, used, status


class KubernetesLaunchQuota:
    """As in binderhub/quota.py, with room for everybody."""

    log = logging.getLogger("binderhub")

    async def check_repo_quota(self, image_name: str, repo_config: dict[str, Any], repo_url: str) -> str:
        return f"room for {repo_url}"


@pytest.fixture
def quota(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The class as BinderHub gets it."""
    module = ModuleType("binderhub.quota")
    vars(module).update(LaunchQuotaExceeded=LaunchQuotaExceeded, KubernetesLaunchQuota=KubernetesLaunchQuota)
    monkeypatch.setitem(sys.modules, "binderhub", ModuleType("binderhub"))
    monkeypatch.setitem(sys.modules, "binderhub.quota", module)
    config = SimpleNamespace(BinderHub=SimpleNamespace())
    exec(disk_values()["extraConfig"]["02-disk"], {"c": config})
    return config.BinderHub.launch_quota_class()


def disks(monkeypatch: pytest.MonkeyPatch, **free_percent: int) -> None:
    """What statvfs tells of the two file systems."""
    paths = {"/": free_percent["images"], "/etc/hosts": free_percent["kubelet"]}
    monkeypatch.setattr("os.statvfs", lambda path: SimpleNamespace(f_bavail=paths[path] * 10, f_blocks=1000))


def asked(quota: Any) -> Any:
    return asyncio.run(quota.check_repo_quota("reg:5000/i-x:1", {}, "https://example.org/r"))


def test_with_room_binderhubs_own_quota_decides(quota: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    disks(monkeypatch, images=10, kubelet=10)
    assert asked(quota) == "room for https://example.org/r"


@pytest.mark.parametrize(("images", "kubelet"), [(9, 50), (50, 9)])
def test_a_full_disk_refuses_with_a_sentence(
    quota: Any, monkeypatch: pytest.MonkeyPatch, images: int, kubelet: int
) -> None:
    disks(monkeypatch, images=images, kubelet=kubelet)
    with pytest.raises(LaunchQuotaExceeded) as refused:
        asked(quota)
    assert refused.value.message.startswith(f"{DISK_FULL}: ")
    assert (refused.value.status, refused.value.quota, refused.value.used) == ("disk_quota", 90, 91)


def test_it_holds_on_the_real_disk(quota: Any) -> None:
    quota.FREE_PERCENT = 101
    with pytest.raises(LaunchQuotaExceeded):
        asked(quota)

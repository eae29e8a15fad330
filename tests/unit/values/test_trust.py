"""Trusted roots in the values: all that connects to the outside gets them, and what was there stays."""

from typing import Any

import pytest

from binder_singlenode.config import Host
from binder_singlenode.layout import paths
from binder_singlenode.layout.names import ROOTS_IN_SESSION, SYSTEM_ROOTS
from binder_singlenode.values.helm_values import helm_values

from .values_bed import host, release, sized

ROOTS = "-----BEGIN CERTIFICATE-----\nb64\n-----END CERTIFICATE-----\n"


def rendered(subject: Host, roots: str = ROOTS) -> dict[str, Any]:
    return helm_values(subject, sized(subject), release(), roots=roots)


def at(part: dict[str, Any], path: str) -> str:
    """The file of the host that is mounted there, read-only."""
    (mount,) = [each for each in part["extraVolumeMounts"] if each["mountPath"] == path]
    (volume,) = [each for each in part["extraVolumes"] if each["name"] == mount["name"]]
    assert mount["readOnly"] is True and volume["hostPath"]["type"] == "File"
    return str(volume["hostPath"]["path"])


@pytest.mark.parametrize("store", ["registry", "shared"])
def test_everybody_gets_the_bundle(store: str) -> None:
    subject = host(images={"store": store}, proxy={"http": "http://192.0.2.1:3128"})
    values, before = rendered(subject), rendered(subject, "")
    builder, hub, sessions = (
        values["dind"]["daemonset"],
        values["jupyterhub"]["hub"],
        values["jupyterhub"]["singleuser"],
    )
    for part, path in ((values, SYSTEM_ROOTS), (hub, SYSTEM_ROOTS), (builder, SYSTEM_ROOTS)):
        assert at(part, path) == paths.TRUSTED_BUNDLE
    assert at(sessions["storage"], ROOTS_IN_SESSION) == paths.TRUSTED_BUNDLE
    assert at(builder, "/usr/local/sbin/runc") == paths.TRUSTING_RUNC
    for variables, path in (
        (values["extraEnv"], SYSTEM_ROOTS),
        (hub["extraEnv"], SYSTEM_ROOTS),
        (values["config"]["KubernetesBuildExecutor"]["extra_envs"], SYSTEM_ROOTS),
        (sessions["extraEnv"], ROOTS_IN_SESSION),
    ):
        assert variables["SSL_CERT_FILE"] == variables["GIT_SSL_CAINFO"] == variables["PIP_CERT"] == path
        assert variables["HTTP_PROXY"] == "http://192.0.2.1:3128"
    for kind in ("extraVolumes", "extraVolumeMounts"):
        assert values[kind][: len(before[kind])] == before[kind]
        there = before["dind"]["daemonset"].get(kind, [])
        assert builder[kind][: len(there)] == there
        names = [each["name"] for each in builder["extraVolumes"]]
        assert len(names) == len(set(names))
    assert {"01-eventlog", "02-trusted-roots"} <= set(values["extraConfig"])


def test_new_roots_restart_what_has_read_the_old_ones() -> None:
    one, other = rendered(host()), rendered(host(), ROOTS.replace("b64", "b65"))
    assert one["dind"]["daemonset"]["extraVolumes"] != other["dind"]["daemonset"]["extraVolumes"]
    assert one == rendered(host())


def test_without_roots_nothing_changes() -> None:
    values = rendered(host(), "")
    assert (
        "extraVolumes" not in values["dind"]["daemonset"] and "02-trusted-roots" not in values["extraConfig"]
    )


def test_build_pods_get_it_from_binderhubs_own_class(monkeypatch: pytest.MonkeyPatch) -> None:
    """The configuration, run as BinderHub runs it, with stand-ins for its modules."""
    import sys
    from types import ModuleType, SimpleNamespace

    class Executor:
        def get_builder_volumes(self) -> tuple[list[Any], list[Any]]:
            return ["socket"], ["socket at"]

    build, kubernetes = ModuleType("binderhub.build"), ModuleType("kubernetes")
    build.KubernetesBuildExecutor = Executor  # type: ignore[attr-defined]
    kubernetes.client = SimpleNamespace(  # type: ignore[attr-defined]
        V1HostPathVolumeSource=dict, V1Volume=dict, V1VolumeMount=dict
    )
    for name, module in (("binderhub", ModuleType("binderhub")), ("binderhub.build", build)):
        monkeypatch.setitem(sys.modules, name, module)
    monkeypatch.setitem(sys.modules, "kubernetes", kubernetes)
    c = SimpleNamespace(BinderHub=SimpleNamespace())
    exec(rendered(host())["extraConfig"]["02-trusted-roots"], {"c": c})
    assert issubclass(c.BinderHub.build_class, Executor)
    volumes, mounts = c.BinderHub.build_class().get_builder_volumes()
    assert (volumes[0], mounts[0]) == ("socket", "socket at")
    assert volumes[1]["host_path"] == {"path": paths.TRUSTED_BUNDLE, "type": "File"}
    assert mounts[1] == {"name": volumes[1]["name"], "mount_path": SYSTEM_ROOTS, "read_only": True}

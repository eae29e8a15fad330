"""The Helm values of either image store, and the list of Dataverse installations."""

import json
import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from binder_singlenode.layout import image_store
from binder_singlenode.layout.names import DIND_SOCKET
from binder_singlenode.layout.paths import LAUNCH_ARCHIVE
from binder_singlenode.sizing.explain import rows as explain

from .values_bed import errors, host, sized, values

SHARED = {"store": "shared"}


def shared(**sections: Any) -> dict[str, Any]:
    return values(host(images=SHARED, **sections))


def mounts(spec: dict[str, Any]) -> dict[str, str]:
    """Path in the pod -> folder of the host."""
    folders = {each["name"]: each["hostPath"]["path"] for each in spec["extraVolumes"] if "hostPath" in each}
    return {
        each["mountPath"]: folders[each["name"]]
        for each in spec["extraVolumeMounts"]
        if each["name"] in folders
    }


def test_both_schemas_accept_the_shared_store() -> None:
    rendered = shared()
    assert errors("binderhub.schema.json", rendered) == []
    assert errors("jupyterhub-4.2.0.schema.json", rendered["jupyterhub"]) == []


def test_binderhub_asks_the_builder_and_nobody_else() -> None:
    rendered = shared()
    options = rendered["config"]["BinderHub"]
    assert options["use_registry"] is False
    assert rendered["extraEnv"]["DOCKER_HOST"] == f"unix://{DIND_SOCKET}"
    folder = str(Path(DIND_SOCKET).parent)
    assert mounts(rendered) == {folder: rendered["dind"]["hostSocketDir"], LAUNCH_ARCHIVE: LAUNCH_ARCHIVE}
    assert folder == rendered["dind"]["hostSocketDir"]
    assert rendered["config"]["KubernetesBuildExecutor"]["docker_host"] == DIND_SOCKET
    assert "registry" not in rendered


def test_no_name_that_a_stranger_could_own() -> None:
    """A collected image must be missing, not pulled: .invalid is nobody's (RFC 2606)."""
    prefix = shared()["config"]["BinderHub"]["image_prefix"]
    assert prefix.partition("/")[0].endswith(".invalid")


def test_the_builder_works_in_the_kubelets_store() -> None:
    dind = shared()["dind"]
    arguments = dict(word.split("=", 1) for word in dind["daemonset"]["extraArgs"])
    told = mounts(dind["daemonset"])
    assert arguments["--containerd-namespace"] == "k8s.io"
    folder, name = arguments["--containerd"].rsplit("/", 1)
    assert (told[folder], name) == ("/run/k3s/containerd", "containerd.sock")
    # dockerd mounts snapshots by the paths that containerd tells it: they must be the same inside.
    assert told[image_store.CONTAINERD_ROOT] == image_store.CONTAINERD_ROOT
    assert dind["storageDriver"] == "overlayfs"
    assert not any("registry" in word for word in arguments)


def test_the_builders_settings_are_part_of_its_pod() -> None:
    dind = shared()["dind"]
    (init,) = dind["initContainers"]
    settings = json.loads(init["env"][0]["value"])
    assert settings["features"] == {"containerd-snapshotter": True}
    assert settings["builder"]["gc"]["enabled"] is True
    assert int(settings["builder"]["gc"]["defaultKeepStorage"].removesuffix("B")) > 0
    (mount,) = init["volumeMounts"]
    assert mount in dind["daemonset"]["extraVolumeMounts"]
    assert f"--config-file={mount['mountPath']}/daemon.json" in dind["daemonset"]["extraArgs"]
    tag = dind["daemonset"]["image"]
    assert init["image"] == f"{tag['name']}:{tag['tag']}"


STAND_IN = """#!/bin/sh
case "$*" in
    "-w -n -L DOCKER-USER") [ {name} = iptables-legacy ] && [ -e {folder}/chains ] && exit 0
        touch {folder}/chains; exit 1 ;;
    "-w -C"*) exit 1 ;;
esac
echo {name} "$*" >> {folder}/calls
"""


def test_run_is_kept_from_the_registry(tmp_path: Path) -> None:
    """Executed: the chain comes later than the hook, and in the world of the older iptables."""
    rendered = values(host(network={"service_cidr": "10.99.0.0/16"}))
    command = rendered["dind"]["daemonset"]["lifecycle"]["postStart"]["exec"]["command"]
    for name in ("iptables", "iptables-legacy"):
        (tmp_path / name).write_text(STAND_IN.format(name=name, folder=tmp_path))
        (tmp_path / name).chmod(0o755)
    (tmp_path / "sleep").write_text("#!/bin/sh\n")
    (tmp_path / "sleep").chmod(0o755)
    subprocess.run(command, env={"PATH": f"{tmp_path}:/usr/bin:/bin"}, check=True, timeout=60)
    assert (tmp_path / "calls").read_text().splitlines() == [
        f"iptables-legacy -w -I DOCKER-USER -p tcp --dport 5000 -d {network} -j REJECT"
        for network in ("10.99.0.0/16", "10.42.0.0/16")
    ]


def test_a_builder_that_cannot_be_kept_from_it_does_not_start(tmp_path: Path) -> None:
    command = values()["dind"]["daemonset"]["lifecycle"]["postStart"]["exec"]["command"]
    (tmp_path / "sleep").write_text("#!/bin/sh\n")
    (tmp_path / "sleep").chmod(0o755)
    done = subprocess.run(
        ["/bin/sh", *command[1:]],
        env={"PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 1 and "no chain DOCKER-USER" in done.stderr


def test_each_store_has_a_builder_folder_of_its_own() -> None:
    folders = {values()["dind"]["hostLibDir"], shared()["dind"]["hostLibDir"]}
    assert folders == set(image_store.BUILDER_FOLDERS.values())


def test_the_registrys_memory_and_cpu_are_the_sessions() -> None:
    one, two = sized(host(), 11), sized(host(images=SHARED), 11)
    assert one.memory.core.registry_bytes > 0 and one.cpu.registry > 0
    assert (two.memory.core.registry_bytes, two.cpu.registry) == (0, 0)
    assert two.memory.free_bytes - one.memory.free_bytes == one.memory.core.registry_bytes
    assert (one.sessions.quota, two.sessions.quota) == (4, 5)
    assert "registry" in dict((name, how) for name, _, how in explain(one))["core"]
    assert "registry" not in dict((name, how) for name, _, how in explain(two))["core"]


@pytest.mark.parametrize("memory_gib", [6, 15.5, 62, 104.5, 188])
@pytest.mark.parametrize("sessions", [{}, {"quota": 2}])
def test_another_store_is_no_other_kubelet(memory_gib: float, sessions: dict[str, Any]) -> None:
    """Else a switch would restart k3s, or be refused by a node that has its pod network."""
    one = sized(host(sessions=sessions), memory_gib)
    two = sized(host(sessions=sessions, images=SHARED), memory_gib)
    assert (one.pods.most, one.pods.mask) == (two.pods.most, two.pods.mask)
    assert (one.disk.image_gc_high_percent, one.disk.image_gc_low_percent) == (
        two.disk.image_gc_high_percent,
        two.disk.image_gc_low_percent,
    )


def test_the_pods_row_says_what_it_counted() -> None:
    """104.5 GiB: 71 sessions, 70 of them beside a registry; 71 would need a larger pod network."""
    found = sized(host(images=SHARED), 104.5)
    how = dict((name, how) for name, _, how in explain(found))["pods"]
    assert how.startswith(f"{found.sessions.quota - 1} sessions (as beside a registry) + ")


PROXY = {"http": "http://192.0.2.1:3128"}


def test_run_has_the_proxy_without_the_registrys_docker_configuration() -> None:
    """BinderHub mounts it into build pods only when it uses a registry."""
    words = shared(proxy=PROXY)["config"]["KubernetesBuildExecutor"]["repo2docker_extra_args"]
    start = "--DockerEngine.extra_buildx_build_args=--build-arg="
    assert all(word.startswith(start) and " " not in word for word in words)
    told = dict(word.removeprefix(start).split("=", 1) for word in words)
    assert told["HTTP_PROXY"] == told["https_proxy"] == "http://192.0.2.1:3128"
    assert "10.43.0.0/16" in told["NO_PROXY"].split(",")
    executor = values(host(proxy=PROXY))["config"]["KubernetesBuildExecutor"]
    assert "repo2docker_extra_args" not in executor


@pytest.mark.parametrize("more", [{}, {"images": SHARED}, {"proxy": PROXY}])
def test_builds_read_the_list_of_dataverse_installations_here(more: dict[str, Any]) -> None:
    rendered = values(host(network={"service_cidr": "10.99.0.0/16"}, **more))
    url = urlsplit(
        rendered["config"]["KubernetesBuildExecutor"]["extra_envs"]["R2D_DATAVERSE_INSTALLATIONS_URL"]
    )
    assert (url.scheme, url.netloc) == ("http", "10.99.0.60:80")
    options = rendered["config"]["BinderHub"]
    name = url.path.removeprefix(options["extra_static_url_prefix"])
    file = rendered["extraFiles"][name]
    assert file["mountPath"] == f"{options['extra_static_path']}/{name}"
    names = [each["hostname"] for each in json.loads(file["stringData"])["installations"]]
    assert "dataverse.harvard.edu" in names and len(set(names)) == len(names) > 100
    assert all("/" not in each for each in names)

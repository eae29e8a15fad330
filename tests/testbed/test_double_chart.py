"""The double's chart: takes what the official schema takes, and makes what the product relies on.

Rendered by the helm that the bundle brings, with the values that the product makes.
"""

import copy
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from ruamel.yaml import YAML

from binder_singlenode.base.units import GIB
from binder_singlenode.config import Host
from binder_singlenode.layout import names
from binder_singlenode.releases import versions
from binder_singlenode.releases.versions import Artifact, Release
from binder_singlenode.sizing.size import Machine, size
from binder_singlenode.values.helm_values import helm_values, to_yaml

HERE = Path(__file__).parent
CHART = HERE / "binderhub" / "chart"
SCHEMAS = HERE.parent / "data" / "charts"

pytestmark = pytest.mark.timeout(1800)  # the first time, helm is built

Objects = dict[tuple[str, str], dict[str, Any]]
Helm = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="session")
def helm_program() -> Path:
    """Helm, from the cache of the person who runs the tests: this fixture comes before their own folders."""
    sys.path.insert(0, str(HERE))
    from building import golang

    return golang.helm()


@pytest.fixture
def helm(helm_program: Path, tmp_path: Path) -> Helm:
    """helm("template", values) -> what it says."""

    def run(verb: str, values: dict[str, Any]) -> "subprocess.CompletedProcess[str]":
        file = tmp_path / "values.yaml"
        file.write_text(to_yaml(values))
        name = [] if verb == "lint" else ["binder"]
        return subprocess.run(
            [helm_program, verb, *name, CHART, "--namespace", "binder", "--values", file],
            capture_output=True,
            text=True,
            check=False,
        )

    return run


@pytest.fixture
def product_values() -> dict[str, Any]:
    """What the product renders for a small machine."""
    return values_of({})


def values_of(sections: dict[str, Any]) -> dict[str, Any]:
    """What the product renders for a host file with these sections."""
    return rendered_values(Host.model_validate({"address": "192.0.2.7", **sections}))


def rendered_values(host: Host) -> dict[str, Any]:
    """The same for a host."""
    one = Artifact("k3s", "v1", "0" * 64)
    settings = versions.default_settings() | {"dind_image": "docker.io/testbed/dind:26.1"}
    release = Release("amd64", one, one, one, one, (), settings)
    secrets = {"sign_in.client_secret": SecretStr("s")} if host.sign_in.on else {}
    machine = Machine(8 * GIB, 2, 400 * GIB)
    return copy.deepcopy(helm_values(host, size(machine, host), release, secrets))


@pytest.fixture
def rendered(helm: Helm, product_values: dict[str, Any]) -> Objects:
    """The objects by kind and name."""
    return objects(helm, product_values)


def objects(helm: Helm, values: dict[str, Any]) -> Objects:
    """What the chart makes of these values."""
    done = helm("template", values)
    assert done.returncode == 0, done.stderr
    documents = [each for each in YAML(typ="safe").load_all(done.stdout) if each]
    return {(each["kind"], each["metadata"]["name"]): each for each in documents}


def container(objects: Objects, kind: str, name: str) -> dict[str, Any]:
    found: dict[str, Any] = objects[kind, name]["spec"]["template"]["spec"]["containers"][0]
    return found


@pytest.mark.parametrize(
    ("copied", "official"),
    [
        ("values.schema.json", "binderhub.schema.json"),
        ("charts/jupyterhub/values.schema.json", "jupyterhub-4.2.0.schema.json"),
    ],
)
def test_the_schemas_are_the_official_ones(copied: str, official: str) -> None:
    assert json.loads((CHART / copied).read_text()) == json.loads((SCHEMAS / official).read_text())


def test_helm_finds_no_fault(helm: Helm, product_values: dict[str, Any]) -> None:
    done = helm("lint", product_values)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "[WARNING]" not in done.stdout


@pytest.mark.parametrize(
    ("path", "word"),
    [
        ("imageBuilderTyp", "imageBuilderTyp"),
        ("dind.daemonset.extraArg", "extraArg"),
        ("jupyterhub.cull.everi", "everi"),
        ("jupyterhub.singleuser.memory.guarante", "guarante"),
        ("jupyterhub.hub.baseURL", "baseURL"),
    ],
)
def test_a_misspelt_key_is_refused(helm: Helm, product_values: dict[str, Any], path: str, word: str) -> None:
    *parents, last = path.split(".")
    target = product_values
    for parent in parents:
        target = target.setdefault(parent, {})
    target[last] = "x"
    done = helm("template", product_values)
    assert done.returncode != 0
    assert "don't meet the specifications of the schema" in done.stderr
    assert word in done.stderr


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"imageBuilderType": "pink"}, "the double has no pink"),
        ({"ingress": {"enabled": True}}, "the double has no ingress"),
        ({"jupyterhub": {"scheduling": {"userScheduler": {"enabled": True}}}}, "no user scheduler"),
        ({"jupyterhub": {"singleuser": {"cloudMetadata": {"blockWithIptables": True}}}}, "no iptables"),
        ({"jupyterhub": {"singleuser": {"storage": {"type": "static"}}}}, "no static volumes for users"),
        ({"jupyterhub": {"prePuller": {"hook": {"enabled": True}}}}, "no image pullers"),
        ({"jupyterhub": {"proxy": {"https": {"enabled": True}}}}, "no TLS"),
    ],
)
def test_what_the_double_does_not_do_is_refused(
    helm: Helm, product_values: dict[str, Any], change: dict[str, Any], sentence: str
) -> None:
    from binder_singlenode.values.helm_values import merge

    done = helm("template", merge(product_values, change))
    assert done.returncode != 0
    assert sentence in done.stderr


def test_people_can_sign_in_and_keep_a_home(helm: Helm) -> None:
    endpoints = dict.fromkeys(("authorize_url", "token_url", "userdata_url"), "https://login.example.org/x")
    sign_in = {
        "provider": "oidc",
        "client_id": "a",
        "client_secret": "env:A",
        "allowed": {"users": ["alice"]},
    }
    host = {"address": "192.0.2.7", "mode": "persistent", "sign_in": sign_in | endpoints}
    done = helm("template", rendered_values(Host.model_validate(host)))
    assert done.returncode == 0, done.stderr
    assert f"hub.services.{names.HUB_SERVICE}.apiToken" in done.stdout


def test_the_objects_have_the_real_charts_names(rendered: Objects) -> None:
    assert set(rendered) >= {
        *(("Deployment", name) for name in ("binder", "hub", "proxy")),
        *(("Service", name) for name in ("binder", "hub", "proxy-public", "proxy-api")),
        *(("Secret", name) for name in ("binder-secret", "binder-build-docker-config", "hub", "singleuser")),
        *(("NetworkPolicy", name) for name in ("hub", "proxy", "singleuser")),
        ("DaemonSet", "binder-dind"),
        ("PersistentVolumeClaim", "hub-db-dir"),
        ("PodDisruptionBudget", "binderhub"),
        ("ServiceAccount", "binderhub"),
        ("ServiceAccount", "hub"),
    }


@pytest.mark.parametrize(
    ("service", "workload", "port", "target"),
    [
        ("binder", "binder", 80, 8585),
        ("hub", "hub", 8081, "http"),
        ("proxy-public", "proxy", 80, "http"),
        ("proxy-api", "proxy", 8001, "api"),
    ],
)
def test_services_select_their_pods(
    rendered: Objects, service: str, workload: str, port: int, target: int | str
) -> None:
    spec = rendered["Service", service]["spec"]
    labels = rendered["Deployment", workload]["spec"]["template"]["metadata"]["labels"]
    assert spec["selector"].items() <= labels.items()
    assert (spec["ports"][0]["port"], spec["ports"][0]["targetPort"]) == (port, target)
    named = {each[key] for each in container(rendered, "Deployment", workload)["ports"] for key in each}
    assert target in named


def test_selectors_match_their_own_templates(rendered: Objects) -> None:
    for (kind, name), each in rendered.items():
        if kind in ("Deployment", "DaemonSet"):
            selector = each["spec"]["selector"]["matchLabels"]
            assert selector.items() <= each["spec"]["template"]["metadata"]["labels"].items(), name


def test_values_reach_the_pods(rendered: Objects, product_values: dict[str, Any]) -> None:
    hub = product_values["jupyterhub"]["hub"]
    for name, wanted in (
        ("binder", product_values["resources"]),
        ("hub", hub["resources"]),
        ("proxy", product_values["jupyterhub"]["proxy"]["chp"]["resources"]),
    ):
        assert container(rendered, "Deployment", name)["resources"] == wanted
        spec = rendered["Deployment", name]["spec"]["template"]["spec"]
        assert spec["priorityClassName"] == product_values["extraPodSpec"]["priorityClassName"]
    probe = container(rendered, "Deployment", "binder")["livenessProbe"]
    assert probe["failureThreshold"] == product_values["deployment"]["livenessProbe"]["failureThreshold"]
    assert probe["httpGet"] == {"path": "/versions", "port": "binder"}
    hub_probe = container(rendered, "Deployment", "hub")["readinessProbe"]
    assert hub_probe["httpGet"]["path"] == "/jupyter/hub/health"


def test_dind_is_as_the_real_chart_makes_it(rendered: Objects, product_values: dict[str, Any]) -> None:
    dind = container(rendered, "DaemonSet", "binder-dind")
    values = product_values["dind"]
    assert dind["image"] == "docker.io/testbed/dind:26.1"
    socket = "-H unix:///var/run/dind/docker.sock"
    assert dind["args"] == [
        "dockerd",
        "--storage-driver=overlay2",
        socket,
        *values["daemonset"]["extraArgs"],
    ]
    assert dind["resources"] == values["resources"]
    pod = rendered["DaemonSet", "binder-dind"]["spec"]["template"]
    assert pod["metadata"]["labels"]["component"] == "image-builder"
    volumes = {each["name"]: each["hostPath"]["path"] for each in pod["spec"]["volumes"]}
    assert volumes == {"dockerlib-dind": "/var/lib/dind", "run-dind": "/var/run/dind"}


def test_the_servers_read_the_values_as_json(rendered: Objects, product_values: dict[str, Any]) -> None:
    text = rendered["Secret", "binder-secret"]["stringData"]["values.yaml"]
    found = json.loads(text)
    assert found["config"]["LaunchQuota"] == product_values["config"]["LaunchQuota"]
    assert found["config"]["KubernetesBuildExecutor"] == product_values["config"]["KubernetesBuildExecutor"]
    files = rendered["Secret", "singleuser"]["stringData"]
    wanted = product_values["jupyterhub"]["singleuser"]["extraFiles"]["jupyter-server"]["data"]
    assert json.loads(files["jupyter-server"]) == wanted


def test_images_come_from_the_bundle(rendered: Objects) -> None:
    from building import images, jupyter, node

    for name, image in (("binder", images.DOUBLE), ("hub", jupyter.HUB), ("proxy", node.PROXY)):
        each = container(rendered, "Deployment", name)
        assert each["image"] == image
        assert each["imagePullPolicy"] == "IfNotPresent"


def test_the_shared_store_reaches_binder_and_builder(helm: Helm) -> None:
    made = objects(helm, values_of({"images": {"store": "shared"}}))
    binder, dind = container(made, "Deployment", "binder"), container(made, "DaemonSet", "binder-dind")
    assert {"name": "DOCKER_HOST", "value": "unix:///var/run/dind/docker.sock"} in binder["env"]
    paths = [each["mountPath"] for each in binder["volumeMounts"]]
    assert {"/var/run/dind", "/var/run/docker.sock"} <= set(paths) and "/root/.docker" not in paths
    assert ("Secret", "binder-build-docker-config") not in made
    assert "--containerd-namespace=k8s.io" in dind["args"] and "--storage-driver=overlayfs" in dind["args"]
    spec = made["DaemonSet", "binder-dind"]["spec"]["template"]["spec"]
    assert [each["name"] for each in spec["initContainers"]] == ["filesystem", "settings"]
    hosts = {each["name"]: each.get("hostPath", {}).get("path") for each in spec["volumes"]}
    assert hosts["dockerlib-dind"] == "/var/lib/dind-shared"
    assert all(each["name"] in hosts for each in dind["volumeMounts"])


def test_binderhub_has_the_list_of_dataverse_installations(rendered: Objects) -> None:
    name = "dataverse.json"
    assert json.loads(rendered["Secret", "binder-secret"]["stringData"][name])["installations"]
    mounted = container(rendered, "Deployment", "binder")["volumeMounts"]
    assert {"name": "config", "mountPath": f"/etc/binderhub/extra-static/{name}", "subPath": name} in mounted

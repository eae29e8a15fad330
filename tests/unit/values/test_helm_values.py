"""The Helm values: valid for both charts, true to the sizing and to the promises, and stable."""

import copy

import pytest
from ruamel.yaml import YAML

from binder_singlenode.base import units
from binder_singlenode.config import Host
from binder_singlenode.errors import ConfigError
from binder_singlenode.values.helm_values import helm_values, merge, to_yaml

from .values_bed import errors, host, release, sized, values

MACHINES = [(5.75, 2), (7.7, 2), (15.5, 4), (62, 16), (188, 48)]


@pytest.mark.parametrize(("memory", "cpus"), MACHINES)
def test_both_schemas_accept_the_values(memory: float, cpus: int) -> None:
    rendered = values(memory_gib=memory, cpus=cpus)
    assert errors("binderhub.schema.json", rendered) == []
    assert errors("jupyterhub-4.2.0.schema.json", rendered["jupyterhub"]) == []


def test_the_schemas_refuse_a_misspelt_key() -> None:
    """The check above is only worth something if it can fail."""
    rendered = values()
    rendered["imageBuilderTyp"] = "dind"
    rendered["jupyterhub"]["cull"]["everi"] = 60
    assert any("imageBuilderTyp" in error for error in errors("binderhub.schema.json", rendered))
    assert any("everi" in error for error in errors("jupyterhub-4.2.0.schema.json", rendered["jupyterhub"]))


def quantity(text: str) -> int:
    return units.parse_kubernetes_bytes(text)


@pytest.mark.parametrize(("memory", "cpus"), MACHINES)
def test_what_is_requested_is_what_was_reserved(memory: float, cpus: int) -> None:
    """Scheduler's arithmetic: core (binder twice, in an upgrade) + dind + builds + quota fit the node."""
    subject = host()
    s = sized(subject, memory, cpus)
    rendered = helm_values(subject, s, release())
    hub = rendered["jupyterhub"]
    binder = quantity(rendered["resources"]["requests"]["memory"])
    core = 2 * binder + quantity(hub["hub"]["resources"]["requests"]["memory"])
    core += quantity(hub["proxy"]["chp"]["resources"]["requests"]["memory"]) + s.memory.core.registry_bytes
    core += s.memory.core.coredns_bytes + s.memory.core.metrics_server_bytes
    dind = quantity(rendered["dind"]["resources"]["requests"]["memory"])
    executor = rendered["config"]["KubernetesBuildExecutor"]
    build = quantity(executor["resources"]["requests"]["memory"])
    builds = rendered["config"]["BinderHub"]["concurrent_build_limit"] * build
    session = units.parse_jupyterhub_bytes(hub["singleuser"]["memory"]["guarantee"])
    quota = rendered["config"]["LaunchQuota"]["total_quota"]
    assert (core, dind) == (s.memory.core.total_bytes, s.memory.dind_bytes)
    assert 0 <= s.builds.concurrent * s.builds.memory_bytes - builds < s.builds.concurrent * 1024**2
    assert core + dind + builds + quota * session <= s.memory.allocatable_bytes


@pytest.mark.parametrize(("memory", "cpus"), MACHINES)
def test_no_limit_is_below_its_request(memory: float, cpus: int) -> None:
    rendered = values(memory_gib=memory, cpus=cpus)
    hub = rendered["jupyterhub"]
    parts = [rendered["resources"], hub["hub"]["resources"], hub["proxy"]["chp"]["resources"]]
    parts += [rendered["dind"]["resources"], rendered["config"]["KubernetesBuildExecutor"]["resources"]]
    for part in parts:
        assert quantity(part["requests"]["memory"]) <= quantity(part["limits"]["memory"])


def test_the_promises() -> None:
    """No login; 1 GiB sure, 2 GiB at most; gone after ten minutes; nothing saved; a share a repository."""
    rendered = values()
    hub, config = rendered["jupyterhub"], rendered["config"]
    assert hub["hub"]["config"]["JupyterHub"]["authenticator_class"] == "null"
    assert hub["hub"]["config"]["BinderSpawner"]["auth_enabled"] is False
    assert hub["singleuser"]["memory"] == {"guarantee": "1G", "limit": "2G"}
    assert (hub["cull"]["timeout"], hub["cull"]["users"]) == (600, True)
    assert hub["cull"]["every"] <= 60
    assert hub["cull"]["maxAge"] == 12 * 3600
    assert hub["singleuser"]["storage"] == {"type": "none"}
    assert hub["singleuser"]["extraPodConfig"] == {"restartPolicy": "Never", "enableServiceLinks": False}
    assert hub["singleuser"]["allowPrivilegeEscalation"] is False
    files = {file["mountPath"]: file["data"] for file in hub["singleuser"]["extraFiles"].values()}
    server = files["/etc/jupyter/jupyter_server_config.json"]
    assert server["ServerApp"]["shutdown_no_activity_timeout"] == 12 * 3600
    assert server["MappingKernelManager"]["cull_idle_timeout"] == 12 * 3600
    assert config["BinderHub"]["per_repo_quota"] == 20
    assert config["LaunchQuota"]["total_quota"] == 40


def test_session_settings_of_the_host_file_arrive() -> None:
    rendered = values(
        host(
            sessions={
                "memory_guarantee": "512M",
                "memory_limit": "1.5G",
                "cpu_guarantee": 0.1,
                "cpu_limit": 2.0,
                "idle_timeout": "30m",
                "max_age": "2d",
                "per_repository": 7,
                "quota": 30,
            },
            builds={"concurrent": 2, "memory_limit": "3Gi"},
            release={"repo2docker_image": "example.test/r2d:1"},
        )
    )
    single, config = rendered["jupyterhub"]["singleuser"], rendered["config"]
    assert single["memory"] == {"guarantee": "512M", "limit": "1.5G"}
    assert single["cpu"] == {"guarantee": 0.1, "limit": 2.0}
    assert rendered["jupyterhub"]["cull"]["timeout"] == 1800
    assert rendered["jupyterhub"]["cull"]["maxAge"] == 172800
    assert (config["LaunchQuota"]["total_quota"], config["BinderHub"]["per_repo_quota"]) == (30, 7)
    assert config["BinderHub"]["concurrent_build_limit"] == 2
    executor = config["KubernetesBuildExecutor"]
    assert executor["build_image"] == "example.test/r2d:1"
    assert executor["resources"]["limits"]["memory"] == "3Gi"


def test_one_address_for_the_registry_in_all_places() -> None:
    rendered = values(host(network={"service_cidr": "10.99.0.0/16"}))
    assert rendered["config"]["BinderHub"]["image_prefix"] == "10.99.0.50:5000/i-"
    assert rendered["registry"]["url"] == "http://10.99.0.50:5000"
    assert "--insecure-registry=10.99.0.50:5000" in rendered["dind"]["daemonset"]["extraArgs"]
    assert rendered["registry"]["username"] and rendered["registry"]["password"]


def test_the_urls_of_one_host_name() -> None:
    rendered = values(host(url="http://127.0.0.1:8080"))
    binder, hub = rendered["config"]["BinderHub"], rendered["jupyterhub"]["hub"]
    assert binder["base_url"] == "/"
    assert binder["hub_url"] == "http://127.0.0.1:8080/jupyter/"
    assert binder["hub_url_local"] == "http://proxy-public/jupyter/"
    assert hub["baseUrl"] == "/jupyter/"
    assert hub["config"]["JupyterHub"]["hub_routespec"] == "/jupyter/hub/api/"


def test_nothing_that_hurts_a_single_node_is_on() -> None:
    rendered = values()
    hub = rendered["jupyterhub"]
    assert rendered["imageBuilderType"] == "dind"
    assert rendered["imageCleaner"] == {"enabled": False, "cordon": False}
    assert rendered["service"]["type"] == hub["proxy"]["service"]["type"] == "ClusterIP"
    assert not rendered["ingress"]["enabled"] and not hub["ingress"]["enabled"]
    assert not hub["scheduling"]["userScheduler"]["enabled"]
    assert not hub["scheduling"]["userPlaceholder"]["enabled"]
    assert not hub["prePuller"]["hook"]["enabled"] and not hub["prePuller"]["continuous"]["enabled"]
    assert hub["singleuser"]["cloudMetadata"]["blockWithIptables"] is False
    assert hub["hub"]["consecutiveFailureLimit"] == 0


def test_sessions_reach_the_internet_and_nothing_private() -> None:
    policy = values()["jupyterhub"]["singleuser"]["networkPolicy"]
    (rule,) = policy["egress"]
    block = rule["to"][0]["ipBlock"]
    assert {"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16"} <= set(block["except"])
    assert {22, 25, 5000, 6443, 10250}.isdisjoint(port["port"] for port in rule["ports"])
    rules = policy["egressAllowRules"]
    assert not (rules["nonPrivateIPs"] or rules["privateIPs"] or rules["cloudMetadataServer"])


def test_a_classroom_behind_one_address_can_fill_the_machine() -> None:
    for memory, cpus in MACHINES:
        config = values(memory_gib=memory, cpus=cpus)["config"]
        assert config["RateLimiter"]["limit"] >= 2 * config["LaunchQuota"]["total_quota"]


@pytest.mark.parametrize(
    ("reference", "name", "tag"),
    [
        ("docker.io/library/docker:27.5.1-dind", "docker.io/library/docker", "27.5.1-dind"),
        ("10.0.0.1:5000/docker:1", "10.0.0.1:5000/docker", "1"),
        ("docker:1@sha256:abc", "docker", "1@sha256:abc"),
    ],
)
def test_the_dind_image_is_split_into_name_and_tag(reference: str, name: str, tag: str) -> None:
    rendered = helm_values(host(), sized(host()), release(dind_image=reference))
    assert rendered["dind"]["daemonset"]["image"] == {"name": name, "tag": tag}


def test_extra_values_win_and_leave_the_rest() -> None:
    extra = {"config": {"BinderHub": {"about_message": "Hello"}}, "jupyterhub": {"cull": {"every": 30}}}
    rendered = values(host(release={"extra_values": extra}))
    assert rendered["config"]["BinderHub"]["about_message"] == "Hello"
    assert rendered["config"]["BinderHub"]["use_registry"] is True
    assert rendered["jupyterhub"]["cull"]["every"] == 30
    assert rendered["jupyterhub"]["cull"]["timeout"] == 600


def test_a_wrong_option_in_extra_values_is_refused() -> None:
    extra = {"config": {"KubernetesBuildExecutor": {"memory_request": "0"}}}
    with pytest.raises(
        ConfigError, match=r"config\.KubernetesBuildExecutor\.memory_request: it must be a number"
    ):
        values(host(release={"extra_values": extra}))


def test_merge_changes_neither_side() -> None:
    base, over = {"a": {"b": 1, "c": [1]}, "d": 1}, {"a": {"c": [2]}, "d": {"e": 1}, "f": None}
    before = copy.deepcopy((base, over))
    assert merge(base, over) == {"a": {"b": 1, "c": [2]}, "d": {"e": 1}, "f": None}
    assert (base, over) == before


def test_yaml_gives_back_the_values_and_is_the_same_each_time() -> None:
    rendered = values()
    text = to_yaml(rendered)
    assert YAML(typ="safe", pure=True).load(text) == rendered
    assert to_yaml(values()) == text


@pytest.mark.parametrize("version", ["1.1", "1.2"])
def test_yaml_of_awkward_texts_survives_both_versions(version: str) -> None:
    """helm reads YAML 1.1, where no, 0755, 1e3, 1_000 and 12:30 are not texts unless they are quoted."""
    awkward = [
        "no",
        "on",
        "y",
        "0755",
        "1e3",
        "1_000",
        "12:30",
        "null",
        "~",
        "",
        " x",
        "x: y",
        "#",
        "a\nb\n",
        "\ta\n",
    ]
    awkward += ["line\n\n\nlast\n", "trailing \nspace\n", "\n", "ünï\n", "a\r\nb\n", "nul\x00", "---\n...\n"]
    document = {
        "texts": awkward,
        "off": {"y": "n", "1": 2, "a b": True, "x.y/z": None},
        "empty": {},
        "none": [],
    }
    reader = YAML(typ="safe", pure=True)
    reader.version = version
    assert reader.load(to_yaml(document)) == document


def test_two_names_give_the_hub_a_root_of_its_own() -> None:
    two = Host.model_validate({"address": "198.51.100.7", "domain": "example.org", "tls": "acme"})
    found = values(two)
    binder, hub = found["config"]["BinderHub"], found["jupyterhub"]["hub"]
    assert binder["hub_url"] == "https://hub.example.org/"
    assert binder["hub_url_local"] == "http://proxy-public/"
    assert hub["baseUrl"] == "/"
    assert hub["config"]["JupyterHub"]["hub_routespec"] == "/hub/api/"

"""The web proxy in the Helm values: everywhere it is needed, and open to sessions."""

import pytest

from binder_singlenode.config import Host, proxy_environment

from .values_bed import checked_values

PROXY = {"http": "http://192.0.2.1:3128", "no_proxy": ["git.example.org"]}


@pytest.mark.parametrize("subject", ["http", "https"])
def test_one_proxy_url_is_for_both(subject: str) -> None:
    host = Host.model_validate({"address": "a.b", "proxy": {"http": "http://proxy.example.org:3128"}})
    assert proxy_environment.environment(host)[f"{subject}_proxy"] == "http://proxy.example.org:3128"
    assert proxy_environment.doors(host) == ["proxy.example.org:3128"]


def test_the_proxy_in_the_builder_build_pods_run_binderhub_and_sessions() -> None:
    rendered = checked_values(proxy=PROXY)
    hub, config = rendered["jupyterhub"], rendered["config"]
    environments = [
        rendered["extraEnv"],
        hub["hub"]["extraEnv"],
        hub["singleuser"]["extraEnv"],
        config["KubernetesBuildExecutor"]["extra_envs"],
    ]
    for environment in environments:
        for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy"):
            assert environment[name] == "http://192.0.2.1:3128"
        assert environment["NO_PROXY"] == environment["no_proxy"]
    client = config["BinderHub"]["buildDockerConfig"]["proxies"]["default"]
    assert (client["httpProxy"], client["httpsProxy"]) == ("http://192.0.2.1:3128",) * 2
    arguments = rendered["dind"]["daemonset"]["extraArgs"]
    assert "--http-proxy=http://192.0.2.1:3128" in arguments
    assert f"--no-proxy={client['noProxy']}" in arguments
    assert any(argument.startswith("--insecure-registry=") for argument in arguments)


def test_what_is_never_asked_of_the_proxy() -> None:
    rendered = checked_values(proxy=PROXY, network={"service_cidr": "10.99.0.0/16"})
    listed = rendered["extraEnv"]["NO_PROXY"].split(",")
    assert {"10.42.0.0/16", "10.99.0.0/16", "10.99.0.1", "10.99.0.50"} <= set(listed)
    assert {"localhost", "127.0.0.1", ".svc", ".cluster.local", "hub", "proxy-public"} <= set(listed)
    assert {"198.51.100.7", "binder.example.org", "git.example.org"} <= set(listed)
    assert len(listed) == len(set(listed))


@pytest.mark.parametrize(
    ("url", "cidr", "port"),
    [
        ("http://192.0.2.1:3128", "192.0.2.1/32", 3128),
        ("http://10.0.0.1", "10.0.0.1/32", 80),
        ("http://proxy.example.org:8080", "0.0.0.0/0", 8080),
    ],
)
def test_sessions_may_talk_to_the_proxy(url: str, cidr: str, port: int) -> None:
    egress = checked_values(proxy={"http": url})["jupyterhub"]["singleuser"]["networkPolicy"]["egress"]
    assert len(egress) == 2
    assert egress[1]["ports"] == [{"protocol": "TCP", "port": port}]
    (to,) = egress[1]["to"]
    assert to["ipBlock"]["cidr"] == cidr
    metadata = ["169.254.0.0/16"] if cidr == "0.0.0.0/0" else None
    assert to["ipBlock"].get("except") == metadata, "a name may be anywhere, but not where the metadata is"

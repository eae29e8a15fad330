"""dockerd's bridge and its arguments: ours, and those that a host file adds."""

import ipaddress
from typing import Any

import pytest

from binder_singlenode.errors import ConfigError

from .values_bed import host as host_of
from .values_bed import values as render


def arguments(*extra: str, as_given: Any = None, **sections: Any) -> list[str]:
    given = {"dind": {"daemonset": {"extraArgs": list(extra) if as_given is None else as_given}}}
    found = render(host_of(release={"extra_values": given}, **sections))["dind"]["daemonset"]["extraArgs"]
    assert isinstance(found, list)
    return found


@pytest.mark.parametrize("cidr", ["10.43.0.0/16", "172.16.0.0/12", "192.168.40.0/22"])
def test_the_bridge_is_in_the_cluster_but_not_where_fixed_addresses_are(cidr: str) -> None:
    host = host_of(network={"service_cidr": cidr})
    (bridge,) = [word for word in render(host)["dind"]["daemonset"]["extraArgs"] if word.startswith("--bip=")]
    interface = ipaddress.IPv4Interface(bridge.partition("=")[2])
    assert interface.network.subnet_of(ipaddress.IPv4Network(cidr))
    assert interface.ip not in (interface.network.network_address, interface.network.broadcast_address)
    fixed = host.addresses
    for address in (fixed.api, fixed.dns, fixed.registry, fixed.binder, fixed.hub):
        assert ipaddress.IPv4Address(address) not in interface.network


@pytest.mark.parametrize("store", ["registry", "shared"])
def test_arguments_are_added_and_none_of_ours_is_lost(store: str) -> None:
    sections = {"images": {"store": store}, "proxy": {"http": "http://172.17.4.4:3128"}}
    ours = arguments(**sections)
    added = arguments("--debug", "--registry-mirror=https://mirror.example.org", **sections)
    assert added == [*ours, "--debug", "--registry-mirror=https://mirror.example.org"]


@pytest.mark.parametrize("words", [["--bip=192.168.200.1/24"], ["--bip", "192.168.200.1/24"]])
def test_the_bridge_may_be_moved(words: list[str]) -> None:
    found = arguments(*words)
    assert [word for word in found if word.startswith("--bip")] == ["--bip=192.168.200.1/24"]
    assert {word.partition("=")[0] for word in arguments()} == {word.partition("=")[0] for word in found}


def test_a_second_registry_without_https_is_one_more() -> None:
    found = arguments("--insecure-registry=192.0.2.9:5000")
    assert len([word for word in found if word.startswith("--insecure-registry=")]) == 2


@pytest.mark.parametrize(
    "word", ["--cgroup-parent=/mine", "--cgroup-parent /mine", "-H=tcp://0.0.0.0:1", "--bridge=br0"]
)
def test_what_builds_depend_on_is_refused(word: str) -> None:
    with pytest.raises(ConfigError, match="is set by this program") as caught:
        arguments(*word.split())
    assert caught.value.hint and "--bip=ADDRESS/PREFIX" in caught.value.hint


@pytest.mark.parametrize("as_given", ["--debug", [1], {"a": "b"}])
def test_what_is_no_list_of_arguments_is_refused(as_given: Any) -> None:
    with pytest.raises(ConfigError, match="must be a list of arguments"):
        arguments(as_given=as_given)


def test_the_same_again_is_the_same() -> None:
    assert arguments("--debug") == arguments("--debug")

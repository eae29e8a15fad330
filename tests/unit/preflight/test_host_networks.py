"""The host's own networks against the cluster's: facts in, problems out; the queries in a namespace."""

import ipaddress
import re
import subprocess
from typing import Any

import pytest

from binder_singlenode.config import Host
from binder_singlenode.errors import ConfigError
from binder_singlenode.preflight import facts as preflight_facts
from binder_singlenode.preflight import host_networks
from binder_singlenode.preflight.problem import Problem
from binder_singlenode.preflight.queries import host_networks as queries
from binder_singlenode.preflight.rules.networks import host_networks as rules

from .test_judge import judged


def problems(rows: str, **sections: Any) -> list[Problem]:
    host = Host.model_validate({"address": "lab.example.org", **sections})
    return list(rules.overlaps(preflight_facts.parse(rows, 0), host))


OVERLAPS = {
    "an address without more": ("address\t10.43.7.20", "service_cidr", "the address 10.43.7.20 "),
    "a second card": ("address\t10.42.0.5\teth1\t24", "pod_cidr", "the address 10.42.0.5/24 of eth1 "),
    "a card's network around it": ("address\t10.0.0.5\teth1\t8", None, "the address 10.0.0.5/8 of eth1 "),
    "a single address": ("address\t10.42.0.5\tlo\t32", "pod_cidr", "the address 10.42.0.5/32 of lo "),
    "a route": ("route\t10.42.8.0/24\twg0\tmain\tunicast", "pod_cidr", "the route 10.42.8.0/24 by wg0 "),
    "a route to one address": ("route\t10.43.0.9\tppp0", "service_cidr", "the route 10.43.0.9/32 by ppp0 "),
    "a wider route": ("route\t10.0.0.0/8\teth1\tmain\tunicast", None, "the route 10.0.0.0/8 by eth1 "),
    "another table": (
        "route\t10.42.0.0/16\ttun0\t220\tunicast",
        "pod_cidr",
        "the route 10.42.0.0/16 by tun0",
    ),
    "a black hole": ("route\t10.42.0.0/15\t\tmain\tblackhole", None, "the blackhole route 10.42.0.0/15 "),
    "unreachable": ("route\t10.43.0.0/16\tlo\tmain\tunreachable", "service_cidr", "the unreachable route"),
    "a local network": ("route\t10.43.0.0/16\tlo\tlocal\tlocal", "service_cidr", "the local route"),
    "a gateway": ("gateway\t10.43.0.1\teth0", "service_cidr", "the gateway 10.43.0.1 of eth0 "),
    "a policy route": (
        "selector\t10.42.0.0/16\tip rule 99",
        "pod_cidr",
        "the network 10.42.0.0/16 of the ip",
    ),
    "IPsec": ("selector\t10.42.0.0/16\tIPsec policy", "pod_cidr", "the network 10.42.0.0/16 of the IPsec"),
    "docker's bridge": ("address\t10.42.0.1\tdocker0\t16", "pod_cidr", "the address 10.42.0.1/16 of docker0"),
    "libvirt's": ("route\t10.43.122.0/24\tvirbr0\tmain\tunicast", "service_cidr", "the route 10.43.122.0/24"),
    "the operator": ("comes_from\t10.42.9.9", "pod_cidr", "the ssh connection from 10.42.9.9 "),
}


@pytest.mark.parametrize("name", OVERLAPS)
def test_what_overlaps_is_named_with_a_free_network(name: str) -> None:
    row, key, what = OVERLAPS[name]
    found = problems(row)
    assert [problem.where for problem in found] == (
        [f"network.{key}"] if key else ["network.pod_cidr", "network.service_cidr"]
    )
    assert all(problem.fatal and problem.what.startswith(what) for problem in found)
    written = [re.search(r"network: \{(\w+): ([0-9./]+)\}", problem.remedy) for problem in found]
    assert all(written)
    better = {match[1]: match[2] for match in written if match}
    assert problems(row, network=better) == [], "what is proposed is free, and a valid host file"


FREE = [
    "address\t10.44.0.5\teth0\t16",
    "address\t2001:db8::5\teth0\t64",
    "route\tdefault\teth0\tmain\tunicast",
    "route\t0.0.0.0/1\ttun0\tmain\tunicast\nroute\t128.0.0.0/1\ttun0\tmain\tunicast",
    "route\tfd00::/8\teth0\tmain\tunicast",
    "address\t10.42.0.1\tcni0\t24\nroute\t10.42.0.0/24\tcni0\tmain\tunicast",
    "route\t10.42.0.1\tcni0\tlocal\tlocal\nroute\t10.42.1.0/24\tflannel.1\tmain\tunicast",
    "route\t10.43.0.1\tkube-ipvs0\tlocal\tlocal",
    "route\t10.0.0.0/8\t\t52\tthrow",
    "gateway\tfe80::1\teth0",
    "comes_from\tfe80::1",
    "address\tnonsense\nroute\t\nroute\tnonsense/99\tx",
]


@pytest.mark.parametrize("rows", FREE)
def test_what_overlaps_nothing(rows: str) -> None:
    assert problems(rows) == []


def test_a_good_host_with_one_line_of_the_case() -> None:
    for row, key in (("address\t10.43.7.20\n", "service_cidr"), ("address\t10.42.0.5\n", "pod_cidr")):
        [problem] = judged(row)
        assert (problem.where, problem.fatal) == (f"network.{key}", True)


def test_an_address_and_its_own_routes_are_named_once() -> None:
    rows = (
        "address\t10.42.7.20\teth0\t16\nroute\t10.42.0.0/16\teth0\tmain\tunicast\n"
        "route\t10.42.7.20\teth0\tlocal\tlocal\nroute\t10.42.255.255\teth0\tlocal\tbroadcast"
    )
    [problem] = problems(rows)
    assert problem.what.startswith("the address 10.42.7.20/16 of eth0 overlaps 10.42.0.0/16")


def test_a_host_that_runs_gets_a_warning_for_a_wider_route_only() -> None:
    wide, narrow = (
        problems("ours\tk3s\nroute\t10.0.0.0/8\teth1\tmain\tunicast"),
        problems("ours\tk3s\nroute\t10.42.8.0/24\twg0\tmain\tunicast"),
    )
    assert [problem.fatal for problem in (*wide, *narrow)] == [False, False, True]
    assert all("down" in problem.remedy for problem in (*wide, *narrow))


def test_a_site_that_uses_every_private_network() -> None:
    used = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"]
    found = problems("\n".join(f"route\t{network}\teth0\tmain\tunicast" for network in used))
    assert [problem.remedy for problem in found] == [
        "write network: {pod_cidr: a network that is free here} in the host file",
        "write network: {service_cidr: a network that is free here} in the host file",
    ]


def test_a_free_network_may_be_a_small_one() -> None:
    taken = [*(ipaddress.IPv4Network(text) for text in ("10.0.0.0/8", "172.16.0.0/12", "100.64.0.0/10"))]
    taken.append(ipaddress.IPv4Network("192.168.0.0/17"))
    assert host_networks.free(taken, 12, 22) == ipaddress.IPv4Network("192.168.128.0/20")


def test_the_builders_bridge_of_the_host_file() -> None:
    def builder(argument: str) -> dict[str, Any]:
        return {"extra_values": {"dind": {"daemonset": {"extraArgs": [argument]}}}}

    row = "address\t192.168.200.7\teth0\t24"
    [problem] = problems(row, release=builder("--bip=192.168.200.1/24"))
    assert problem.where.endswith("dind.daemonset.extraArgs")
    proposed = re.search(r"--bip=[0-9./]+", problem.remedy)
    assert proposed and problems(row, release=builder(proposed[0])) == []
    with pytest.raises(ConfigError, match="--bip"):
        problems(row, release=builder("--bip=nonsense"))


@pytest.mark.parametrize(("port", "closed"), [(22, False), (2222, False), (6443, True), (10255, True)])
def test_sshd_on_a_port_that_gets_closed(port: int, closed: bool) -> None:
    host = Host.model_validate({"address": "lab.example.org"})
    found = list(rules.ssh_port(preflight_facts.parse(f"ssh_port\t{port}", 0), host))
    assert [problem.what[:24] for problem in found] == (
        [f"sshd listens on port {port}"[:24]] if closed else []
    )


def test_the_queries_see_all_of_it() -> None:
    """In a network namespace: a card with two addresses, point-to-point, tables, rules, several gateways."""
    setup = """
ip link add eth7 type bridge; ip addr add 10.11.7.20/16 dev eth7
ip addr add 10.1.1.1 peer 10.12.9.9/32 dev eth7; ip link set eth7 up
ip route add blackhole 10.13.0.0/16; ip route add 10.14.0.0/16 dev eth7 table 100
ip route add default via 10.11.0.1 dev eth7
ip route add 10.15.0.0/16 nexthop via 10.11.0.2 dev eth7 nexthop via 10.11.0.3 dev eth7
ip rule add to 10.16.0.0/16 lookup 100; ip rule add from 10.17.0.0/16 lookup 100
"""
    script = setup + queries.fragments()["host networks"]
    done = subprocess.run(
        ["unshare", "-n", "sh", "-c", script], capture_output=True, text=True, timeout=30, check=False
    )
    if "eth7" not in done.stdout:
        pytest.skip("no network namespace can be made here")
    found = {
        str(used.network): used.what for used in host_networks.used(preflight_facts.parse(done.stdout, 0))
    }
    assert found["10.11.0.0/16"] == "the address 10.11.7.20/16 of eth7"
    assert found["10.12.9.9/32"] == "the route 10.12.9.9/32 by eth7"
    assert found["10.13.0.0/16"] == "the blackhole route 10.13.0.0/16"
    assert found["10.14.0.0/16"] == "the route 10.14.0.0/16 by eth7 (table 100)"
    assert {"10.11.0.1/32", "10.11.0.2/32", "10.11.0.3/32", "10.15.0.0/16"} <= set(found)
    assert {"10.16.0.0/16", "10.17.0.0/16"} <= set(found)
    assert "0.0.0.0/0" not in found

"""The machine itself: services, kernel, firewall, kubelet, secrets, clock, certificates."""

import json
import re
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from binder_singlenode.base import certificate
from binder_singlenode.base.units import human_bytes
from binder_singlenode.deploy import steps
from binder_singlenode.deploy.facts import firewall_loaded
from binder_singlenode.health.checks.remote import output
from binder_singlenode.health.expectations import Expectations
from binder_singlenode.layout import paths
from binder_singlenode.layout.addresses import API_PORT, KUBELET_PORT, REGISTRY_PORT

CLOSED_PORTS = (API_PORT, KUBELET_PORT, REGISTRY_PORT)
CONNECT_S = 3.0
CLOCK_S = 30  # new certificates and tokens are refused by a clock that is behind
CERTIFICATE_DAYS = 30  # k3s renews its certificates at a start in their last 120 days
SECRETS = (paths.VALUES, paths.K3S_KUBECONFIG, f"{paths.K3S_DATA}/server/node-token")
UP = "run `binder-singlenode up`"


@pytest.mark.parametrize("unit", steps.units())
def test_service(host: Any, expect: Expectations, unit: str) -> None:
    """Service runs, and will after a reboot."""
    if unit not in expect.units:
        pytest.skip("the host file does not ask for it")
    shown = output(host, "systemctl show -p ActiveState -p UnitFileState %s", unit)
    state = dict(line.split("=", 1) for line in shown.splitlines() if "=" in line)
    assert state.get("ActiveState") == "active", (
        f"{unit} is not running but {state.get('ActiveState')}: see `journalctl -u {unit}` on the host"
    )
    assert state.get("UnitFileState") == "enabled", f"{unit} will not start after a reboot: {UP}"


def test_kernel_settings(host: Any) -> None:
    """Kernel runs with the settings in our file."""
    wanted = re.findall(
        r"^([a-z0-9_./-]+)\s*=\s*(.+?)\s*$", output(host, "cat %s", paths.SYSCTL), re.MULTILINE
    )
    assert wanted, f"{paths.SYSCTL} holds no setting: {UP}"
    names = [name for name, _ in wanted]
    running = output(host, "sysctl -n " + " ".join(["%s"] * len(names)), *names).splitlines()
    wrong = [
        f"{name} is {is_now.strip()}, not {value}"
        for (name, value), is_now in zip(wanted, running, strict=True)
        if is_now.split() != value.split()
    ]
    assert not wrong, (
        f"{'; '.join(wrong)}: another file in /etc/sysctl.d overrides it, or it was changed by hand"
    )


def test_kernel_modules(host: Any) -> None:
    """Kernel modules in our file are loaded."""
    lines = [line.strip() for line in output(host, "cat %s", paths.MODULES).splitlines()]
    wanted = [line for line in lines if line and line[0] not in "#;"]
    loaded = {line.split()[0] for line in output(host, "cat /proc/modules").splitlines()}
    built_in = host.run("cat /lib/modules/$(uname -r)/modules.builtin").stdout
    missing = [
        name for name in wanted if name.replace("-", "_") not in loaded and f"/{name}.ko" not in built_in
    ]
    assert not missing, f"not loaded: {', '.join(missing)}: {UP}"


def test_firewall_loaded(host: Any) -> None:
    """Firewall rules are in the kernel as in our file: nothing for pods and services leaves the host."""
    done = host.run(f"({firewall_loaded.script()})")
    assert done.rc == 0, (
        f"nftables' table inet {paths.FIREWALL_TABLE} is not as in {paths.FIREWALL_RULES}: {UP}"
    )


def test_firewall_rules(host: Any, expect: Expectations) -> None:
    """Firewall table closes the ports of Kubernetes and the registry."""
    if not expect.firewall:
        pytest.skip("network.firewall is off in the host file")
    done = host.run("nft list table inet %s", paths.FIREWALL_TABLE)
    assert done.rc == 0, f"nftables has no table inet {paths.FIREWALL_TABLE}: {UP}"
    dropped = re.findall(r"tcp dport (\{[^}]*\}|\S+) (?:counter [^\n]*)?drop", done.stdout)
    ranges = [
        (int(low), int(high or low)) for low, high in re.findall(r"(\d+)(?:-(\d+))?", " ".join(dropped))
    ]
    open_ports = [port for port in CLOSED_PORTS if not any(low <= port <= high for low, high in ranges)]
    assert not open_ports, f"the firewall does not close {_list(open_ports)}: {UP}"


def test_closed_from_outside(expect: Expectations) -> None:
    """Ports of Kubernetes and the registry are closed to the outside."""
    if not expect.direct:
        pytest.skip("the host is behind a jump host or a forwarded port: from here nothing can be tried")
    try:
        socket.getaddrinfo(expect.address, None)
    except OSError:
        pytest.skip(f"{expect.address} is a name that only ssh knows")
    with ThreadPoolExecutor(len(CLOSED_PORTS)) as pool:
        answers = dict(
            zip(
                CLOSED_PORTS, pool.map(lambda port: _answers(expect.address, port), CLOSED_PORTS), strict=True
            )
        )
    reached = [port for port, answered in answers.items() if answered]
    assert not reached, (
        f"{expect.address} answers on port {_list(reached)} to everybody: close it in front of the host, {UP}"
    )


def _answers(address: str, port: int) -> bool:
    try:
        with socket.create_connection((address, port), CONNECT_S):
            return True
    except OSError:
        return False


def test_kubelet(host: Any, expect: Expectations) -> None:
    """Kubelet runs with our limits."""
    path = f"/api/v1/nodes/{expect.node_name}/proxy/configz"
    config = json.loads(output(host, "k3s kubectl get --raw %s", path))["kubeletconfig"]
    assert config["maxPods"] == expect.max_pods, (
        f"the kubelet allows {config['maxPods']} pods, not {expect.max_pods}: {UP}"
    )
    eviction = (config.get("evictionHard") or {}).get("memory.available")
    assert eviction == str(expect.eviction_bytes), (
        f"the kubelet evicts below {eviction or 'no limit'} of memory, not {expect.eviction_bytes}: {UP}"
    )


def test_secrets(host: Any) -> None:
    """Files with secrets are readable by root alone."""
    found = output(host, "stat -L -c '%%a %%U %%n' " + " ".join(["%s"] * len(SECRETS)), *SECRETS)
    loose = [
        f"{name} has mode {mode} and belongs to {owner}"
        for mode, owner, name in (line.split(" ", 2) for line in found.splitlines())
        if int(mode, 8) & 0o077 or owner != "root"
    ]
    assert not loose, f"{'; '.join(loose)}: {UP}"


def test_clock(host: Any) -> None:
    """Clock is right."""
    before = time.time()
    there = float(output(host, "date +%s"))
    off_s = max(before - there - 1, there - time.time(), 0.0)  # `date` rounds down, by up to a second
    assert off_s <= CLOCK_S, (
        f"the host's clock is {off_s:.0f} s off this computer's: turn on time synchronisation on both"
    )


def test_homes(host: Any, expect: Expectations) -> None:
    """Homes are there, each a file system that ends where it should."""
    if not expect.homes:
        pytest.skip("homes are for mode persistent")
    mounted = output(host, "findmnt -rbno TARGET,SIZE -t ext4 | grep %s || true", f"^{paths.HOMES}/")
    sizes = [int(line.split()[1]) for line in mounted.splitlines()]
    assert len(sizes) >= expect.homes, f"{len(sizes)} of {expect.homes} homes are mounted: {UP}"
    large = [size for size in sizes if size > expect.home_bytes]
    assert not large, f"{len(large)} homes are larger than {human_bytes(expect.home_bytes)}"
    folders = host.run("ls -d %s/*/home", paths.HOMES).stdout
    assert len(folders.splitlines()) >= expect.homes, f"a home has no folder for its user: {UP}"


def test_certificates(host: Any) -> None:
    """Certificates of the cluster are valid for a month and more."""
    tls = f"{paths.K3S_DATA}/server/tls"
    text = output(host, f'for each in {tls}/*.crt; do echo "file $each"; cat "$each"; done')
    sections = [part.partition("\n") for part in text.split("file /")[1:]]
    days = {f"/{name}": certificate.days_left(pem) for name, _, pem in sections}
    ending = [
        f"{name} ends in {left:.0f} days"
        for name, left in days.items()
        if left is not None and left < CERTIFICATE_DAYS
    ]
    assert days, f"no certificate in {tls}: is k3s installed?"
    assert not ending, f"{'; '.join(ending)}: k3s renews them when it starts: systemctl restart k3s"


def _list(numbers: list[int]) -> str:
    return ", ".join(map(str, numbers))

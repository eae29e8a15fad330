"""The cluster's ports, closed to the outside by an nftables table of our own."""

from collections.abc import Generator

from pyinfra.api.command import StringCommand
from pyinfra.api.deploy import deploy
from pyinfra.api.operation import operation
from pyinfra.context import host

from binder_singlenode.deploy import down_script, paths
from binder_singlenode.deploy.context import Context
from binder_singlenode.deploy.files import File, ensure_file
from binder_singlenode.deploy.look import Look, look
from binder_singlenode.deploy.services import Service, ensure_service
from binder_singlenode.network import API_PORT, REGISTRY_PORT
from binder_singlenode.render import render

CLOSED_TCP_PORTS = (2379, 2380, REGISTRY_PORT, 5001, API_PORT, 6444, "10248-10259")
"""etcd and kine; registry and k3s' embedded one; API server and k3s' supervisor; kubelet, kube-proxy,
controller-manager, scheduler with their health ports."""
LOG_PREFIX = "binder-singlenode drop: "
CLUSTER_CARDS = ("cni0", "flannel.1", "flannel-wg", "lo")
"""By what is meant for pods may leave: their bridge, and what flannel makes for its backends vxlan and
wireguard-native (host-gw, which is ours, makes nothing). lo has the node's own address in the pod network."""
CLOSED_UDP_PORTS = (8472, "51820-51821")
"""flannel's vxlan and WireGuard: one node has no peer, and vxlan takes packets from anybody."""


def files(context: Context) -> tuple[File, ...]:
    """The rules, and the unit that loads them at boot."""
    network = context.host.network
    rules = render(
        "host/firewall.nft.j2",
        table=paths.FIREWALL_TABLE,
        closed=network.firewall,
        pod_cidr=network.pod_cidr,
        service_cidr=network.service_cidr,
        closed_ports=CLOSED_TCP_PORTS,
        log_prefix=LOG_PREFIX,
        closed_udp_ports=CLOSED_UDP_PORTS,
        cluster_cards=", ".join(f'"{card}"' for card in CLUSTER_CARDS),
    )
    unit = render("host/binder-firewall.service.j2", rules=paths.FIREWALL_RULES, table=paths.FIREWALL_TABLE)
    name = paths.FIREWALL_UNIT
    return (
        File(paths.FIREWALL_RULES, rules, mode="600", unit=name),
        File(paths.unit_path(name), unit, unit=name),
    )


def service(context: Context) -> Service:
    """The unit stays "active" when somebody flushes all rules: the kernel is asked as well."""
    return Service(paths.FIREWALL_UNIT, files(context), works=Look.firewall)


@deploy("firewall")
def firewall(context: Context) -> None:
    """Nothing at all when the host file says `network.firewall: false`, except taking ours away."""
    if not context.host.network.firewall:
        remove_firewall(name="Remove our firewall table")
        return
    for file in files(context):
        ensure_file(name=f"Write {file.path}", file=file)
    ensure_service(name="Load the firewall rules", service=service(context))


@operation()
def remove_firewall() -> Generator[StringCommand, None, None]:
    """Undo this step on a host that had it."""
    seen = look(host)
    unit = paths.unit_path(paths.FIREWALL_UNIT)
    if not seen.firewall() and unit not in seen.files():
        return
    yield StringCommand(
        f"systemctl disable --now {paths.FIREWALL_UNIT}; rm -f {unit} {paths.FIREWALL_RULES}"
        f" {paths.stamp_path(paths.FIREWALL_UNIT)}; systemctl daemon-reload;"
        f" {down_script.table_script()}"
    )
    seen.forget("files", "stamps", "units", "firewall")

"""binder-singlenode's nftables table: closes the cluster's ports to the outside, keeps its packets inside."""

from binder_singlenode.base.render import render
from binder_singlenode.deploy.context import Context
from binder_singlenode.deploy.facts.host_state import Look
from binder_singlenode.deploy.operations.files import File, ensure_file
from binder_singlenode.deploy.operations.firewall_guard import Proof, ensure_guarded_service
from binder_singlenode.deploy.operations.services import Service
from binder_singlenode.deploy.step import Leaves, Place, step
from binder_singlenode.layout import paths
from binder_singlenode.layout.addresses import CLOSED_TCP_PORTS

LOG_PREFIX = "binder-singlenode drop: "
CLUSTER_CARDS = ("cni0", "flannel.1", "flannel-wg", "lo")
"""Interfaces by which packets for pods may leave: the pods' bridge, and those of flannel's backends vxlan and
wireguard-native (host-gw, which is used here, has none). lo has the node's own address in the pod network."""
CLOSED_UDP_PORTS = (8472, "51820-51821")
"""flannel's vxlan and WireGuard: a single node has no peer, and vxlan accepts packets from any sender."""

SSH_PORT = 22


def ssh_ports(context: Context) -> tuple[int, ...]:
    """Ports of the host's sshd: the one in the host file, and 22, to which a port in front may lead."""
    return tuple(sorted({SSH_PORT, context.host.ssh.port}))


def files(context: Context) -> tuple[File, ...]:
    """The rules, and the unit that loads them at boot."""
    network = context.host.network
    rules = render(
        "firewall/firewall.nft.j2",
        table=paths.FIREWALL_TABLE,
        closed=network.firewall,
        pod_cidr=network.pod_cidr,
        service_cidr=network.service_cidr,
        closed_ports=CLOSED_TCP_PORTS,
        ssh_ports=ssh_ports(context),
        log_prefix=LOG_PREFIX,
        closed_udp_ports=CLOSED_UDP_PORTS,
        cluster_cards=", ".join(f'"{card}"' for card in CLUSTER_CARDS),
    )
    unit = render("firewall/binder-firewall.service.j2", rules=paths.FIREWALL_RULES)
    name = paths.FIREWALL_UNIT
    return (
        File(paths.FIREWALL_RULES, rules, mode="600", unit=name),
        File(paths.unit_path(name), unit, unit=name),
    )


def service(context: Context) -> Service:
    """The unit stays "active" when rules are flushed or changed, so the kernel's table is checked as well."""
    return Service(paths.FIREWALL_UNIT, files(context), works=Look.firewall)


@step(
    "firewall",
    Place("file", paths.FIREWALL_RULES, "the rules of the nftables table of binder-singlenode"),
    Place("file", paths.unit_path(paths.FIREWALL_UNIT), "loads them at boot"),
    leaves=Leaves(
        units=(paths.FIREWALL_UNIT,),
        passing_units=tuple(f"{paths.FIREWALL_GUARD}.{kind}" for kind in ("timer", "service")),
        tables=(paths.FIREWALL_TABLE,),
    ),
)
def firewall(context: Context) -> None:
    """With `network.firewall: false` no port is closed, but the cluster's packets are still kept inside."""
    for file in files(context):
        ensure_file(name=f"Write {file.path}", file=file)
    ensure_guarded_service(
        name="Load the firewall rules", service=service(context), proof=Proof(context.host)
    )


def table_script() -> str:
    """Shell that deletes binder-singlenode's table."""
    return (
        f"if nft list table inet {paths.FIREWALL_TABLE} >/dev/null 2>&1; then"
        f" nft delete table inet {paths.FIREWALL_TABLE}; fi"
    )

"""Networks of their own, without a way out: a host, its neighbour who answers for everything, and a pod."""

import ctypes
import json
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import pytest

from .entry_bed import Upstream, upstream

POD_CIDR, SERVICE_CIDR = "10.42.0.0/16", "10.43.0.0/16"
SERVICE, HUB, API, UNRULED = "10.43.0.60", "10.43.0.61", "10.43.0.1", "10.43.9.9"
POD, ANOTHER_POD, NO_POD = "10.42.0.7", "10.42.0.8", "10.42.9.9"
HOST, NEIGHBOUR = "192.0.2.1", "192.0.2.2"
NODE_PORT = 30080
_NEWNET = 0x40000000  # linux/sched.h
_THIS = "/proc/thread-self/ns/net"
_libc = ctypes.CDLL(None, use_errno=True)


def needs(*programs: str) -> None:
    """Skip, with a sentence, where no network can be made."""
    if os.geteuid() != 0:
        pytest.skip("needs root: it makes network namespaces")
    for program in programs:
        if shutil.which(program, path=f"{os.environ['PATH']}:/usr/sbin:/sbin") is None:
            pytest.skip(f"needs {program}: ./dev setup installs it")


class Namespace:
    """A network of its own; it ends with the last that holds it."""

    def __init__(self) -> None:
        with _handle() as before:
            if _libc.unshare(_NEWNET) != 0:
                pytest.skip(f"no network namespace can be made here: {os.strerror(ctypes.get_errno())}")
            self.handle = os.open(_THIS, os.O_RDONLY | os.O_CLOEXEC)
            _enter(before)
        self.run("ip link set lo up")

    @contextmanager
    def entered(self) -> Iterator[None]:
        """What this thread opens or starts meanwhile belongs to the network, also later."""
        with _handle() as before:
            _enter(self.handle)
            try:
                yield
            finally:
                _enter(before)

    def run(self, script: str, text: str | None = None, *, hand_over: tuple[int, ...] = ()) -> str:
        """What a shell script prints; fails when it fails."""
        path = f"{os.environ['PATH']}:/usr/sbin:/sbin"
        with self.entered():
            done = subprocess.run(
                ["sh", "-ec", script],
                input=text,
                capture_output=True,
                text=True,
                check=False,
                pass_fds=hand_over,
                env={"PATH": path, "LC_ALL": "C"},
            )
        assert done.returncode == 0, f"{script}\n{done.stderr}"
        return done.stdout

    def cable(self, card: str, other: "Namespace", others_card: str) -> None:
        """A cable from a card of this network to one of another."""
        there = f"netns /proc/self/fd/{other.handle}"
        self.run(
            f"ip link add {card} type veth peer name {others_card} {there}; ip link set {card} up",
            hand_over=(other.handle,),
        )
        other.run(f"ip link set {others_card} up")

    def socket(self, kind: socket.SocketKind = socket.SOCK_STREAM, protocol: int = 0) -> socket.socket:
        """One of this network, which waits for ten seconds at most."""
        with self.entered():
            made = socket.socket(socket.AF_INET, kind, protocol)
        made.settimeout(10)
        return made

    def serve(self, name: str, address: str, port: int) -> Upstream:
        """A web server that says its name."""
        with self.entered():
            return upstream(name, (address, port))

    def close(self) -> None:
        os.close(self.handle)


@contextmanager
def _handle() -> Iterator[int]:
    opened = os.open(_THIS, os.O_RDONLY | os.O_CLOEXEC)
    try:
        yield opened
    finally:
        os.close(opened)


def _enter(handle: int) -> None:
    if _libc.setns(handle, _NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "setns")


COUNT = f"""table inet seen {{
    counter arrived {{ }}
    chain everything {{
        type filter hook prerouting priority -400; policy accept;
        ip daddr {{ {POD_CIDR}, {SERVICE_CIDR} }} counter name arrived
    }}
}}
"""
RULES = """table ip kube {{
    chain pre {{ type nat hook prerouting priority -100; jump services; }}
    chain out {{ type nat hook output priority -100; jump services; }}
    chain services {{
        ip daddr {{ {service}, {hub} }} tcp dport 80 dnat to {pod}:8080
        ip daddr {api} tcp dport 443 dnat to {host}:6443
        ip daddr {host} tcp dport {node_port} dnat to {pod}:8080
    }}
    chain post {{
        type nat hook postrouting priority 100;
        ip saddr {pod} ip daddr {pod} masquerade
        ip saddr 10.42.0.0/16 ip daddr != 10.42.0.0/16 masquerade
    }}
}}
"""


@dataclass
class Neighbourhood:
    """A host behind its card `eth0`, and whoever is on the other side of it."""

    host: Namespace = field(default_factory=Namespace)
    neighbour: Namespace = field(default_factory=Namespace)
    pod: Namespace = field(default_factory=Namespace)
    another_pod: Namespace = field(default_factory=Namespace)
    servers: list[Upstream] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.host.cable("eth0", self.neighbour, "eth0")
        self.host.run(
            f"ip addr add {HOST}/24 dev eth0; ip route add default via {NEIGHBOUR};"
            " echo 1 > /proc/sys/net/ipv4/ip_forward"
        )
        local = "".join(f"; ip route add local {cidr} dev lo" for cidr in (POD_CIDR, SERVICE_CIDR))
        self.neighbour.run(f"ip addr add {NEIGHBOUR}/24 dev eth0{local}; nft -f -", COUNT)
        self.servers.append(self.neighbour.serve("neighbour", "0.0.0.0", 80))
        self.servers.append(self.host.serve("api", HOST, 6443))

    def left(self) -> int:
        """How many packets for pods and Services have left the host by its card."""
        told = json.loads(self.neighbour.run("nft -j list counter inet seen arrived"))
        packets: int = told["nftables"][1]["counter"]["packets"]
        return packets

    def kube_proxy(self) -> None:
        """The rules for its Services come, where kube-proxy has them in its modes iptables and nftables."""
        names = {"service": SERVICE, "hub": HUB, "pod": POD, "api": API, "host": HOST, "node_port": NODE_PORT}
        self.host.run("nft -f -", RULES.format(**names))

    def pods(self) -> None:
        """Their bridge, and two on it."""
        self.host.run(
            "ip link add cni0 type bridge; ip addr add 10.42.0.1/24 dev cni0; ip link set cni0 up;"
            # The node asks iptables about packets between pods, where the kernel has that.
            " f=/proc/sys/net/bridge/bridge-nf-call-iptables; [ ! -e $f ] || echo 1 > $f"
        )
        for pod, card, address in ((self.pod, "veth1", POD), (self.another_pod, "veth2", ANOTHER_POD)):
            pod.cable("eth0", self.host, card)
            self.host.run(f"ip link set {card} master cni0; bridge link set dev {card} hairpin on")
            pod.run(f"ip addr add {address}/24 dev eth0; ip route add default via 10.42.0.1")
        self.servers.append(self.pod.serve("pod", POD, 8080))

    def close(self) -> None:
        for server in self.servers:
            server.stop()
        for namespace in (self.host, self.neighbour, self.pod, self.another_pod):
            namespace.close()


def dial(network: Namespace, address: str, port: int = 80) -> socket.socket:
    """A connection; raises OSError."""
    made = network.socket()
    try:
        made.connect((address, port))
    except OSError:
        made.close()
        raise
    return made


def who(connection: socket.socket) -> str:
    """The name that is said at the other end; the connection stays open."""
    connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    told = b""
    while b"}}" not in told:
        received = connection.recv(4096)
        assert received, "the connection was closed"
        told += received
    name: str = json.loads(told.partition(b"\r\n\r\n")[2])["name"]
    return name


def answers(network: Namespace, address: str, port: int = 80) -> str:
    """Who answers a new connection."""
    with dial(network, address, port) as connection:
        return who(connection)


def throw(network: Namespace, address: str) -> None:
    """A datagram and a ping; nobody waits for an answer."""
    with suppress(OSError), network.socket(socket.SOCK_DGRAM) as datagram:
        datagram.sendto(b"hello", (address, 53))
    echo = bytes.fromhex("0800f7ff00000000")
    with suppress(OSError), network.socket(socket.SOCK_RAW, socket.IPPROTO_ICMP) as ping:
        ping.sendto(echo, (address, 0))

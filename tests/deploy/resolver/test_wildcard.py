"""glibc asked for github.com with a pod's resolv.conf, beside a wildcard in the host's search domain."""

import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import HostFiles

SERVER = """
import socket
server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("127.0.0.1", 53))
print("ready", flush=True)
while True:
    query, client = server.recvfrom(512)
    end = query.index(0, 12) + 5
    name, is_a = query[12 : end - 5].lower(), query[end - 4 : end - 2] == b"\\x00\\x01"
    wild, real = name.endswith(b"\\x07example\\x03org"), name == b"\\x06github\\x03com"
    known = (wild or real) and is_a
    head = query[:2] + bytes([0x81, 0x80 if wild or real else 0x83, 0, 1, 0, known, 0, 0, 0, 0])
    record = bytes([192, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 9 if wild else 1])
    server.sendto(head + query[12:end] + (record if known else b""), client)
"""
HOSTS = "nameserver 192.0.2.53\nsearch example.org\n"


def pods(host: str) -> str:
    """What the kubelet makes of a host's file for a pod (pkg/kubelet/network/dns); its DNS is the test's."""
    search = [word for line in host.splitlines() if line.startswith("search ") for word in line.split()[1:]]
    domains = " ".join(["binder.svc.cluster.local", "svc.cluster.local", "cluster.local", *search])
    return f"nameserver 127.0.0.1\nsearch {domains}\noptions ndots:5 timeout:1\n"


def looked_up(folder: Path, conf: str) -> str:
    """The name and address that glibc finds, in a network and a mount namespace of their own."""
    (folder / "server.py").write_text(SERVER)
    (folder / "pod.conf").write_text(conf)
    script = (
        "ip link set lo up; mount --bind pod.conf /etc/resolv.conf || exit 77;"
        f" {sys.executable} server.py >ready & pid=$!;"
        " until grep -qs ready ready; do kill -0 $pid || exit 9; done;"
        " getent hosts github.com; kill $pid"
    )
    words = ["unshare", "-mn", "sh", "-c", script]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False, cwd=folder)
    if "not permitted" in done.stderr or done.returncode == 77:
        pytest.skip("needs root: mount and network namespaces")
    return " ".join(done.stdout.split())


def test_a_pod_finds_the_real_address(files: HostFiles, tmp_path: Path) -> None:
    files.write("/etc/resolv.conf", HOSTS)
    files.resolver("write")
    assert looked_up(tmp_path, pods(files.pods.read_text())) == "192.0.2.1 github.com"


def test_with_the_hosts_own_file_it_would_not(tmp_path: Path) -> None:
    assert looked_up(tmp_path, pods(HOSTS)) == "192.0.2.9 github.com.example.org"

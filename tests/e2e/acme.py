"""An authority of our own inside the VM, and a way there for its name: no DNS record leads to 127.0.0.1."""

import contextlib
import json
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from socketserver import StreamRequestHandler, ThreadingTCPServer
from typing import Any

from binder_singlenode.deploy import paths

from ..deploy.acme_bed import pebble_program
from ..deploy.entry_bed import self_signed
from .bed import Tool, eventually

DIRECTORY = "https://127.0.0.1:14000/dir"
FOLDER = "/opt/pebble"
UNIT = "pebble-e2e.service"
SETTINGS = {
    "listenAddress": "127.0.0.1:14000",
    "managementListenAddress": "127.0.0.1:15000",
    "certificate": f"{FOLDER}/server.pem",
    "privateKey": f"{FOLDER}/server.key",
    "httpPort": 80,
    "tlsPort": 443,
}


class Pebble:
    """A real ACME server in the VM. It finds the name in /etc/hosts, and does look at ports 80 and 443."""

    def __init__(self, tool: Tool, name: str, folder: Path) -> None:
        self.tool = tool
        self.certificate = folder / "server.pem"
        """Under which its directory is reached."""
        self_signed(self.certificate, folder / "server.key", "localhost")
        settings = folder / "pebble.json"
        settings.write_text(json.dumps({"pebble": SETTINGS}))
        tool.ssh(f"mkdir -p {FOLDER} && echo '127.0.0.1 {name} # pebble' >> /etc/hosts")
        for file in (self.certificate, folder / "server.key", settings):
            tool.send(file, f"{FOLDER}/{file.name}")
        tool.send(pebble_program(), f"{FOLDER}/pebble")
        tool.ssh(
            f"chmod 755 {FOLDER}/pebble && systemd-run --quiet --unit {UNIT} --setenv PEBBLE_VA_NOSLEEP=1"
            f" {FOLDER}/pebble -strict -config {FOLDER}/pebble.json"
        )
        eventually("Pebble answers in the VM", lambda: self.root() != "", 180)

    def root(self) -> str:
        """The root of what it gives out, in PEM; nothing as long as it does not answer."""
        return self.tool.ssh("curl -sk -m 20 https://127.0.0.1:15000/roots/0 || true")

    def issued(self) -> int:
        """How many certificates it has given out."""
        return self.log().count("Issued certificate")

    def log(self) -> str:
        """All that it said since its start, and nothing of one before it on a VM that is kept."""
        this = f"_SYSTEMD_INVOCATION_ID=$(systemctl show --property InvocationID --value {UNIT})"
        return self.tool.ssh(f"journalctl {this} -o cat --no-pager")

    def remove(self) -> None:
        """Nothing of it stays in the VM."""
        given_out = " ".join(f"{paths.ENTRY_STATE}/caddy/{kind}" for kind in ("acme", "certificates"))
        self.tool.ssh(
            f"systemctl stop {UNIT}; rm -rf {FOLDER} {given_out}; sed -i '/# pebble$/d' /etc/hosts;"
            f" systemctl reset-failed {UNIT} 2>/dev/null || true"
        )


class _Tunnel(StreamRequestHandler):
    """CONNECT, and nothing else."""

    def handle(self) -> None:
        method, target, _ = self.rfile.readline().decode().split()
        while self.rfile.readline().strip():
            pass
        host, _, port = target.rpartition(":")
        if method != "CONNECT":
            self.wfile.write(b"HTTP/1.1 405 Method Not Allowed\r\n\r\n")
            return
        leads: Callable[[str, int], tuple[str, int]] = self.server.leads  # type: ignore[attr-defined]
        with socket.create_connection(leads(host, int(port)), timeout=60) as there:
            there.settimeout(None)
            self.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")
            back = threading.Thread(target=_pump, args=(there, self.connection), daemon=True)
            back.start()
            _pump(self.connection, there)
            back.join(60)


def _pump(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)


class Proxy:
    """A web proxy on this computer that knows where one name leads, as a DNS would; others pass."""

    def __init__(self, name: str, port: int) -> None:
        self.server: Any = ThreadingTCPServer(("127.0.0.1", 0), _Tunnel)
        self.server.daemon_threads = True
        self.server.leads = lambda host, asked: ("127.0.0.1", port) if host == name else (host, asked)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()

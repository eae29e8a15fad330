"""An authority of our own inside the VM, and a way there for its name: no DNS record leads to 127.0.0.1."""

import contextlib
import json
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from socketserver import StreamRequestHandler, ThreadingTCPServer
from typing import Any

from binder_singlenode.layout import paths

from ...deploy.entry.acme_bed import pebble_program
from ...deploy.entry.entry_bed import self_signed
from .bed import Tool, eventually

PORTS = {"pebble-e2e.service": 14000, "pebble-trial-e2e.service": 14001}
UNIT, TRIAL_UNIT = PORTS
DIRECTORY, TRIAL = (f"https://127.0.0.1:{port}/dir" for port in PORTS.values())
FOLDER = "/opt/pebble"


def _settings(port: int) -> str:
    listening = {"listenAddress": f"127.0.0.1:{port}", "managementListenAddress": f"127.0.0.1:{port + 1000}"}
    pair = {"certificate": f"{FOLDER}/server.pem", "privateKey": f"{FOLDER}/server.key"}
    return json.dumps({"pebble": {**listening, **pair, "httpPort": 80, "tlsPort": 443}})


class Pebble:
    """Two real ACME servers in the VM, one of them for trials. They find the name in /etc/hosts, and do look
    at ports 80 and 443."""

    def __init__(self, tool: Tool, name: str, folder: Path) -> None:
        self.tool = tool
        self.certificate = folder / "server.pem"
        """Under which their directories are reached."""
        self_signed(self.certificate, folder / "server.key", "localhost")
        tool.ssh(f"mkdir -p {FOLDER} && echo '127.0.0.1 {name} # pebble' >> /etc/hosts")
        for file in (self.certificate, folder / "server.key"):
            tool.send(file, f"{FOLDER}/{file.name}")
        tool.send(pebble_program(), f"{FOLDER}/pebble")
        for unit, port in PORTS.items():
            tool.ssh(
                f"chmod 755 {FOLDER}/pebble && echo '{_settings(port)}' > {FOLDER}/{port}.json"
                f" && systemd-run --quiet --unit {unit} --setenv PEBBLE_VA_NOSLEEP=1"
                f" {FOLDER}/pebble -strict -config {FOLDER}/{port}.json"
            )
        eventually("Pebble answers in the VM", lambda: all(map(self.root, PORTS)), 180)

    def root(self, unit: str = UNIT) -> str:
        """The root of what one gives out, in PEM; nothing as long as it does not answer."""
        return self.tool.ssh(f"curl -sk -m 20 https://127.0.0.1:{PORTS[unit] + 1000}/roots/0 || true")

    def issued(self) -> tuple[int, int]:
        """How many certificates they have given out: the one that counts, and the one for trials."""
        return self.log(UNIT).count("Issued certificate"), self.log(TRIAL_UNIT).count("Issued certificate")

    def log(self, unit: str) -> str:
        """All that one said since its start, and nothing of one before it on a VM that is kept."""
        this = f"_SYSTEMD_INVOCATION_ID=$(systemctl show --property InvocationID --value {unit})"
        return self.tool.ssh(f"journalctl {this} -o cat --no-pager")

    def remove(self) -> None:
        """Nothing of them stays in the VM."""
        noted = paths.stamp_path(paths.ACME_TRIAL)
        given_out = " ".join(f"{paths.ENTRY_STATE}/caddy/{kind}" for kind in ("acme", "certificates"))
        self.tool.ssh(
            f"systemctl stop {' '.join(PORTS)}; rm -rf {FOLDER} {given_out} {noted};"
            f" sed -i '/# pebble$/d' /etc/hosts; systemctl reset-failed {' '.join(PORTS)} 2>/dev/null || true"
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

"""Pebble, an ACME server, on loopback, and a nameserver that leads every name there."""

import json
import os
import ssl
import struct
import subprocess
import sys
import threading
import urllib.request
from pathlib import Path
from socketserver import BaseRequestHandler, StreamRequestHandler, ThreadingTCPServer, ThreadingUDPServer
from typing import Any

from .entry_bed import free_port, wait_for_port

A, AAAA, CAA = 1, 28, 257


Zone = dict[tuple[str, int], list[bytes]]


def _answer(packet: bytes, zone: Zone) -> bytes:
    end = packet.index(b"\0", 12) + 1
    kind = struct.unpack(">H", packet[end : end + 2])[0]
    records = zone.get((_name(packet[12:end]), kind), [])
    head = packet[:2] + struct.pack(">5H", 0x8180, 1, len(records), 0, 0)
    answers = b"".join(struct.pack(">3HIH", 0xC00C, kind, 1, 60, len(data)) + data for data in records)
    return head + packet[12 : end + 4] + answers


class _Udp(BaseRequestHandler):
    def handle(self) -> None:
        packet, connection = self.request
        connection.sendto(_answer(packet, self.server.zone), self.client_address)  # type: ignore[attr-defined]


class _Tcp(StreamRequestHandler):
    def handle(self) -> None:
        while head := self.rfile.read(2):
            packet = self.rfile.read(int.from_bytes(head, "big"))
            answer = _answer(packet, self.server.zone)  # type: ignore[attr-defined]
            self.wfile.write(len(answer).to_bytes(2, "big") + answer)


def _name(question: bytes) -> str:
    labels, at = [], 0
    while question[at]:
        labels.append(question[at + 1 : at + 1 + question[at]].decode().lower())
        at += 1 + question[at]
    return ".".join(labels)


class Nameserver:
    """Answers with what its zone has for (name, type), else with nothing; Pebble asks over TCP."""

    def __init__(self, zone: Zone) -> None:
        self.servers = _pair()
        self.address = ("127.0.0.1", int(self.servers[0].server_address[1]))
        for server in self.servers:
            server.daemon_threads = True
            server.zone = zone  # type: ignore[union-attr]
            threading.Thread(target=server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        for server in self.servers:
            server.shutdown()
            server.server_close()


def _pair() -> tuple[ThreadingUDPServer, ThreadingTCPServer]:
    """On one port: one that is free for UDP may be somebody's for TCP."""
    for _ in range(100):
        udp = ThreadingUDPServer(("127.0.0.1", 0), _Udp)
        try:
            return udp, ThreadingTCPServer(("127.0.0.1", int(udp.server_address[1])), _Tcp)
        except OSError:
            udp.server_close()
    raise AssertionError("no port is free for UDP and TCP")


def pebble_program() -> Path:
    """Built once, with the rest of the test bed."""
    sys.path.insert(0, str(Path(__file__).parents[2] / "testbed"))
    try:
        from building import golang  # type: ignore[import-not-found]

        built: Path = golang.pebble()
        return built
    finally:
        sys.path.pop(0)


class Pebble:
    """A running one. It does look at the challenges, on the ports given."""

    def __init__(
        self, program: Path, folder: Path, ports: tuple[int, int], pair: tuple[Path, Path], dns: Nameserver
    ) -> None:
        certificate, key = pair
        port, self.management_port = free_port(), free_port()
        self.directory = f"https://127.0.0.1:{port}/dir"
        self.certificate = certificate
        self.challenge_ports = ports
        settings = {
            "listenAddress": f"127.0.0.1:{port}",
            "managementListenAddress": f"127.0.0.1:{self.management_port}",
            "certificate": str(certificate),
            "privateKey": str(key),
            "httpPort": ports[0],
            "tlsPort": ports[1],
        }
        (folder / "pebble.json").write_text(json.dumps({"pebble": settings}))
        self.log = folder / "pebble.log"
        arguments = ["-config", folder / "pebble.json", "-strict", "-dnsserver", "{}:{}".format(*dns.address)]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [program, *arguments], env={**os.environ, "PEBBLE_VA_NOSLEEP": "1"}, stdout=log, stderr=log
            )
        wait_for_port(port, self.process, self.log)

    def root(self) -> Any:
        """The root of what it gives out, in PEM."""
        trust = ssl.create_default_context(cafile=str(self.certificate))
        url = f"https://127.0.0.1:{self.management_port}/roots/0"
        return urllib.request.urlopen(url, context=trust, timeout=20).read()

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=20)

"""Stands in for qemu-system: becomes a daemon, holds its ports, speaks QMP. Tests put no CPU under it.

Like the real one it ends with 1 when a forwarded port is taken, and leaves when asked to or when the
power button is pressed. FAKE_QEMU=refuse makes it fail, FAKE_QEMU=deaf ignore the power button.
"""

import json
import os
import re
import socket
import sys
from pathlib import Path

MODE = os.environ.get("FAKE_QEMU", "")


def after(option: str) -> str:
    return sys.argv[sys.argv.index(option) + 1]


def bound_ports() -> list[socket.socket]:
    sockets = []
    for port in re.findall(r"127\.0\.0\.1:(\d+)-", after("-netdev")):
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", int(port)))
            listener.listen()
        except OSError:
            sys.exit(f"qemu: -netdev: Could not set up host forwarding rule 'tcp:127.0.0.1:{port}'")
        sockets.append(listener)
    return sockets


def answer(command: str, arguments: dict[str, str]) -> object:
    place = re.search("node-name=disk,.*file.filename=([^,]+)", after("-blockdev"))
    assert place
    file = Path(place[1])
    disk = json.loads(file.read_text())
    if command == "blockdev-snapshot-internal-sync":
        assert arguments["name"] not in disk["snapshots"], "qemu would keep two of that name"
        disk["snapshots"][arguments["name"]] = disk["content"]
    if command == "blockdev-snapshot-delete-internal-sync":
        del disk["snapshots"][arguments["name"]]
    if command == "query-named-block-nodes":
        image = {"snapshots": [{"name": name} for name in disk["snapshots"]]}
        return [{"node-name": "seed", "image": {}}, {"node-name": "disk", "image": image}]
    file.write_text(json.dumps(disk))
    return {}


def serve(monitor: socket.socket) -> None:
    while True:
        connection, _ = monitor.accept()
        lines = connection.makefile("rwb")
        lines.write(b'{"QMP": {}}\n')
        lines.flush()
        for line in lines:
            request = json.loads(line)
            result = answer(request["execute"], request["arguments"])
            lines.write(b'{"event": "PASSED_OVER"}\n' + json.dumps({"return": result}).encode() + b"\n")
            lines.flush()
            if request["execute"] == "system_powerdown" and MODE != "deaf":
                os._exit(0)


def main() -> None:
    if MODE == "refuse":
        sys.exit("qemu: this machine cannot be")
    ports = bound_ports()
    monitor = socket.socket(socket.AF_UNIX)
    Path("qmp.sock").unlink(missing_ok=True)
    monitor.bind("qmp.sock")
    monitor.listen()
    console = re.search("path=([^,]+)", after("-chardev"))
    assert console
    Path(console[1]).write_text(
        "[  OK  ] Started \x1b[1mssh.service\x1b[0m - OpenBSD Secure Shell\nno login here\n"
    )
    if os.fork():
        os._exit(0)
    os.setsid()
    null = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(null, stream)
    assert ports
    serve(monitor)


main()

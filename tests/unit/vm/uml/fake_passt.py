#!PYTHON
"""Stands in for passt's dynamic loader: makes the socket, and answers on each port with what it leads to."""

import re
import socket
import sys
import threading
from pathlib import Path


def answer(listener: socket.socket, inner: str) -> None:
    while True:
        connection, _ = listener.accept()
        with connection:
            connection.sendall(f"port {inner} of the guest".encode())


for outer, inner in re.findall(r"127\.0\.0\.1/(\d+):(\d+)", " ".join(sys.argv)):
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", int(outer)))
    listener.listen()
    threading.Thread(target=answer, args=(listener, inner), daemon=True).start()

place = sys.argv[sys.argv.index("-s") + 1]
with socket.socket(socket.AF_UNIX) as monitor:
    monitor.bind(place)
    monitor.listen()
    assert Path(place).is_socket()
    threading.Event().wait()

"""The real proxy of sessions (configurable-http-proxy) on loopback, as the values start it."""

import json
import os
import shutil
import subprocess
import urllib.request
from pathlib import Path

import pytest

from ..entry.entry_bed import CACHE, free_port, wait_for_port

TOKEN = "t"


class SessionProxy:
    """A running one, with a route to the hub's API as the hub makes it."""

    def __init__(self, program: Path, folder: Path, options: dict[str, str]) -> None:
        self.port, self.api_port = free_port(), free_port()
        command = ["node", str(program), "--ip=127.0.0.1", f"--port={self.port}"]
        command += ["--api-ip=127.0.0.1", f"--api-port={self.api_port}"]
        command += [f"--{name}={value}" for name, value in options.items()]
        self.log = folder / "proxy.log"
        more = {"CONFIGPROXY_AUTH_TOKEN": TOKEN, "NODE_PATH": str(program.parents[2])}
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(command, env={**os.environ, **more}, stdout=log, stderr=log)
        for port in (self.port, self.api_port):
            wait_for_port(port, self.process, self.log)

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def route(self, path: str, target: str) -> None:
        """Add a route, as the hub does for a session."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.api_port}/api/routes{path}",
            data=json.dumps({"target": target}).encode(),
            headers={"Authorization": f"token {TOKEN}"},
        )
        urllib.request.urlopen(request, timeout=20).close()

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=20)


def program() -> Path:
    """The proxy of the test bed; skips the test without it, or without Node.js."""
    found = sorted(CACHE.glob("node-modules-*/configurable-http-proxy/bin/configurable-http-proxy"))
    if not found or shutil.which("node") is None:
        pytest.skip("no configurable-http-proxy here: the test bed is not built")
    return found[-1]

"""A host's files below a folder, and the scripts of the resolver run there, and send no packet."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from binder_singlenode.base.render import render

OWN = "198.51.100.7"
VALUES = {"pod_cidr": "10.42.0.0/16", "service_cidr": "10.43.0.0/16", "nameservers": ()}


class HostFiles:
    """The folder, and stand-ins for the programs that the scripts call."""

    def __init__(self, folder: Path) -> None:
        self.root, self.tools = folder / "root", folder / "bin"
        self.calls = folder / "calls"
        for each in (self.tools, self.root / "etc/binder-singlenode", self.root / "run", self.root / "proc"):
            each.mkdir(parents=True)
        self.tool("ss")
        self.tool("ip", f"echo '192.0.2.1 via 198.51.100.1 dev eth0 src {OWN} uid 0'")
        self.tool("k3s")

    @property
    def pods(self) -> Path:
        """What pods get."""
        return self.root / "etc/binder-singlenode/resolv.conf"

    def tool(self, name: str, body: str = "") -> None:
        path = self.tools / name
        path.write_text(f'#!/bin/sh\necho "{name} $*" >> {self.calls}\n{body}\n')
        path.chmod(0o755)

    def write(self, path: str, text: str) -> Path:
        where = self.root / path.lstrip("/")
        where.parent.mkdir(parents=True, exist_ok=True)
        where.write_text(text)
        return where

    def listener(self, program: str, address: str) -> None:
        self.tool("ss", f"""echo 'UNCONN 0 0 {address}:53 0.0.0.0:* users:(("{program}",pid=7,fd=5))'""")

    def run(self, script: str, *words: str) -> "subprocess.CompletedProcess[str]":
        script = re.sub(r"(?<![\w}])/(etc|run|proc)/", rf"{self.root}/\1/", script)
        script = script.replace("/usr/local/bin/k3s", str(self.tools / "k3s"))
        return subprocess.run(
            ["sh", "-c", script, "sh", *words],
            capture_output=True,
            text=True,
            timeout=30,
            env={**os.environ, "PATH": f"{self.tools}:/usr/bin:/bin:/usr/sbin:/sbin"},
            check=False,
        )

    def found(self, **values: object) -> tuple[str, list[str], list[list[str]]]:
        """Source, servers, and what was left out."""
        done = self.run(render("resolver/find.sh.j2", **{**VALUES, **values}))
        assert done.returncode == 0 and not done.stderr, done.stderr
        rows = [line.split("\t") for line in done.stdout.replace(str(self.root), "").splitlines()]
        (source,) = [row[1] for row in rows if row[0] == "from"]
        servers = [row[1] for row in rows if row[0] == "server"]
        return source, servers, [row[1:] for row in rows if row[0] == "left"]

    def resolver(self, *words: str) -> "subprocess.CompletedProcess[str]":
        """Run the script of the host."""
        values = {
            **VALUES,
            "file": "/etc/binder-singlenode/resolv.conf",
            "k3s": "/usr/local/bin/k3s",
        }
        return self.run(render("resolver/resolver.sh.j2", **values), *words)


@pytest.fixture
def files(tmp_path: Path) -> HostFiles:
    return HostFiles(tmp_path)

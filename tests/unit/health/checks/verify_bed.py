"""A host to check: an `ssh` that answers from a table, and a hub on loopback."""

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from binder_singlenode.deploy import steps
from binder_singlenode.health import verify
from binder_singlenode.health.verify import Expectations
from binder_singlenode.layout import paths

from ...servers.played_session import PlayedSession
from .good_host import GIB, good_host, items

LAUNCH = {"provider": "GitHub", "spec": "o/r/HEAD", "ref": "abc", "status": "success", "origin": "hub"}
LAUNCH |= {"timestamp": "2100-01-01T00:00:00.000001Z"}


def expecting(base_url: str, **more: Any) -> Expectations:
    """What good_host() fulfils, and `more`."""
    values: dict[str, Any] = {
        "name": "alpha",
        "units": tuple(unit for unit in steps.units() if unit != paths.HOMES_UNIT),
        "address": "127.0.0.1",
        "direct": False,
        "sudo": False,
        "base_url": base_url,
        "hub_url": f"{base_url}/jupyter/",
        "tls": "off",
        "names": ("127.0.0.1",),
        "staging": False,
        "certificate_s": 1.0,
        "sign_in": False,
        "closed": False,
        "homes": 0,
        "home_bytes": 5 * GIB,
        "namespace": "binder",
        "node_name": "binder",
        "release": "binder",
        "firewall": True,
        "quota": 3,
        "guarantee_bytes": GIB,
        "limit_bytes": 2 * GIB,
        "allocatable_bytes": 7 * GIB,
        "eviction_bytes": 500 * 2**20,
        "max_pods": 110,
        "store": "registry",
        "registry_url": "http://10.43.0.50:5000",
        "docker_socket": "/var/run/dind/docker.sock",
        "idle_timeout_s": 600,
        "cull_every_s": 60,
        "noticed_late_s": 60,
        "clean_up_s": 1.0,
        "repo": None,
        "launch_timeout_s": 20.0,
    }
    return Expectations(**{**values, **more})


class Bed:
    """A host to check: its table of answers, its hub, and what was asked."""

    def __init__(self, folder: Path, server: Any) -> None:
        self.folder, self.server = folder, server
        self.table = good_host()
        checks = [{"service": "JupyterHub API", "ok": True}, {"service": "Pod quota", "ok": True, "quota": 3}]
        server.on("/health", body=json.dumps({"ok": True, "checks": checks}))
        server.on("/", body="<title>Binder</title>", kind="text/html")
        server.on("/versions", body=json.dumps({"binderhub": "1.0", "builder": "r2d"}))

    def answers(self, pattern: str, out: str, code: int = 0, err: str = "") -> None:
        self.table.append([pattern, code, out, err])

    def asked(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in (self.folder / "asked").read_text().splitlines()]

    def write_table(self) -> None:
        """Whole at any moment: the checks may be reading it."""
        staged = self.folder / "table.new"
        staged.write_text(json.dumps(self.table))
        staged.replace(self.folder / "table")

    def verify(self, *parts: str, **more: Any) -> verify.Report:
        self.write_table()
        options = {key: more.pop(key) for key in ("progress", "timeout_s") if key in more}
        host: Any = None
        session = PlayedSession(host, more.pop("sudo_password", None), config=self.folder / "ssh_config")
        return verify.run(expecting(self.server.url, **more), session, parts=parts, **options)

    def hub_launches(self, *messages: str) -> None:
        """The hub answers each launch with the next of these `built` messages."""
        left = list(messages)

        def stream(request: Any) -> None:
            url = self.server.url + "/user/x/"
            built = {"phase": "built", "message": left.pop(0)}
            present = {"phase": "launching", "message": 'Container image "i" already present on machine'}
            ready = {"phase": "ready", "message": "", "url": url, "token": "tok", "image": "i"}
            body = "".join(f"data: {json.dumps(each)}\n\n" for each in (built, present, ready)).encode()
            request.send_response(200)
            request.send_header("Content-Type", "text/event-stream")
            request.send_header("Content-Length", str(len(body)))
            request.end_headers()
            request.wfile.write(body)

        self.server.routes["/build/gh/o/r/HEAD"] = stream
        self.server.on("/user/x/api", body='{"version": "2"}')
        spec = {"spec": {"language": "R"}}
        known = {"default": "ir", "kernelspecs": {"ir": spec}}
        self.server.on("/user/x/api/kernelspecs", body=json.dumps(known))
        self.answers(r"launches-", json.dumps(LAUNCH) + "\n")

        def shutdown(request: Any) -> None:
            self.answers(r"get pods -n binder -l", items())
            self.write_table()
            request.send_response(200)
            request.send_header("Content-Length", "0")
            request.end_headers()

        self.server.routes["/user/x/api/shutdown"] = shutdown


@pytest.fixture
def bed(tmp_path: Path, server: Any, monkeypatch: pytest.MonkeyPatch) -> Bed:
    """A good host behind the fake ssh; tests change an answer."""
    fake = Path(__file__).with_name("fake_ssh.py")
    ssh = tmp_path / "bin" / "ssh"
    ssh.parent.mkdir()
    ssh.write_text(f'#!/bin/sh\nexec {sys.executable} -S -E {fake} "$@"\n')
    ssh.chmod(0o755)
    monkeypatch.setenv("PATH", f"{ssh.parent}:{os.environ['PATH']}")
    monkeypatch.setenv("FAKE_SSH_TABLE", str(tmp_path))
    return Bed(tmp_path, server)


def outcomes(report: verify.Report) -> dict[str, str]:
    """Outcome by the name of the check."""
    return {result.name: result.outcome for result in report.results}

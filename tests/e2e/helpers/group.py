"""The same VM in another shape: for a group of one's own, under a name with TLS, with one store of images.

All three by one host file: on an emulated VM an `up` that changes so much takes ten minutes.
"""

import re
import shutil
import ssl
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import certifi
import httpx
import pytest

from binder_singlenode.binderhub import account as binderhub_account
from binder_singlenode.layout import names

from .acme import DIRECTORY, TRIAL, Pebble, Proxy
from .bed import LAUNCH_TIMEOUT_S, Origin, Tool, begin_again, launch, no_sessions, own_copy, up

NAME = "binder.e2e.test"  # of a domain that no DNS has (RFC 6761)
SECRET = "BINDER_E2E_SECRET"
HOST_FILE = f"""
hostname: {NAME}
tls: {{mode: acme, acme: {{directory: '{DIRECTORY}', trial: '{TRIAL}', root_ca: server.pem}}}}
images: {{store: shared}}
mode: persistent
home: {{size: 128Mi, users: 2}}
sign_in:
  provider: oidc
  client_id: binder
  client_secret: env:{SECRET}
  authorize_url: https://login.e2e.test/authorize
  token_url: https://login.e2e.test/token
  userdata_url: https://login.e2e.test/userinfo
  allowed: {{users: [alice]}}
"""


@dataclass(frozen=True)
class Group:
    """The host in its other shape, and a computer for which its name leads there."""

    tool: Tool
    browser: httpx.Client
    host_file: Path
    origin: Origin

    def up(self, *options: str) -> dict[str, Any]:
        return up(self.tool, self.origin, *options, host=str(self.host_file))

    def launch(self, repository: str) -> dict[str, Any]:
        return launch(self.tool, repository, host=str(self.host_file))

    def ask(self, session: dict[str, Any], method: str, page: str, **query: Any) -> Any:
        """What a page of a session answers."""
        headers = {"Authorization": f"token {session['token']}"}
        answer = self.browser.request(method, session["url"] + page, params=query, headers=headers)
        assert answer.status_code == 200, answer.text
        return answer.json() if answer.content else None

    def end(self, session: dict[str, Any]) -> None:
        """Stop it and see its pod go."""
        self.ask(session, "POST", "api/shutdown")
        no_sessions(self.tool)

    def account(self) -> str:
        """A token of the tool's own account, made in the hub as `launch` does it, by way of the browser."""
        secret = self.tool.ssh(binderhub_account.secret_script("binder"))
        page = f"https://{NAME}/jupyter/hub/api/users/{names.HUB_USER}/tokens"
        answer = self.browser.post(page, json={}, headers={"Authorization": f"token {secret}"})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["token"])


@pytest.fixture(scope="session")
def pebble(
    tool: Tool,
    vm: dict[str, Any],
    fast_cpu: None,
    provisioned: dict[str, Any],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Pebble]:
    if shutil.which("go") is None:
        pytest.skip("no Go here, to build the ACME server with: run ./dev test")
    begin_again(tool, vm)
    running = Pebble(tool, NAME, tmp_path_factory.mktemp("pebble"))
    yield running
    running.remove()


@pytest.fixture(scope="session")
def group(
    tool: Tool,
    vm: dict[str, Any],
    pebble: Pebble,
    origin: Origin,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Group]:
    """Before its first `up`. The client secret no provider gave: nobody signs in on a page here."""
    folder = tmp_path_factory.mktemp("group")
    host_file = own_copy(tool, folder)
    host_file.write_text(re.sub(r"(?m)^url:.*\n", "", host_file.read_text()) + HOST_FILE)
    shutil.copy(pebble.certificate, folder / "server.pem")
    roots = folder / "roots.pem"
    roots.write_text(Path(certifi.where()).read_text() + pebble.root())
    proxy = Proxy(NAME, vm["https_port"])
    names = {"HTTPS_PROXY": proxy.url, "https_proxy": proxy.url, "NO_PROXY": "", "no_proxy": ""}
    environment = {**tool.environment, **names, "SSL_CERT_FILE": str(roots), SECRET: "not-asked-for"}
    trust = ssl.create_default_context(cafile=str(roots))
    with httpx.Client(proxy=proxy.url, verify=trust, timeout=LAUNCH_TIMEOUT_S) as browser:
        yield Group(replace(tool, environment=environment), browser, host_file, origin)
    proxy.stop()


@pytest.fixture(scope="session")
def grouped(group: Group) -> dict[str, Any]:
    """What the `up` said that made it so."""
    return group.up()

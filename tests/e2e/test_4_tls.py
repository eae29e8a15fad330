"""Names and certificates on the VM: from http to https with a real ACME server. The next chapter goes back."""

import dataclasses
import json
import re
import shutil
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import certifi
import httpx
import pytest

from binder_singlenode.binder import build_url
from binder_singlenode.deploy import paths

from .acme import DIRECTORY, Pebble, Proxy
from .conftest import (
    LAUNCH_TIMEOUT_S,
    SESSIONS,
    UP_TIMEOUT_S,
    Origin,
    Tool,
    environment,
    no_sessions,
    own_copy,
    pods,
)

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(2 * UP_TIMEOUT_S + 600)]

NAME = "binder.e2e.test"  # of a domain that no DNS has (RFC 6761)
HOST_FILE = f"""
hostname: {NAME}
tls: {{mode: acme, acme: {{directory: '{DIRECTORY}', root_ca: server.pem}}}}
"""
VISITOR = "10.0.2.2"  # whom qemu's network shows as the visitor
FORGED = {"X-Forwarded-For": "203.0.113.66", "X-Real-IP": "203.0.113.66", "Forwarded": "for=203.0.113.66"}


@pytest.fixture(scope="module")
def pebble(
    tool: Tool, provisioned: dict[str, Any], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Pebble]:
    if shutil.which("go") is None:
        pytest.skip("no Go here, to build the ACME server with: run ./dev test")
    running = Pebble(tool, NAME, tmp_path_factory.mktemp("pebble"))
    yield running
    running.remove()


@pytest.fixture(scope="module")
def proxy(vm: dict[str, Any]) -> Iterator[Proxy]:
    running = Proxy(NAME, vm["https_port"])
    yield running
    running.stop()


@pytest.fixture(scope="module")
def roots(pebble: Pebble, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a computer believes that has Pebble's root installed."""
    path = tmp_path_factory.mktemp("roots") / "roots.pem"
    path.write_text(Path(certifi.where()).read_text() + pebble.root())
    return path


@pytest.fixture(scope="module")
def visitor(tool: Tool, proxy: Proxy, roots: Path) -> Tool:
    """The command line on a computer for which the name leads to the VM."""
    names = {"HTTPS_PROXY": proxy.url, "https_proxy": proxy.url, "NO_PROXY": "", "no_proxy": ""}
    return dataclasses.replace(tool, environment={**tool.environment, **names, "SSL_CERT_FILE": str(roots)})


@pytest.fixture(scope="module")
def https_up(
    visitor: Tool, pebble: Pebble, origin: Origin, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, dict[str, Any]]:
    """The same VM with a name and tls: acme: the host file, and what `up` said."""
    host_file = own_copy(visitor, tmp_path_factory.mktemp("tls"))
    host_file.write_text(re.sub(r"(?m)^url:.*\n", "", host_file.read_text()) + HOST_FILE)
    shutil.copy(pebble.certificate, host_file.with_name("server.pem"))
    words = ("up", str(host_file), "--yes", *origin.up_options)
    return host_file, visitor.json(*words, timeout_s=UP_TIMEOUT_S)


def test_only_the_entry_and_the_release_change(https_up: tuple[Path, dict[str, Any]], pebble: Pebble) -> None:
    """With the proof: health, and two launches, over https."""
    _, result = https_up
    assert {change.partition(":")[0] for change in result["changes"]} == {"release", "entry"}
    assert result["url"] == f"https://{NAME}"
    assert result["verified"] is True, result["checks"]
    entry = {each["name"]: each["outcome"] for each in result["checks"] if each["name"].startswith("entry::")}
    assert entry == {"entry::names": "passed", "entry::dates": "passed", "entry::authority": "passed"}
    assert pebble.issued() == 1, pebble.log()[-2000:]


def test_http_is_sent_to_https(https_up: tuple[Path, dict[str, Any]], vm: dict[str, Any]) -> None:
    plain = f"http://127.0.0.1:{vm['http_port']}/v2/gh/a/b/HEAD?urlpath=lab"
    answer = httpx.get(plain, headers={"Host": NAME}, timeout=60)
    assert (answer.status_code, answer.headers["location"]) == (
        307,
        f"https://{NAME}/v2/gh/a/b/HEAD?urlpath=lab",
    )


@pytest.fixture
def browser(proxy: Proxy, roots: Path, https_up: tuple[Path, dict[str, Any]]) -> Iterator[httpx.Client]:
    """One that believes the authority."""
    trust = ssl.create_default_context(cafile=str(roots))
    with httpx.Client(proxy=proxy.url, verify=trust, timeout=LAUNCH_TIMEOUT_S) as client:
        yield client


def ready(browser: httpx.Client, repository: str, headers: dict[str, str]) -> dict[str, Any]:
    """The last event of a launch."""
    asked = {"Accept": "text/event-stream", **headers}
    with browser.stream("GET", build_url(f"https://{NAME}", repository, None), headers=asked) as events:
        for line in events.iter_lines():
            told = json.loads(line.removeprefix("data:")) if line.startswith("data:") else {}
            if told.get("phase") in ("ready", "failed"):
                return dict(told)
    pytest.fail("the launch came to no end")


def test_the_visitors_address_reaches_binderhub_and_cannot_be_forged(
    browser: httpx.Client, tool: Tool, origin: Origin
) -> None:
    """By a certificate of the authority's: the browser would not go there otherwise."""
    session = ready(browser, origin.repository, FORGED)
    assert session["phase"] == "ready", session
    (pod,) = pods(tool, SESSIONS)
    browser.post(f"{session['url']}api/shutdown", params={"token": session["token"]})
    no_sessions(tool)
    assert environment(pod)["BINDER_CLIENT_IP"] == VISITOR
    log = tool.ssh("grep -F '/build/' /var/log/binder-singlenode/access.log | tail -n 1")
    assert f'_ip":"{VISITOR}"' in log, log


def lose_the_entry(tool: Tool) -> None:
    """All of it, but for its state: certificates and keys."""
    unit = paths.unit_path(paths.ENTRY_UNIT)
    files = f"{unit} {paths.CADDY} {paths.INSTALLED}/caddy* {paths.CADDYFILE} {paths.ACME_ROOT}"
    tool.ssh(
        f"systemctl disable --now {paths.ENTRY_UNIT}; rm {files}; userdel {paths.ENTRY_USER};"
        " systemctl daemon-reload"
    )


def test_certificates_survive_a_second_up_and_a_new_installation(
    https_up: tuple[Path, dict[str, Any]],
    visitor: Tool,
    browser: httpx.Client,
    origin: Origin,
    pebble: Pebble,
) -> None:
    host_file, _ = https_up
    words = ("up", str(host_file), "--yes", "--no-verify", *origin.up_options)
    again = visitor.json(*words, timeout_s=UP_TIMEOUT_S)
    assert again["changed"] == 0, again["changes"]
    lose_the_entry(visitor)
    healed = visitor.json(*words, timeout_s=UP_TIMEOUT_S)
    assert {change.partition(":")[0] for change in healed["changes"]} == {"entry"}
    launched = visitor.json("launch", str(host_file), origin.repository, timeout_s=LAUNCH_TIMEOUT_S)
    assert launched["url"].startswith(f"https://{NAME}/jupyter/user/")
    browser.post(f"{launched['url']}api/shutdown", params={"token": launched["token"]})
    assert pebble.issued() == 1, pebble.log()[-2000:]

"""Names and certificates on the VM: from http to https with a real ACME server."""

import json
from typing import Any

import httpx
import pytest

from binder_singlenode.binderhub.launch.stream import build_url
from binder_singlenode.layout import paths

from .helpers.acme import TRIAL, UNIT, Pebble
from .helpers.bed import SESSIONS, UP_TIMEOUT_S, Origin, Tool, environment, no_sessions, pods, steps_of
from .helpers.group import NAME, Group

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(2 * UP_TIMEOUT_S + 600)]

VISITOR = "10.0.2.2"  # whom qemu's network shows as the visitor
FORGED = {"X-Forwarded-For": "203.0.113.66", "X-Real-IP": "203.0.113.66", "Forwarded": "for=203.0.113.66"}


STEPS = {"k3s", "homes", "release", "store", "entry", "cleaning", "upkeep"}
"""k3s, cleaning and upkeep by the disk's shares, which are others beside homes and without a registry."""


def test_the_entry_has_a_certificate_and_the_proof_goes_through_it(
    grouped: dict[str, Any], pebble: Pebble
) -> None:
    """With the proof: health, and two launches, over https."""
    assert steps_of(grouped) == STEPS
    assert "entry: Start the entry" in grouped["changes"]
    assert f"entry: Try {TRIAL} for certificates" in grouped["changes"]
    assert grouped["url"] == f"https://{NAME}"
    assert grouped["verified"] is True, grouped["checks"]
    entry = {
        each["name"]: each["outcome"] for each in grouped["checks"] if each["name"].startswith("entry::")
    }
    assert entry == {"entry::names": "passed", "entry::dates": "passed", "entry::authority": "passed"}
    assert pebble.issued() == (1, 1), pebble.log(UNIT)[-2000:]


def test_http_is_sent_to_https(grouped: dict[str, Any], vm: dict[str, Any]) -> None:
    plain = f"http://127.0.0.1:{vm['http_port']}/v2/gh/a/b/HEAD?urlpath=lab"
    answer = httpx.get(plain, headers={"Host": NAME}, timeout=60)
    assert (answer.status_code, answer.headers["location"]) == (
        307,
        f"https://{NAME}/v2/gh/a/b/HEAD?urlpath=lab",
    )


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
    grouped: dict[str, Any], group: Group, tool: Tool, origin: Origin
) -> None:
    """By a certificate of the authority's: the browser would not go there otherwise."""
    no_sessions(tool)
    token = group.account()
    session = ready(group.browser, origin.repository, {**FORGED, "Authorization": f"token {token}"})
    assert session["phase"] == "ready", session
    (pod,) = pods(tool, SESSIONS)
    group.end({**session, "token": token})  # with sign-in a session asks the hub who knocks
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
    grouped: dict[str, Any], group: Group, tool: Tool, origin: Origin, pebble: Pebble
) -> None:
    again = group.up("--no-verify")
    assert again["changed"] == 0, again["changes"]
    lose_the_entry(tool)
    healed = group.up("--no-verify")
    assert steps_of(healed) == {"entry"}
    launched = group.launch(origin.repository)
    assert launched["url"].startswith(f"https://{NAME}/jupyter/user/")
    group.end(launched)
    assert pebble.issued() == (1, 1), pebble.log(UNIT)[-2000:]

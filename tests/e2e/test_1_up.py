"""From a bare VM to a running session, and a second `up`."""

import json
from typing import Any

import httpx
import pytest

from .helpers.bed import SESSIONS, UP_TIMEOUT_S, Origin, Tool, end, environment, launch, pods, up

pytestmark = [pytest.mark.e2e, pytest.mark.smoke, pytest.mark.timeout(UP_TIMEOUT_S + 600)]

GIB = 1024**3


def test_up_on_a_bare_vm_changes_it_and_verifies(provisioned: dict[str, Any]) -> None:
    assert provisioned["changed"] > 20
    assert provisioned["verified"] is True


def test_a_repository_becomes_a_session_that_answers(first_launch: dict[str, Any]) -> None:
    answer = httpx.get(first_launch["url"] + "api", params={"token": first_launch["token"]}, timeout=60)
    assert answer.status_code == 200
    assert answer.json()["version"]
    assert first_launch["found_image"] is False
    assert first_launch["timings"]["build_s"] > 0


def test_the_session_has_its_memory(tool: Tool, first_launch: dict[str, Any]) -> None:
    (pod,) = pods(tool, SESSIONS)
    (container,) = pod["spec"]["containers"]
    assert container["resources"]["requests"]["memory"] == str(1 * GIB)
    assert container["resources"]["limits"]["memory"] == str(2 * GIB)
    assert environment(pod)["MEM_GUARANTEE"] == str(1 * GIB)
    assert environment(pod)["MEM_LIMIT"] == str(2 * GIB)


def test_the_second_launch_builds_nothing(tool: Tool, origin: Origin, first_launch: dict[str, Any]) -> None:
    end(tool, first_launch)
    second = launch(tool, origin.repository)
    assert second["found_image"] is True
    assert second["image"] == first_launch["image"]
    end(tool, second)


def test_a_second_up_changes_nothing(tool: Tool, origin: Origin, provisioned: dict[str, Any]) -> None:
    history = "/usr/local/bin/helm history binder -n binder --kubeconfig /etc/rancher/k3s/k3s.yaml -o json"
    before = tool.ssh(history)
    again = up(tool, origin, "--no-verify")
    assert again["changed"] == 0, again["changes"]
    assert json.loads(before) == json.loads(tool.ssh(history))

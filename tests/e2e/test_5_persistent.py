"""Mode persistent on the VM: an account of the tool's own; a home that stays, and ends where it should."""

import dataclasses
from pathlib import Path
from typing import Any

import httpx
import pytest

from binder_singlenode.deploy import paths

from .conftest import LAUNCH_TIMEOUT_S, UP_TIMEOUT_S, Origin, Tool, no_sessions, own_copy

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(2 * UP_TIMEOUT_S + 600)]

HOST_FILE = """
mode: persistent
home: {size: 128Mi, users: 2}
sign_in:
  provider: oidc
  client_id: binder
  client_secret: env:BINDER_E2E_SECRET
  authorize_url: https://login.e2e.test/authorize
  token_url: https://login.e2e.test/token
  userdata_url: https://login.e2e.test/userinfo
  allowed: {users: [alice]}
"""
MOUNTED = f"findmnt -rno TARGET -t ext4 | grep '^{paths.HOMES}/' || true"


BUDGET = ("k3s", "cleaning", "upkeep")
"""The shares of the disk are smaller beside homes: of images and logs, and what else is written of them."""


def steps_of(result: dict[str, Any]) -> set[str]:
    """The steps that changed something."""
    return {change.partition(":")[0] for change in result["changes"]}


@pytest.fixture(scope="module")
def operator(tool: Tool) -> Tool:
    """With the client secret, which no provider gave: nobody signs in on a page here."""
    return dataclasses.replace(tool, environment={**tool.environment, "BINDER_E2E_SECRET": "not-asked-for"})


@pytest.fixture(scope="module")
def group(
    operator: Tool, provisioned: dict[str, Any], origin: Origin, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, dict[str, Any]]:
    """The same VM for a group of one's own: the host file, and what `up` said."""
    host_file = own_copy(operator, tmp_path_factory.mktemp("persistent"))
    host_file.write_text(host_file.read_text() + HOST_FILE)
    words = ("up", str(host_file), "--yes", *origin.up_options)
    return host_file, operator.json(*words, timeout_s=UP_TIMEOUT_S)


@dataclasses.dataclass(frozen=True)
class Session:
    """A launched one."""

    url: str
    token: str

    def ask(self, method: str, page: str, **query: Any) -> Any:
        headers = {"Authorization": f"token {self.token}"}
        answer = httpx.request(method, self.url + page, params=query, headers=headers, timeout=120)
        assert answer.status_code == 200, answer.text
        return answer.json() if answer.content else None


@pytest.fixture
def launch(operator: Tool, group: tuple[Path, dict[str, Any]], origin: Origin) -> Any:
    def run() -> Session:
        words = ("launch", str(group[0]), origin.repository)
        told = operator.json(*words, timeout_s=LAUNCH_TIMEOUT_S)
        return Session(told["url"], told["token"])

    return run


def test_homes_the_release_and_shares_of_the_disk_change(
    group: tuple[Path, dict[str, Any]], tool: Tool
) -> None:
    """With the proof: two launches, under an account of the tool's own; the entry is without TLS again."""
    _, result = group
    assert {"homes", "release"} <= steps_of(result) <= {"homes", "release", *BUDGET, "entry"}
    assert result["verified"] is True, result["checks"]
    outcomes = {each["name"]: each["outcome"] for each in result["checks"]}
    assert outcomes["binder::second_launch_builds_nothing"] == outcomes["host::homes"] == "passed"
    assert len(tool.ssh(MOUNTED).split()) == 2


def test_who_has_not_signed_in_launches_nothing(
    group: tuple[Path, dict[str, Any]], vm: dict[str, Any], origin: Origin
) -> None:
    answer = httpx.get(f"http://127.0.0.1:{vm['http_port']}/", timeout=60)
    assert answer.status_code == 302
    assert "/jupyter/hub/api/oauth2/authorize?" in answer.headers["location"]


def test_a_home_is_full_when_it_is_full_and_what_is_in_it_stays(
    group: tuple[Path, dict[str, Any]], operator: Tool, origin: Origin, launch: Any
) -> None:
    first = launch()
    assert first.ask("GET", "testbed/write", name="persistent/note", mebibytes=1) == {
        "ok": True,
        "error": None,
    }
    full = first.ask("GET", "testbed/write", name="persistent/large", mebibytes=140)
    assert "no space left on device" in full["error"]
    assert first.ask("GET", "testbed/write", name="gone", mebibytes=1)["ok"]
    first.ask("POST", "api/shutdown")
    no_sessions(operator)
    second = launch()
    files = second.ask("GET", "testbed/files")
    assert files["persistent/note"] == 1024**2
    assert "gone" not in files
    second.ask("POST", "api/shutdown")
    no_sessions(operator)


def test_status_tells_whose_the_homes_are_and_how_full(
    group: tuple[Path, dict[str, Any]], operator: Tool
) -> None:
    """One account was at work: the tool's own, which the full home above belongs to."""
    told = operator.json("status", str(group[0]), check=False)["homes"]
    assert (told["existing"], told["mounted"], told["claimed"]) == (2, 2, 1)
    assert told["share_bytes"] == 2 * 128 * 1024**2
    fullest = told["homes"][0]
    assert fullest["claim"].startswith("claim-") and fullest["used_bytes"] > 1024**2


def test_a_second_up_changes_nothing_and_one_after_an_accident_mounts_again(
    group: tuple[Path, dict[str, Any]], operator: Tool, origin: Origin
) -> None:
    words = ("up", str(group[0]), "--yes", "--no-verify", *origin.up_options)
    again = operator.json(*words, timeout_s=UP_TIMEOUT_S)
    assert again["changed"] == 0, again["changes"]
    operator.ssh(f"umount {paths.HOMES}/002")
    problems = operator.json("status", str(group[0]), check=False)["problems"]
    assert "1 of 2 homes are not mounted (002): run `binder-singlenode up`" in problems
    healed = operator.json(*words, timeout_s=UP_TIMEOUT_S)
    assert healed["changes"] == ["homes: Make and mount the homes"]
    assert len(operator.ssh(MOUNTED).split()) == 2


def test_back_to_binder_keeps_the_homes(
    group: tuple[Path, dict[str, Any]], tool: Tool, origin: Origin
) -> None:
    """And the VM is for the next tests as it was."""
    back = tool.json("up", "e2e", "--yes", "--no-verify", *origin.up_options, timeout_s=UP_TIMEOUT_S)
    assert {"release"} <= steps_of(back) <= {"release", *BUDGET}
    assert len(tool.ssh(MOUNTED).split()) == 2

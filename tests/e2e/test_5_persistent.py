"""Mode persistent on the VM: an account of the tool's own; a home that stays, and ends where it should."""

from typing import Any

import pytest

from binder_singlenode.layout import paths

from .helpers.bed import UP_TIMEOUT_S, Origin, Tool
from .helpers.group import NAME, Group

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(2 * UP_TIMEOUT_S + 600)]

MOUNTED = f"findmnt -rno TARGET -t ext4 | grep '^{paths.HOMES}/' || true"


def test_each_user_to_come_has_a_home_and_launches_are_proved(grouped: dict[str, Any], tool: Tool) -> None:
    """The proof's two launches go under an account of the tool's own."""
    assert grouped["verified"] is True, grouped["checks"]
    outcomes = {each["name"]: each["outcome"] for each in grouped["checks"]}
    assert outcomes["binder::second_launch_builds_nothing"] == outcomes["host::homes"] == "passed"
    assert len(tool.ssh(MOUNTED).split()) == 2


def test_who_has_not_signed_in_launches_nothing(grouped: dict[str, Any], group: Group) -> None:
    answer = group.browser.get(f"https://{NAME}/")
    assert answer.status_code == 302
    assert "/jupyter/hub/api/oauth2/authorize?" in answer.headers["location"]


def test_a_home_is_full_when_it_is_full_and_what_is_in_it_stays(
    grouped: dict[str, Any], group: Group, origin: Origin
) -> None:
    first = group.launch(origin.repository)
    written = group.ask(first, "GET", "testbed/write", name="persistent/note", mebibytes=1)
    assert written == {"ok": True, "error": None}
    full = group.ask(first, "GET", "testbed/write", name="persistent/large", mebibytes=140)
    assert "No space left on device" in full["error"]
    assert group.ask(first, "GET", "testbed/write", name="gone", mebibytes=1)["ok"]
    group.end(first)
    second = group.launch(origin.repository)
    files = group.ask(second, "GET", "testbed/files")
    assert files["persistent/note"] == 1024**2
    assert "gone" not in files
    group.end(second)


def test_status_tells_whose_the_homes_are_and_how_full(grouped: dict[str, Any], group: Group) -> None:
    """One account was at work: the tool's own, which the full home above belongs to."""
    told = group.tool.json("status", str(group.host_file), check=False)["homes"]
    assert (told["existing"], told["mounted"], told["claimed"]) == (2, 2, 1)
    assert told["share_bytes"] == 2 * 128 * 1024**2
    fullest = told["homes"][0]
    assert fullest["claim"].startswith("claim-") and fullest["used_bytes"] > 1024**2


def test_an_up_after_an_accident_mounts_again(grouped: dict[str, Any], group: Group, tool: Tool) -> None:
    tool.ssh(f"umount {paths.HOMES}/002")
    problems = group.tool.json("status", str(group.host_file), check=False)["problems"]
    assert "1 of 2 homes are not mounted (002): run `binder-singlenode up`" in problems
    assert group.up("--no-verify")["changes"] == ["homes: Make and mount the homes"]
    assert len(tool.ssh(MOUNTED).split()) == 2

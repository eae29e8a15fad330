"""The preflight on proxies in front of the host."""

from typing import Any

import pytest

from binder_singlenode.config import Host
from binder_singlenode.preflight import facts, judge

URL = "https://binder.example.org"
WHERE = "network.trusted_proxies"


def judged(**lines: Any) -> list[Any]:
    host = Host.model_validate({"address": "192.0.2.10", **lines})
    found = judge.judge(facts.parse("", 0), host, offline=True)
    return [problem for problem in found if problem.where == WHERE]


def test_https_made_elsewhere_without_the_addresses() -> None:
    (problem,) = judged(url=URL, hostname="binder.example.org")
    assert not problem.fatal
    assert problem.what == (
        f"url is https and tls is off, so a proxy in front of the host makes the https; every visitor of"
        f" {URL} then has the proxy's address, in the log, in bans, and for the limit of launches"
    )
    assert "trusted_proxies: [192.0.2.20]" in problem.remedy and "set tls" in problem.remedy


@pytest.mark.parametrize(
    "lines",
    [
        {"url": URL, "network": {"trusted_proxies": ["192.0.2.20"]}},
        {"url": URL, "tls": "own-ca"},
        {"url": "http://binder.example.org"},
        {},
    ],
)
def test_nothing_to_say(lines: dict[str, Any]) -> None:
    assert judged(**lines) == []

"""The preflight on proxies, private repositories and sign-in."""

from typing import Any

import pytest

from binder_singlenode.config import Host
from binder_singlenode.preflight import facts, judge, script
from binder_singlenode.preflight.rules import policy

TOKEN = {"token": "env:A", "private_repositories": True}
SIGN_IN = {"provider": "github", "client_id": "a", "client_secret": "env:A", "allowed": {"everyone": True}}


def host(**sections: Any) -> Host:
    return Host.model_validate({"address": "a.b", **sections})


def test_private_repositories_behind_a_page_for_everybody() -> None:
    (problem,) = policy.private_repositories(host(gitlab=TOKEN))
    assert problem.where == "gitlab.private_repositories"
    assert problem.what == "whoever reaches http://a.b can launch, and so read, all that the token may"
    assert not problem.fatal
    assert list(policy.private_repositories(host(gitlab=TOKEN, sign_in=SIGN_IN))) == []


def test_sign_in_without_encryption() -> None:
    (problem,) = policy.sign_in(host(sign_in=SIGN_IN))
    assert problem.what == "users sign in at http://a.b: over http, whoever is on the way can become them"
    assert not problem.fatal
    assert list(policy.sign_in(host(sign_in=SIGN_IN, url="https://a.b"))) == []
    assert list(policy.sign_in(host())) == []


@pytest.mark.parametrize("url", ["http://proxy.example.org:3128", "http://[2001:db8::1]:3128"])
def test_a_proxy_that_does_not_answer(url: str) -> None:
    subject = host(proxy={"http": url})
    door = url.removeprefix("http://").replace("[", "").replace("]", "")
    assert f"for name in {door}; do" in script.outbound_script([door])
    problems = judge.judge(facts.parse(f"not_reached\t{door}\n", 0), subject, offline=False)
    (problem,) = [each for each in problems if each.where == "proxy"]
    assert problem.what == f"the host gets no answer from {door}"
    assert problem.remedy == "check proxy.http and proxy.https, and whether the proxy lets this host in"


def test_sessions_that_end_sooner_than_promised() -> None:
    short = host(sessions={"idle_timeout": "5m", "max_age": "6h"})
    problems = list(policy.session_times(short))
    assert [(each.where, each.fatal) for each in problems] == [
        ("sessions.max_age", False),
        ("sessions.idle_timeout", False),
    ]
    assert "6h is less than the 12h" in problems[0].what
    assert list(policy.session_times(host(sessions={"max_age": "13h"}))) == []

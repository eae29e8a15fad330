"""BinderHub as users reach it: through the entry, up to a session that answers, twice."""

import json
from datetime import datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote

import pytest

from binder_singlenode.base.units import human_bytes
from binder_singlenode.binderhub import http as binderhub_http
from binder_singlenode.binderhub import jupyter_kernel
from binder_singlenode.binderhub.launch import stream
from binder_singlenode.binderhub.launch.stages import PRESENT
from binder_singlenode.binderhub.session import wait_for
from binder_singlenode.errors import LaunchError
from binder_singlenode.health.checks import names, reach
from binder_singlenode.health.checks.remote import Kubectl, output
from binder_singlenode.health.checks.sessions import CELL_S, Sessions
from binder_singlenode.health.expectations import Expectations
from binder_singlenode.layout import paths

HEALTH_S = 60.0  # BinderHub caches each result for up to a minute, also one from its start
PAGE_S = 30.0
ARCHIVE_S = 30.0
# All fields of a BinderHub launch event (binderhub/event-schemas/launch.json, version 6).
ARCHIVED = {"timestamp", "schema", "version", "provider", "spec", "ref", "status"}
ARCHIVED |= {"build_token", "origin", "request_origin"}
LOOK_AROUND = """\
import os
print(os.environ.get("MEM_GUARANTEE"))
print(os.environ.get("MEM_LIMIT"))
print(open("/sys/fs/cgroup/memory.max").read())
"""


def _is_well(base_url: str) -> bool:
    """Over https, no answer may mean that the entry's first certificate is on its way."""
    try:
        return stream.health(base_url).ok
    except LaunchError:
        if base_url.startswith("https://"):
            return False
        raise


def test_health(expect: Expectations) -> None:
    """BinderHub says that it is well."""
    wait_for(lambda: _is_well(expect.base_url), HEALTH_S)
    health = stream.health(expect.base_url)
    assert health.ok, f"BinderHub reports trouble with: {', '.join(health.failing)}"
    assert health.quota == expect.quota, (
        f"BinderHub's quota is {health.quota} sessions, not {expect.quota}: run `binder-singlenode up`"
    )


def test_versions(expect: Expectations) -> None:
    """BinderHub names its version."""
    versions = stream.versions(expect.base_url)
    assert versions.binderhub and versions.build_image, "/versions names no version or no build image"


def test_launch(sessions: Sessions) -> None:
    """A repository is launched, and the session answers."""
    sessions.launch()


def test_launch_is_archived(sessions: Sessions, host: Any, expect: Expectations) -> None:
    """The launch is in the archive: repository, ref and status, no address and no cookie."""
    sessions.first()
    spec = unquote(stream.provider_spec(expect.repo or "", None).partition("/")[2])
    wait_for(lambda: spec in _archived(host, sessions.began_at), ARCHIVE_S)
    entries = _archived(host, sessions.began_at)
    assert spec in entries, f"{paths.LAUNCH_ARCHIVE} does not name the launch of {spec}"
    more = set(entries[spec]) - ARCHIVED
    assert not more, f"the launch archive holds {', '.join(sorted(more))}: see docs/promises.md"


def _archived(host: Any, since_s: float) -> dict[str, dict[str, Any]]:
    """The launches in the archive from then on, by repository and ref."""
    text = output(host, f"cat {paths.LAUNCH_ARCHIVE}/launches-*.jsonl 2>/dev/null | tail -n 200")
    entries = [json.loads(line) for line in text.splitlines()]
    return {unquote(str(each.get("spec"))): each for each in entries if _time_s(each) >= since_s}


def _time_s(entry: dict[str, Any]) -> float:
    return datetime.fromisoformat(str(entry["timestamp"])).timestamp()


def test_session_memory(sessions: Sessions, expect: Expectations) -> None:
    """The session has the memory that was promised, and the limit."""
    pod = sessions.pod(sessions.first())
    wanted = (expect.guarantee_bytes, expect.limit_bytes)
    found = (pod.memory_guarantee_bytes, pod.memory_limit_bytes)
    assert found == wanted, f"the pod has guarantee and limit {_sizes(found)}, not {_sizes(wanted)}"


def test_session_environment(sessions: Sessions, expect: Expectations) -> None:
    """From inside, the session sees its memory: in its environment, and as the kernel's limit."""
    session = sessions.first()
    sessions.python(session)
    with jupyter_kernel.opened(session.url, session.token) as cell:
        outcome = cell.run(LOOK_AROUND, CELL_S)
    assert not outcome.error, f"the session's kernel says: {outcome.error}"
    wanted = [expect.guarantee_bytes, expect.limit_bytes, expect.limit_bytes]
    named = zip(("MEM_GUARANTEE", "MEM_LIMIT", "memory.max"), outcome.text.split(), wanted, strict=True)
    wrong = [f"{name} is {found}, not {value}" for name, found, value in named if found != str(value)]
    assert not wrong, "; ".join(wrong)


def test_session_reaches_nothing_inside(sessions: Sessions, kubectl: Kubectl, expect: Expectations) -> None:
    """From inside, the session reaches no registry, no API of the cluster, and no metadata of the cloud."""
    session = sessions.first()
    sessions.python(session)
    node = kubectl("get", "node", expect.node_name, "-o", "json")
    targets = reach.places(expect, node, kubectl)
    wrong = [""]

    def holds() -> bool:
        wrong[0] = reach.verdict(reach.reached(cell, targets, CELL_S))
        return not wrong[0]

    with jupyter_kernel.opened(session.url, session.token) as cell:
        wait_for(holds, reach.ENFORCED_S)
    assert not wrong[0], wrong[0]


def test_session_names(sessions: Sessions) -> None:
    """From inside, the session has no search domain of the host, and no name that does not exist."""
    session = sessions.first()
    sessions.python(session)
    with jupyter_kernel.opened(session.url, session.token) as cell:
        wrong = names.of_session(cell, CELL_S)
    assert not wrong, wrong


def test_open(expect: Expectations) -> None:
    """Visitors are let in, or told of the maintenance, as the host file says."""
    with binderhub_http.client(expect.base_url, PAGE_S) as http:
        sentence = binderhub_http.closed(http.get(expect.base_url + "/"))
    assert bool(sentence) == expect.closed, (
        f"the host file says {'closed' if expect.closed else 'open'}, and visitors are"
        f" {f'told: {sentence}' if sentence else 'let in'}: run `binder-singlenode up`"
    )


def test_no_login(expect: Expectations) -> None:
    """Nobody has to sign in, and no page of BinderHub sets a cookie."""
    if expect.sign_in:
        pytest.skip("sign_in is on in the host file")
    for page in ("/versions",) if expect.closed else ("/", "/versions"):
        with binderhub_http.client(expect.base_url, PAGE_S) as http:
            answer = http.get(expect.base_url + page)
        assert answer.status_code == HTTPStatus.OK, f"{page} answers {answer.status_code} to a stranger"
        assert "set-cookie" not in answer.headers, f"{page} sets a cookie"


def test_second_launch_builds_nothing(sessions: Sessions) -> None:
    """A second launch finds the image, builds nothing and pulls nothing."""
    sessions.first()
    sessions.end_all()  # a small machine has room for one session of a repository
    second = sessions.launch()
    assert second.found_image, (
        "the second launch built again: BinderHub does not find what the build has made"
    )
    pulled = bool(second.timings.pull_s)
    if second.timings.pull_s is None:  # the hub did not forward the kubelet's messages: query Kubernetes
        said = sessions.image_events(second)
        assert said, "Kubernetes does not tell where the session's image came from: its events are missing"
        pulled = any(PRESENT not in each for each in said)
    assert not pulled, "the second launch pulled again: the node has not kept the image"


def test_sessions_end(sessions: Sessions) -> None:
    """The sessions of these checks are stopped and free their places."""
    if not sessions.started:
        pytest.skip("there is no session to look at")
    sessions.end_all()


def test_sessions_leave_nothing(sessions: Sessions) -> None:
    """Nothing is left of an ended session: no container, no volume, no logs."""
    if not sessions.started:
        pytest.skip("there is no session to look at")
    sessions.leave_nothing()


def _sizes(pair: tuple[int | None, int | None]) -> str:
    return " and ".join("none" if each is None else human_bytes(each) for each in pair)

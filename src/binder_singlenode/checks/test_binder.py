"""BinderHub as its users meet it: through the entry, up to a session that answers, twice."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from binder_singlenode import binder, hub_account
from binder_singlenode.checks.remote import Kubectl
from binder_singlenode.errors import LaunchError
from binder_singlenode.expectations import Expectations
from binder_singlenode.kube_pods import SESSION_LABELS, Pod, pod_from
from binder_singlenode.session import wait_for
from binder_singlenode.units import human_bytes

HEALTH_S = 60.0  # it remembers each verdict for up to a minute, also one from while it started
SESSION_START_S = 120.0
SESSION_END_S = 120.0


class Sessions:
    """The sessions that the checks have started, in order; whatever happens, they are stopped at the end."""

    def __init__(self, expect: Expectations, token: str | None) -> None:
        self._expect = expect
        self._token = token
        self.ready: list[binder.Ready] = []
        self.started: list[binder.Ready] = []

    def launch(self) -> binder.Ready:
        """One more session; BinderHub's sentence is the assertion's message when it fails."""
        expect = self._expect
        if expect.repo is None:
            pytest.skip("no repository was given to launch")
        try:
            session = binder.launch_to_ready(
                expect.base_url, expect.repo, expect.ref, expect.launch_timeout_s, token=self._token
            )
            self.ready.append(session)
            self.started.append(session)
            binder.session_answers(session.url, session.token, SESSION_START_S)
        except LaunchError as error:
            raise AssertionError(f"{error}\nnext: {error.hint}") from None
        return session

    def first(self) -> binder.Ready:
        """The first session, for checks that look at it."""
        if not self.ready:
            pytest.skip("there is no session to look at")
        return self.ready[0]

    def stop_all(self) -> list[str]:
        """Stop every session; what could not be stopped, in words."""
        errors = []
        for session in self.ready:
            try:
                self._stop(session)
            except LaunchError as error:
                errors.append(str(error))
        self.ready = []
        return errors

    def _stop(self, session: binder.Ready) -> None:
        if self._token:
            hub_account.remove_server(self._expect.hub_url, session.url, self._token)
        else:
            binder.stop_session(session.url, session.token)


@pytest.fixture(scope="session")
def sessions(expect: Expectations, request: pytest.FixtureRequest) -> Iterator[Sessions]:
    """The sessions of this run."""
    # Whoever launches nothing needs no account.
    token = request.getfixturevalue("hub_token") if expect.repo else None
    started = Sessions(expect, token)
    yield started
    started.stop_all()


def _pods(kubectl: Kubectl, expect: Expectations) -> list[Pod]:
    answer = kubectl("get", "pods", "-n", expect.namespace, "-l", SESSION_LABELS, "-o", "json")
    return [pod_from(item) for item in answer["items"]]


def _username(session: binder.Ready) -> str:
    """JupyterHub's name for the session: …/user/<name>/"""
    return urlsplit(session.url).path.partition("/user/")[2].split("/")[0]


def _is_well(base_url: str) -> bool:
    """Over https, no answer may mean that the entry's first certificate is on its way."""
    try:
        return binder.health(base_url).ok
    except LaunchError:
        if base_url.startswith("https://"):
            return False
        raise


def test_health(expect: Expectations) -> None:
    """BinderHub says that it is well."""
    wait_for(lambda: _is_well(expect.base_url), HEALTH_S)
    health = binder.health(expect.base_url)
    assert health.ok, f"BinderHub reports trouble with: {', '.join(health.failing)}"
    assert health.quota == expect.quota, (
        f"BinderHub's quota is {health.quota} sessions, not {expect.quota}: run `binder-singlenode up`"
    )


def test_versions(expect: Expectations) -> None:
    """BinderHub names its version."""
    versions = binder.versions(expect.base_url)
    assert versions.binderhub and versions.build_image, "/versions names no version or no build image"


def test_launch(sessions: Sessions) -> None:
    """A repository is launched, and the session answers."""
    sessions.launch()


def test_session_memory(sessions: Sessions, kubectl: Kubectl, expect: Expectations) -> None:
    """The session has the memory that was promised, and the limit."""
    name = _username(sessions.first())
    pod = next((each for each in _pods(kubectl, expect) if each.username == name), None)
    assert pod is not None, f"no pod in {expect.namespace} belongs to the session {name}"
    wanted = (expect.guarantee_bytes, expect.limit_bytes)
    found = (pod.memory_guarantee_bytes, pod.memory_limit_bytes)
    assert found == wanted, f"the pod has guarantee and limit {_sizes(found)}, not {_sizes(wanted)}"


def test_session_environment(sessions: Sessions, kubectl: Kubectl, expect: Expectations) -> None:
    """The session is told its memory in its environment."""
    name = _username(sessions.first())
    pods = {each.username: each.name for each in _pods(kubectl, expect)}
    assert name in pods, f"no pod in {expect.namespace} belongs to the session {name}"
    spec: dict[str, Any] = kubectl("get", "pod", pods[name], "-n", expect.namespace, "-o", "json")["spec"]
    told = {each["name"]: each.get("value") for each in spec["containers"][0].get("env") or ()}
    wanted = {"MEM_GUARANTEE": str(expect.guarantee_bytes), "MEM_LIMIT": str(expect.limit_bytes)}
    wrong = [
        f"{key} is {told.get(key)}, not {value}" for key, value in wanted.items() if told.get(key) != value
    ]
    assert not wrong, "; ".join(wrong)


def test_second_launch_builds_nothing(sessions: Sessions, kubectl: Kubectl, expect: Expectations) -> None:
    """A second launch finds the image and builds nothing."""
    sessions.first()
    _end_all(sessions, kubectl, expect)  # a small machine has room for one session of a repository
    second = sessions.launch()
    assert second.found_image, (
        "the second launch built again: BinderHub does not find in the registry what the build has pushed"
    )


def test_sessions_end(sessions: Sessions, kubectl: Kubectl, expect: Expectations) -> None:
    """The sessions of these checks are stopped and free their places."""
    if not sessions.started:
        pytest.skip("there is no session to look at")
    _end_all(sessions, kubectl, expect)


def _end_all(sessions: Sessions, kubectl: Kubectl, expect: Expectations) -> None:
    errors = sessions.stop_all()
    assert not errors, "; ".join(errors)
    names = {_username(session) for session in sessions.started}

    def gone() -> bool:
        return not any(pod.username in names for pod in _pods(kubectl, expect))

    assert wait_for(gone, SESSION_END_S), (
        f"a session's pod is still there {SESSION_END_S:.0f} s after its server was stopped"
    )


def _sizes(pair: tuple[int | None, int | None]) -> str:
    return " and ".join("none" if each is None else human_bytes(each) for each in pair)

"""Sessions that checks start, look at and stop."""

from __future__ import annotations

from typing import Any

import pytest

from binder_singlenode.binderhub import account, jupyter_kernel
from binder_singlenode.binderhub.launch import stream
from binder_singlenode.binderhub.session import username, wait_for
from binder_singlenode.cluster.pods import SESSION_LABELS, Pod, pod_from
from binder_singlenode.errors import LaunchError
from binder_singlenode.health.checks import traces
from binder_singlenode.health.checks.remote import Kubectl, output
from binder_singlenode.health.expectations import Expectations

SESSION_START_S = 120.0
SESSION_END_S = 120.0
EVENTS_S = 120.0  # they are written by and by, and kept for an hour
CELL_S = 180.0  # the first cell waits for its kernel to start


class Sessions:
    """The sessions that the checks have started, in order; whatever happens, they are stopped at the end."""

    def __init__(self, expect: Expectations, kubectl: Kubectl, host: Any, token: str | None) -> None:
        self._expect, self._kubectl, self._host, self._token = expect, kubectl, host, token
        self.ready: list[stream.Ready] = []
        self.started: list[stream.Ready] = []
        self.began_at = 0.0
        """By the host's clock, when the first of them was asked for."""
        self._seen: dict[str, Pod] = {}

    def launch(self) -> stream.Ready:
        """One more session; BinderHub's sentence is the assertion's message when it fails."""
        expect = self._expect
        if expect.closed:
            pytest.skip("closed for maintenance in the host file")
        if expect.repo is None:
            pytest.skip("no repository was given to launch")
        self.began_at = self.began_at or float(output(self._host, "date +%s"))
        try:
            session = stream.launch_to_ready(
                expect.base_url, expect.repo, expect.ref, expect.launch_timeout_s, token=self._token
            )
            self.ready.append(session)
            self.started.append(session)
            stream.session_answers(session.url, session.token, SESSION_START_S)
        except LaunchError as error:
            raise AssertionError(f"{error}\nnext: {error.hint}") from None
        return session

    def first(self) -> stream.Ready:
        """The first session, for checks that look at it."""
        if not self.ready:
            pytest.skip("there is no session to look at")
        return self.ready[0]

    def pods(self) -> list[Pod]:
        """The pods of all sessions, other people's too."""
        namespace = self._expect.namespace
        answer = self._kubectl("get", "pods", "-n", namespace, "-l", SESSION_LABELS, "-o", "json")
        return [pod_from(item) for item in answer["items"]]

    def pod(self, session: stream.Ready) -> Pod:
        """The session's pod."""
        name = username(session.url)
        found = next((each for each in self.pods() if each.username == name), None)
        assert found is not None, f"no pod in {self._expect.namespace} belongs to the session {name}"
        return found

    def image_events(self, session: stream.Ready) -> list[str]:
        """What the kubelet says of how it came by the session's image: nothing when it says nothing."""
        pod = self.pod(session)
        chosen = f"reason=Pulled,involvedObject.name={pod.name},involvedObject.uid={pod.uid}"
        said: list[str] = []

        def told() -> bool:
            words = ("get", "events", "-n", pod.namespace, "--field-selector", chosen, "-o", "json")
            messages = [str(item.get("message", "")).strip() for item in self._kubectl(*words)["items"]]
            said[:] = [each for each in messages if f'"{pod.image}"' in each]
            return bool(said)

        wait_for(told, EVENTS_S)
        return said

    def python(self, session: stream.Ready) -> None:
        """Skip where the session's kernels speak another language."""
        speaks = jupyter_kernel.language(session.url, session.token)
        if speaks != "python":
            pytest.skip(f"the repository's kernels speak {speaks or 'no language'}, and the check Python")

    def stop_all(self) -> list[str]:
        """Stop every session; what could not be stopped, in words."""
        errors = []
        for session in self.ready:
            try:
                account.end_session(self._expect.hub_url, session, self._token)
            except LaunchError as error:
                errors.append(str(error))
        self.ready = []
        return errors

    def end_all(self) -> None:
        """Stop every session, and see their pods go."""
        self.left()
        errors = self.stop_all()
        assert not errors, "; ".join(errors)
        assert wait_for(lambda: not self.left(), SESSION_END_S), (
            f"a session's pod is still there {SESSION_END_S:.0f} s after its server was stopped"
        )

    def left(self) -> list[str]:
        """Pods of the sessions that these checks have started."""
        names = {username(session.url) for session in self.started}
        found = {pod.name: pod for pod in self.pods() if pod.username in names}
        self._seen |= found
        return list(found)

    def leave_nothing(self) -> None:
        """See the last traces go."""
        limit_s = self._expect.clean_up_s
        wait_for(lambda: not self._traces(), limit_s)
        left = self._traces()
        assert not left, f"{limit_s:.0f} s after the sessions' end there is still {', '.join(left)}"

    def _traces(self) -> list[str]:
        return traces.of(self._seen.values(), self._host, self._kubectl, self._expect.namespace)

"""Sessions that checks start, inspect and stop."""

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
EVENTS_S = 120.0  # Kubernetes writes events with a delay, and keeps them for an hour
CELL_S = 180.0  # the first cell waits for its kernel to start


class Sessions:
    """The sessions that the checks have started, in order. At the end they are always stopped."""

    def __init__(self, expect: Expectations, kubectl: Kubectl, host: Any, token: str | None) -> None:
        self._expect, self._kubectl, self._host, self._token = expect, kubectl, host, token
        self.ready: list[stream.Ready] = []
        self.started: list[stream.Ready] = []
        self.began_at = 0.0
        """Time of the first launch, by the host's clock."""
        self._seen: dict[str, Pod] = {}

    def launch(self) -> stream.Ready:
        """Start one more session. If it fails, BinderHub's message is the assertion's message."""
        expect = self._expect
        if expect.closed:
            pytest.skip("closed for maintenance in the host file")
        if expect.repo is None:
            pytest.skip("no repository was given to launch")
        self.began_at = self.began_at or float(output(self._host, "date +%s"))
        try:
            session = stream.launch_to_ready(
                expect.base_url, expect.repo, timeout_s=expect.launch_timeout_s, token=self._token
            )
            self.ready.append(session)
            self.started.append(session)
            stream.session_answers(session.url, session.token, SESSION_START_S)
        except LaunchError as error:
            raise AssertionError(f"{error}\nnext: {error.hint}") from None
        return session

    def first(self) -> stream.Ready:
        """The first session, for checks that inspect it; skips the check when there is none."""
        if not self.ready:
            pytest.skip("there is no session to look at")
        return self.ready[0]

    def pods(self) -> list[Pod]:
        """The pods of all sessions, including those of users."""
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
        """The kubelet's event messages about the session's image; empty when there are none."""
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
        """Skip the check when the session's kernels do not run Python."""
        speaks = jupyter_kernel.language(session.url, session.token)
        if speaks != "python":
            pytest.skip(f"the repository's kernels speak {speaks or 'no language'}, and the check Python")

    def stop_all(self) -> list[str]:
        """Stop every session; returns an error message for each that could not be stopped."""
        errors = []
        for session in self.ready:
            try:
                account.end_session(self._expect.hub_url, session, self._token)
            except LaunchError as error:
                errors.append(str(error))
        self.ready = []
        return errors

    def end_all(self) -> None:
        """Stop every session, and wait until their pods are gone."""
        self.left()
        errors = self.stop_all()
        assert not errors, "; ".join(errors)
        assert wait_for(lambda: not self.left(), SESSION_END_S), (
            f"a session's pod is still there {SESSION_END_S:.0f} s after its server was stopped"
        )

    def left(self) -> list[str]:
        """Names of the existing pods of the sessions that these checks started."""
        names = {username(session.url) for session in self.started}
        found = {pod.name: pod for pod in self.pods() if pod.username in names}
        self._seen |= found
        return list(found)

    def leave_nothing(self) -> None:
        """Wait until the sessions have left no traces."""
        limit_s = self._expect.clean_up_s
        wait_for(lambda: not self._traces(), limit_s)
        left = self._traces()
        assert not left, f"{limit_s:.0f} s after the sessions' end there is still {', '.join(left)}"

    def _traces(self) -> list[str]:
        return traces.of(self._seen.values(), self._host, self._kubectl, self._expect.namespace)

"""The second launch pulls nothing: where the hub does not tell, Kubernetes' own events do."""

from types import SimpleNamespace
from typing import Any

import pytest

from binder_singlenode.binderhub.launch.stages import Timings
from binder_singlenode.health.checks import sessions as checked
from binder_singlenode.health.checks import test_binder

POD = {
    "metadata": {
        "name": "jupyter-x",
        "namespace": "binder",
        "uid": "u-1",
        "annotations": {"hub.jupyter.org/username": "x"},
    },
    "spec": {"containers": [{"image": "10.43.0.50:5000/i-a:1"}]},
}
PRESENT = 'Container image "10.43.0.50:5000/i-a:1" already present on machine'
PULLED = (
    'Successfully pulled image "10.43.0.50:5000/i-a:1" in 1.2s (1.2s including waiting). Image size: 7 bytes.'
)
OTHER = 'Container image "a-sidecar:1" already present on machine'


def event(message: str) -> dict[str, Any]:
    return {"metadata": {}, "lastTimestamp": "t", "reason": "Pulled", "message": message}


class Events:
    """kubectl; each question about events gets the next of these answers, the last one again and again."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers, self.asked = list(answers), list[tuple[str, ...]]()

    def __call__(self, *words: str) -> Any:
        if words[1] != "events":
            return {"items": [POD]}
        self.asked.append(words)
        now = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return {"items": [event(each) for each in now]}


def second_launch(monkeypatch: pytest.MonkeyPatch, events: Events, pull_s: float | None) -> None:
    """Run the check over a hub that said this about the pull."""
    monkeypatch.setattr(checked, "EVENTS_S", 1.0)
    expect: Any = SimpleNamespace(namespace="binder")
    sessions = checked.Sessions(expect, events, None, None)
    url = "http://h/user/x/"
    ready: Any = SimpleNamespace(url=url, found_image=True, timings=Timings(pull_s=pull_s))
    for name, answer in (("first", ready), ("end_all", None), ("launch", ready)):
        monkeypatch.setattr(sessions, name, lambda answer=answer: answer)
    test_binder.test_second_launch_builds_nothing(sessions)


@pytest.mark.parametrize("pull_s", [0.0, 1.2])
def test_what_the_hub_tells_is_enough(monkeypatch: pytest.MonkeyPatch, pull_s: float) -> None:
    events = Events([])
    if pull_s:
        with pytest.raises(AssertionError, match="the second launch pulled again"):
            second_launch(monkeypatch, events, pull_s)
    else:
        second_launch(monkeypatch, events, pull_s)
    assert events.asked == []


def test_events_may_come_late_and_others_say_nothing_of_this_image(monkeypatch: pytest.MonkeyPatch) -> None:
    events = Events([], [OTHER], [OTHER, PRESENT])
    second_launch(monkeypatch, events, None)
    assert len(events.asked) == 3
    assert "reason=Pulled,involvedObject.name=jupyter-x,involvedObject.uid=u-1" in events.asked[0]


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ([PULLED], "the second launch pulled again"),
        ([PRESENT, PULLED], "the second launch pulled again"),
        ([OTHER], "does not tell where the session's image came from"),
        ([], "does not tell where the session's image came from"),
    ],
)
def test_unknown_is_not_well(monkeypatch: pytest.MonkeyPatch, said: list[str], words: str) -> None:
    with pytest.raises(AssertionError, match=words):
        second_launch(monkeypatch, Events(said), None)

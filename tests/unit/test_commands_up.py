"""What `up` proves its work with."""

from pathlib import Path

import pytest

from binder_singlenode.commands import up
from binder_singlenode.config import Host
from binder_singlenode.deploy.context import Context
from binder_singlenode.events import Result
from binder_singlenode.sizing import Machine, size
from binder_singlenode.targets import Target
from binder_singlenode.versions import Artifact, Release, default_settings

CHANGED, AS_IT_WAS = Result(3, 39, 1.0), Result(0, 39, 0.0)


def context(sample: str | None) -> Context:
    one = Artifact("k3s", "v1", "0" * 64, path=Path("k3s"))
    host = Host(address="192.0.2.1")
    sized = size(Machine(16 * 1024**3, 4, 100 * 1024**3), host)
    release = Release("amd64", one, one, one, one, (), default_settings(), sample)
    return Context(host=host, sizing=sized, release=release, values_yaml="")


@pytest.mark.parametrize(
    ("sample", "result", "launched"),
    [
        ("https://git.test/a", CHANGED, "https://git.test/a"),
        ("https://git.test/a", AS_IT_WAS, None),
        (None, CHANGED, None),
        ("https://git.test/a", None, None),
    ],
)
def test_a_sample_is_launched_after_a_change_only(
    sample: str | None, result: Result | None, launched: str | None
) -> None:
    assert up.sample(context(sample), result) == launched


@pytest.mark.parametrize(
    ("sentence", "told"),
    [
        (None, "next: binder-singlenode launch 192.0.2.1 REPOSITORY"),
        ("Soon.", "next: to open: take `maintenance`"),
    ],
)
def test_the_next_step_is_one_that_can_be_done(
    sentence: str | None, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    target = Target("lab", Host(address="192.0.2.1", maintenance=sentence), Path("lab.yaml"))
    up._conclude(target, AS_IT_WAS, None, 1.0, as_json=False)
    assert told in capsys.readouterr().err

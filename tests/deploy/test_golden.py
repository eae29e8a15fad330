"""What each step does to a bare host, to the letter. Write the files anew with BINDER_GOLDEN=write."""

import os
from pathlib import Path

import pytest

from binder_singlenode import deploy
from binder_singlenode.deploy.context import Context

GOLDEN = Path(__file__).parent / "golden"
HOMES = """address: 192.0.2.7
mode: persistent
home: {size: 1Gi, users: 2}
sign_in: {provider: github, client_id: a, client_secret: env:A, allowed: {users: [alice]}}
"""


@pytest.mark.parametrize("name", deploy.STEPS)
def test_step_on_a_bare_host(name: str, context: Context, play, make, tmp_path) -> None:  # type: ignore[no-untyped-def]
    if name == "homes":  # nothing happens with mode binder
        context = make(tmp_path, HOMES)
    step = dict(zip(deploy.STEPS, deploy.steps(), strict=True))[name]
    walk = play(step, context, {})
    assert [operation for operation, change in walk.plan.items() if change is not False] == walk.changed
    path = GOLDEN / f"{name}.txt"
    if os.environ.get("BINDER_GOLDEN") == "write":
        path.parent.mkdir(exist_ok=True)
        path.write_text(walk.text())
    assert walk.text() == path.read_text()
